/** The strategic merge is the API server's own: the same patch is given to both, on an object that may be changed at will. */
import { PatchStrategy, setHeaderOptions, type V1PodTemplate } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mergeStrategically } from "../../src/engines/kubernetes/manifest/overrides.ts";
import { core, makeNamespace, unavailable, type Namespace } from "./harness.ts";

const metadata = { labels: { a: "1" } };
const spec = {
  containers: [
    {
      name: "one",
      image: "i",
      env: [{ name: "A", value: "1" }],
      args: ["x", "y"],
      resources: { limits: { cpu: "1" } },
    },
    {
      name: "two",
      image: "k",
      ports: [{ containerPort: 80, name: "http", protocol: "TCP" }],
      volumeMounts: [{ name: "v", mountPath: "/v" }],
      envFrom: [{ secretRef: { name: "q" } }],
    },
  ],
  volumes: [
    { name: "v", emptyDir: {} },
    { name: "w", configMap: { name: "c", items: [{ key: "a", path: "b" }] } },
  ],
  tolerations: [{ key: "k", operator: "Exists" }],
  imagePullSecrets: [{ name: "s" }],
  nodeSelector: { disk: "ssd" },
  hostAliases: [{ ip: "1.1.1.1", hostnames: ["a"] }],
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "z", whenUnsatisfiable: "DoNotSchedule" }],
  securityContext: { supplementalGroups: [1] },
};

describe.skipIf(unavailable !== null)("a strategic merge is the API server's", () => {
  let space: Namespace;
  beforeAll(async () => {
    space = await makeNamespace("overrides");
    await core.createNamespacedPodTemplate({
      namespace: space.name,
      body: { metadata: { name: "base" }, template: { metadata, spec } },
    });
  });
  afterAll(() => space[Symbol.asyncDispose]());

  test.each<[string, object]>([
    ["mappings", { nodeSelector: { zone: "a" } }],
    ["deleting", { nodeSelector: null }],
    ["a container", { containers: [{ name: "two", image: "j" }] }],
    ["a new container", { containers: [{ name: "three", image: "z" }] }],
    [
      "variables",
      {
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
    ],
    [
      "the kind of a variable",
      {
        containers: [
          {
            name: "one",
            env: [{ name: "A", value: null, valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
          },
        ],
      },
    ],
    ["deleting a variable", { containers: [{ name: "one", env: [{ name: "A", $patch: "delete" }] }] }],
    [
      "ports",
      { containers: [{ name: "two", ports: [{ containerPort: 80, name: "web" }, { containerPort: 90 }] }] },
    ],
    ["mounts", { containers: [{ name: "two", volumeMounts: [{ mountPath: "/v", readOnly: true }] }] }],
    ["sources of variables", { containers: [{ name: "two", envFrom: [{ configMapRef: { name: "q" } }] }] }],
    ["arguments", { containers: [{ name: "one", args: ["z"] }] }],
    ["resources", { containers: [{ name: "one", resources: { limits: { memory: "1Gi" } } }] }],
    [
      "a security context",
      { containers: [{ name: "one", securityContext: { capabilities: { add: ["CHOWN"] } } }] },
    ],
    ["deleting a container", { containers: [{ name: "two", $patch: "delete" }] }],
    ["replacing all containers", { containers: [{ $patch: "replace" }, { name: "only", image: "o" }] }],
    ["replacing a mapping", { nodeSelector: { $patch: "replace", zone: "a" } }],
    ["pull secrets", { imagePullSecrets: [{ name: "s" }, { name: "t" }] }],
    ["tolerations", { tolerations: [{ key: "other", operator: "Exists" }] }],
    [
      "another kind of volume",
      { volumes: [{ name: "v", $retainKeys: ["name", "secret"], secret: { secretName: "x" } }] },
    ],
    ["a volume's items", { volumes: [{ name: "w", configMap: { items: [{ key: "c", path: "d" }] } }] }],
    [
      "host aliases",
      {
        hostAliases: [
          { ip: "1.1.1.1", hostnames: ["b"] },
          { ip: "2.2.2.2", hostnames: ["c"] },
        ],
      },
    ],
    ["spread constraints", { topologySpreadConstraints: [{ topologyKey: "z", maxSkew: 2 }] }],
    ["groups", { securityContext: { supplementalGroups: [2] } }],
    ["an init container", { initContainers: [{ name: "i", image: "x" }] }],
  ])("%s", async (_, patch) => {
    const theirs = await core.patchNamespacedPodTemplate(
      { namespace: space.name, name: "base", body: { template: { spec: patch } }, dryRun: "All" },
      setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch),
    );
    const ours = await core.createNamespacedPodTemplate({
      namespace: space.name,
      body: { metadata: { name: "ours" }, template: mergeStrategically({ metadata, spec }, { spec: patch }) },
      dryRun: "All",
    });
    expect(inAnyOrder(ours.template)).toEqual(inAnyOrder(theirs.template));
    expect(inAnyOrder(theirs.template), "the patch changes something").not.toEqual(inAnyOrder(await base()));
  });

  const base = async (): Promise<V1PodTemplate["template"]> =>
    (await core.readNamespacedPodTemplate({ namespace: space.name, name: "base" })).template;
});

/** The order of new items is ours: they come last. */
function inAnyOrder(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(inAnyOrder).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, inAnyOrder(one)]),
  );
}
