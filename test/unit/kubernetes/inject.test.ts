import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { V1PodTemplateSpec } from "../../../src/engines/kubernetes/manifest/api.ts";
import { inject, type Injected, type Workload } from "../../../src/engines/kubernetes/manifest/inject.ts";
import { securityLevel } from "../../../src/engines/kubernetes/manifest/security.ts";
import { files, options, request } from "./given.ts";
import { unknownTo } from "./openapi.ts";

const deployment = (spec: object = {}, container: object = {}): Workload => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: {
        containers: [
          { name: "app", image: "a:1", readinessProbe: { tcpSocket: { port: 80 } }, ...container },
        ],
        ...spec,
      },
    },
  },
});
const put = (workload: Workload = deployment(), changes: Partial<typeof request> = {}): Injected =>
  inject(workload, "app", { ...request, commands: "read-only", ...changes }, files, options);
const templateOf = ({ workload }: Injected) => workload.spec?.template as V1PodTemplateSpec;
const agentSpec = ({ owned }: Injected) => {
  const secret = owned[0] as { data: Record<string, string> };
  return JSON.parse(Buffer.from(secret.data["spec.json"] as string, "base64").toString()) as Record<
    string,
    unknown
  >;
};

describe("a workload with the scanner in it", () => {
  test("keeps everything of its own: labels, probes, replicas, containers", () => {
    const made = put();
    expect(made.workload).toMatchObject({ metadata: deployment().metadata, spec: { replicas: 2 } });
    expect(templateOf(made).metadata?.labels).toEqual({ app: "web" });
    expect(templateOf(made).spec?.containers[1]).toEqual({
      name: "app",
      image: "a:1",
      readinessProbe: { tcpSocket: { port: 80 } },
    });
  });

  test("starts the scanner first, with processes shared", () => {
    const { spec } = templateOf(put());
    expect(spec?.containers.map(({ name }) => name)).toEqual(["sidescan", "app"]);
    expect(spec?.shareProcessNamespace).toBe(true);
  });

  test("the agent stays as long as the pod, and changes nothing in a target that serves", () => {
    expect(agentSpec(put())).toMatchObject({ linger: 315_360_000, commands: "read-only", target: {} });
  });

  test("says by which profiles each pod was audited, so that a later scan can tell", () => {
    const { annotations } = templateOf(put()).metadata ?? {};
    expect(annotations).toMatchObject({
      "sidescan.dev/target-container": "app",
      "sidescan.dev/profile-sha256": createHash("sha256").update("a profile").digest("hex"),
    });
  });

  test("the workload's token is kept out of the scanner", () => {
    const [scanner] = templateOf(put()).spec?.containers ?? [];
    expect(scanner?.volumeMounts).toContainEqual({
      name: "sidescan-no-token",
      mountPath: "/var/run/secrets/kubernetes.io/serviceaccount",
      readOnly: true,
    });
  });

  test("with other containers beside it the target is marked, alone it is not", () => {
    const two = put(
      deployment({
        containers: [
          { name: "app", image: "a" },
          { name: "proxy", image: "p" },
        ],
      }),
    );
    const run = two.owned[0]?.metadata?.labels?.["sidescan.dev/run"];
    const [, app, proxy] = templateOf(two).spec?.containers ?? [];
    expect(app?.env).toEqual([{ name: "SIDESCAN_TARGET", value: run }]);
    expect(proxy).not.toHaveProperty("env");
    expect(agentSpec(two).target).toEqual({ marker: `SIDESCAN_TARGET=${run}` });
    expect(templateOf(put()).spec?.containers[1]).not.toHaveProperty("env");
  });

  test("the same input gives the same objects, other profiles give others: applying again changes nothing", () => {
    expect(put()).toEqual(put(deployment(), { run: "another" }));
    expect(put().owned[0]?.metadata?.name).not.toBe(
      put(deployment(), { timeout: 5 }).owned[0]?.metadata?.name,
    );
  });

  test("what it reads lies in the workload's namespace, and never expires", () => {
    for (const { metadata } of put().owned) {
      expect(metadata?.namespace).toBe("shop");
      expect(metadata?.labels).toMatchObject({ "app.kubernetes.io/component": "inject" });
      expect(metadata?.annotations).not.toHaveProperty("sidescan.dev/expires");
    }
  });

  test("the API knows every field, and a bare pod is as good", () => {
    const made = put();
    expect(unknownTo("V1PodTemplateSpec", templateOf(made))).toEqual([]);
    const pod = put({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web" },
      spec: { containers: [{ name: "app", image: "a" }] },
    });
    expect(pod.workload.metadata?.annotations).toHaveProperty("sidescan.dev/injected");
    expect(unknownTo("V1Pod", pod.workload)).toEqual([]);
    expect(securityLevel(pod.workload as never)).toBe("baseline");
  });

  test.each<[string, Workload, string]>([
    [
      "a Job, which would never be complete",
      {
        kind: "Job",
        metadata: { name: "j" },
        spec: { template: { spec: { containers: [{ name: "app" }] } } },
      },
      "never be complete",
    ],
    [
      "what holds a scanner already",
      deployment({ containers: [{ name: "sidescan" }, { name: "app" }] }),
      "already",
    ],
    ["a pod that sees the node's processes", deployment({ hostPID: true }), "hostPID"],
    [
      "a pod that shares processes expressly not",
      deployment({ shareProcessNamespace: false }),
      "shareProcessNamespace: false",
    ],
    ["what has no such container", deployment({ containers: [{ name: "other" }] }), "has no container app"],
    ["what has no template", { kind: "Deployment", metadata: { name: "x" }, spec: {} }, "no pod template"],
  ])("%s is refused", (_, workload, message) =>
    expect(() => put(workload)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) as string }),
    ),
  );
});
