import { describe, expect, test } from "vitest";
import { mergeStrategically } from "../../../src/engines/kubernetes/manifest/overrides.ts";
import { container, manifests, specOf } from "./given.ts";

const base = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", labels: { a: "1" }, finalizers: ["x"] },
  spec: {
    containers: [
      { name: "one", image: "i", env: [{ name: "A", value: "1" }], args: ["x", "y"] },
      {
        name: "two",
        ports: [{ containerPort: 80, name: "http" }],
        volumeMounts: [{ name: "v", mountPath: "/v" }],
      },
    ],
    volumes: [{ name: "v", emptyDir: {} }],
    tolerations: [{ key: "k" }],
    imagePullSecrets: [{ name: "s" }],
    nodeSelector: { disk: "ssd" },
  },
};
const merged = (overrides: object) => mergeStrategically(base, overrides as Record<string, unknown>);

describe("a strategic merge", () => {
  test.each<[string, object, object]>([
    [
      "mappings are merged",
      { spec: { nodeSelector: { zone: "a" } } },
      { spec: { nodeSelector: { disk: "ssd", zone: "a" } } },
    ],
    ["null deletes", { metadata: { labels: null } }, { metadata: { name: "p", finalizers: ["x"] } }],
    [
      "containers are merged by name",
      { spec: { containers: [{ name: "two", image: "j" }] } },
      {
        spec: { containers: [base.spec.containers[0], { ...base.spec.containers[1], image: "j" }] },
      },
    ],
    [
      "new ones come last",
      { spec: { containers: [{ name: "three" }] } },
      { spec: { containers: [...base.spec.containers, { name: "three" }] } },
    ],
    [
      "variables by name",
      {
        spec: {
          containers: [
            {
              name: "one",
              env: [
                { name: "B", value: "2" },
                { name: "A", value: "3" },
              ],
            },
          ],
        },
      },
      {
        spec: {
          containers: [
            {
              ...base.spec.containers[0],
              env: [
                { name: "A", value: "3" },
                { name: "B", value: "2" },
              ],
            },
            base.spec.containers[1],
          ],
        },
      },
    ],
    [
      "ports by number",
      { spec: { containers: [{ name: "two", ports: [{ containerPort: 80, protocol: "UDP" }] }] } },
      {
        spec: {
          containers: [
            base.spec.containers[0],
            { ...base.spec.containers[1], ports: [{ containerPort: 80, name: "http", protocol: "UDP" }] },
          ],
        },
      },
    ],
    [
      "mounts by path",
      { spec: { containers: [{ name: "two", volumeMounts: [{ mountPath: "/v", readOnly: true }] }] } },
      {
        spec: {
          containers: [
            base.spec.containers[0],
            { ...base.spec.containers[1], volumeMounts: [{ name: "v", mountPath: "/v", readOnly: true }] },
          ],
        },
      },
    ],
    [
      "pull secrets by name",
      { spec: { imagePullSecrets: [{ name: "s" }, { name: "t" }] } },
      { spec: { imagePullSecrets: [{ name: "s" }, { name: "t" }] } },
    ],
    [
      "tolerations are replaced",
      { spec: { tolerations: [{ key: "other" }] } },
      { spec: { tolerations: [{ key: "other" }] } },
    ],
    [
      "arguments are replaced",
      { spec: { containers: [{ name: "one", args: ["z"] }] } },
      { spec: { containers: [{ ...base.spec.containers[0], args: ["z"] }, base.spec.containers[1]] } },
    ],
    [
      "$patch: delete takes one out",
      { spec: { containers: [{ name: "two", $patch: "delete" }] } },
      { spec: { containers: [base.spec.containers[0]] } },
    ],
    [
      "$patch: replace in a list replaces the list",
      { spec: { containers: [{ $patch: "replace" }, { name: "only" }] } },
      { spec: { containers: [{ name: "only" }] } },
    ],
    [
      "$patch: replace in a mapping replaces it",
      { spec: { nodeSelector: { $patch: "replace", zone: "a" } } },
      { spec: { nodeSelector: { zone: "a" } } },
    ],
    [
      "$retainKeys makes one kind of volume of another",
      { spec: { volumes: [{ name: "v", $retainKeys: ["name", "secret"], secret: { secretName: "x" } }] } },
      {
        spec: { volumes: [{ name: "v", secret: { secretName: "x" } }] },
      },
    ],
    [
      "lists of words are united",
      { metadata: { finalizers: ["y", "x"] } },
      { metadata: { name: "p", labels: { a: "1" }, finalizers: ["x", "y"] } },
    ],
    [
      "and words taken out",
      { metadata: { "$deleteFromPrimitiveList/finalizers": ["x"] } },
      { metadata: { name: "p", labels: { a: "1" }, finalizers: [] } },
    ],
  ])("%s", (_, overrides, expected) => {
    const before = structuredClone(base);
    const parts = Object.fromEntries(
      Object.entries(expected).map(([key, value]) => [
        key,
        key === "spec" ? { ...base.spec, ...(value as object) } : value,
      ]),
    );
    expect(merged(overrides)).toEqual({ ...base, ...parts });
    expect(base).toEqual(before);
  });

  test.each<[string, object, string]>([
    ["another kind", { kind: "Deployment" }, "not a v1 Pod"],
    ["fields in the wrong place", { containers: [] }, "below spec:"],
    ["an item without its key", { spec: { containers: [{ image: "x" }] } }, "needs its name"],
    ["a list for a mapping", { spec: { nodeSelector: [] } }, "spec.nodeSelector: this is no list"],
    ["a word for a list", { spec: { containers: "x" } }, "spec.containers: this is a list"],
    [
      "a replacement of one item, which Kubernetes takes for one of the list",
      { spec: { containers: [{ name: "one", $patch: "replace", image: "x" }] } },
      "says nothing else",
    ],
    ["an unknown directive", { spec: { $setElementOrder: [] } }, "not understood"],
    ["an unknown way to patch", { spec: { $patch: "remove" } }, "none of merge, replace, delete"],
  ])("%s is refused", (_, overrides, message) =>
    expect(() => merged(overrides)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) as string }),
    ),
  );

  test("a field called __proto__ is a field like any other", () => {
    merged(JSON.parse('{"spec": {"nodeSelector": {"__proto__": {"polluted": "yes"}}}}') as object);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

const over = (spec: object, metadata: object = {}) => manifests({ pod: { overrides: { metadata, spec } } });

describe("overrides of a scan's pod", () => {
  test("may give target and scanner resources, the pod a priority and a shorter deadline, the target a volume", () => {
    const { pod } = over({
      priorityClassName: "low",
      activeDeadlineSeconds: 60,
      volumes: [{ name: "data", emptyDir: {} }],
      containers: [
        { name: "sidescan", resources: { limits: { memory: "2Gi" } } },
        {
          name: "target",
          resources: { limits: { cpu: "1" } },
          volumeMounts: [{ name: "data", mountPath: "/data" }],
        },
      ],
    });
    expect(specOf(pod)).toMatchObject({ priorityClassName: "low", activeDeadlineSeconds: 60 });
    expect(container(pod, "sidescan").resources?.limits).toEqual({ cpu: "2", memory: "2Gi" });
    expect(container(pod, "target")).toEqual({
      name: "target",
      image: "app:1",
      resources: { limits: { cpu: "1" } },
      volumeMounts: [{ name: "data", mountPath: "/data" }],
    });
    expect(specOf(pod).volumes?.at(-1)).toEqual({ name: "data", emptyDir: {} });
  });

  test("a container beside the target makes the target marked, so that it is found", () => {
    const { pod } = over({ containers: [{ name: "helper", image: "h" }] });
    expect(container(pod, "target").env).toEqual([{ name: "SIDESCAN_TARGET", value: "00112233aabbccdd" }]);
    expect(container(manifests().pod, "target").env).toBeUndefined();
  });

  test.each<[string, object, string, object?]>([
    ["shared processes", { shareProcessNamespace: false }, "spec.shareProcessNamespace"],
    ["the restart policy", { restartPolicy: "Always" }, "spec.restartPolicy"],
    [
      "a service account's token",
      { automountServiceAccountToken: true },
      "spec.automountServiceAccountToken",
    ],
    ["the node's processes", { hostPID: true }, "spec.hostPID"],
    [
      "the scanner's program",
      { containers: [{ name: "sidescan", command: ["sh"] }] },
      "spec.containers.sidescan.command",
    ],
    [
      "what the scanner may do",
      { containers: [{ name: "sidescan", securityContext: { privileged: true } }] },
      "--access",
    ],
    ["the scanner itself", { containers: [{ name: "sidescan", $patch: "delete" }] }, "must be there"],
    ["the target itself", { containers: [{ name: "target", $patch: "delete" }] }, "spec.containers.target"],
    ["a longer life", { activeDeadlineSeconds: 99_999 }, "activeDeadlineSeconds"],
    ["an endless life", { activeDeadlineSeconds: null }, "activeDeadlineSeconds"],
    [
      "the scanner's files",
      { volumes: [{ name: "sidescan-spec", secret: { secretName: "mine" } }] },
      "sidescan-spec",
    ],
    [
      "who may read the scanner's files",
      { containers: [{ name: "target", volumeMounts: [{ name: "sidescan-spec", mountPath: "/x" }] }] },
      "belongs to the scanner",
    ],
    ["the name", {}, "--pod-name", { name: "other" }],
    ["the namespace", {}, "--namespace", { namespace: "other" }],
    ["the labels by which it is removed", {}, "found again", { labels: { "sidescan.dev/run": "x" } }],
    ["all labels", {}, "found again", { labels: null }],
  ])("may not change %s, and are told why", (_, spec, message, metadata = {}) =>
    expect(() => over(spec, metadata)).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: expect.stringMatching(message.replaceAll(".", String.raw`\.`)) as string,
      }),
    ),
  );
});
