/** What `plan` and `inject` print is what the API server takes, field by field: it is asked to create all of it, without doing so. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig, KubernetesObjectApi, type KubernetesObject } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { contents, makeNamespace, sidescan, testImage, unavailable, type Namespace } from "./harness.ts";

describe.skipIf(unavailable !== null)("the API server", () => {
  let space: Namespace;
  let scratch: string;
  let objects: KubernetesObjectApi;

  beforeAll(async () => {
    const config = new KubeConfig();
    config.loadFromDefault();
    objects = KubernetesObjectApi.makeApiClient(config);
    space = await makeNamespace("plan");
    scratch = await mkdtemp(join(tmpdir(), "sidescan-plan-"));
    await writeFile(join(scratch, "inspec.yml"), "name: plan\nversion: 1.0.0\n");
    await writeFile(join(scratch, "overrides.yaml"), "spec:\n  priorityClassName: system-node-critical\n");
    await writeFile(join(scratch, "input.yml"), "a: 1\n");
    await writeFile(join(scratch, "workload.yaml"), workloads);
    // What cannot be compressed, so that the archive has to be split.
    const noise = Array.from({ length: 1_400_000 }, () =>
      String.fromCharCode(33 + Math.floor(Math.random() * 94)),
    );
    await writeFile(join(scratch, "noise.txt"), noise.join(""));
  });
  afterAll(async () => {
    await rm(scratch, { recursive: true });
    await space[Symbol.asyncDispose]();
  });

  /** Kinds and names of what the command printed, all of which the server would create. */
  async function created(args: string[]): Promise<string[]> {
    const ran = await sidescan([...args, "-p", scratch]);
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    const documents = parseAllDocuments(ran.stdout, { version: "1.1" }).flatMap(
      (document) => (document.toJS() as KubernetesObject | null) ?? [],
    );
    for (const one of documents) await objects.create(one, undefined, "All");
    return documents.map(({ kind }) => kind ?? "");
  }
  const plan = (...args: string[]) => created(["plan", ...args, "-n", space.name]);
  const whole = ["Pod", "Secret", "ConfigMap", "ConfigMap"];

  test("refuses what is wrong, when it is asked so", async () => {
    const wrong: KubernetesObject = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "x", namespace: space.name },
    };
    await expect(objects.create(wrong, undefined, "All")).rejects.toThrow("spec.containers");
  });

  test.each<[string, string[]]>([
    ["as little as possible", []],
    ["restricted", ["--access", "restricted", "--user", "65532:65532"]],
    ["ptrace", ["--access", "ptrace", "--allow-ptrace"]],
    ["held", ["--hold"]],
    ["its own program", ["--command", "/app", "--arg=-x", "--arg", "y", "--env", "A=$(B)", "--env", "ON=on"]],
    ["references", ["--env-from", "secret/s", "--image-pull-secret", "r", "--service-account", "default"]],
    [
      "somewhere",
      ["--node-selector", "kubernetes.io/os=linux", "--toleration", "gpu=1:NoSchedule", "--toleration", "*"],
    ],
    ["names", ["--pod-name", "web", "--mount-results", "/out:rw", "--image-pull-policy", "Never"]],
  ])("takes the pod of an image: %s", async (_, args) => {
    expect(await plan(testImage("debian"), ...args)).toEqual(whole);
  });

  test("takes a pod with overrides and inputs", async () => {
    expect(
      await plan(
        "nginx",
        "--overrides",
        join(scratch, "overrides.yaml"),
        "--input",
        "b=2",
        "--input-file",
        join(scratch, "input.yml"),
      ),
    ).toEqual(whole);
  });

  test("takes a pod whose scanner is a stock image, with the kit beside it", async () => {
    expect(
      await plan("nginx", "--scanner-kit", "--scanner-image", "cincproject/auditor:5", "--hold"),
    ).toEqual([...whole, "ConfigMap"]);
  });

  test("takes workloads that the scanner was injected into", async () => {
    expect(await created(["inject", "-f", join(scratch, "workload.yaml"), "-c", "app"])).toEqual([
      "Service",
      "Secret",
      "ConfigMap",
      "ConfigMap",
      "Deployment",
      "Secret",
      "ConfigMap",
      "ConfigMap",
      "Pod",
    ]);
  });

  test("holds nothing afterwards: nothing was created", async () => {
    expect(await contents(space.name)).toEqual([]);
  });

  const workloads = `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: List
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: web, namespace: default}
  spec:
    selector: {matchLabels: {app: web}}
    template:
      metadata: {labels: {app: web}}
      spec:
        containers:
        - {name: app, image: nginx, env: [{name: DEBUG, value: "on"}], readinessProbe: {tcpSocket: {port: 80}}}
        - {name: proxy, image: envoy}
- apiVersion: v1
  kind: Pod
  metadata: {name: web, namespace: default}
  spec:
    securityContext: {runAsUser: 1000, runAsGroup: 1000}
    containers: [{name: app, image: nginx}]
`;
});
