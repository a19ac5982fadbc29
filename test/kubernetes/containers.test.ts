/** Workloads as targets: a copy is audited, container by container, and the workload does not notice. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppsV1Api, KubeConfig, type V1Deployment } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { profileOf } from "../fixtures/profile.ts";
import {
  contents,
  core,
  makeNamespace,
  sidescan,
  testImage,
  unavailable,
  type Namespace,
} from "./harness.ts";
import { controlsOn } from "./scans.ts";

const labels = { app: "web" };
const workload: V1Deployment = {
  metadata: { name: "web" },
  spec: {
    // The copy stands alone: what the workload itself does is none of this test's business.
    replicas: 0,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        volumes: [
          { name: "data", hostPath: { path: "/nonexistent-of-sidescan", type: "DirectoryOrCreate" } },
        ],
        containers: [
          {
            name: "app",
            image: testImage("debian"),
            env: [{ name: "WHO", value: "app" }],
            readinessProbe: { tcpSocket: { port: 1 } },
            volumeMounts: [{ name: "data", mountPath: "/data" }],
          },
          {
            name: "proxy",
            image: testImage("distroless"),
            env: [{ name: "WHO", value: "proxy" }],
            securityContext: { runAsUser: 65_532, runAsGroup: 65_532 },
          },
        ],
      },
    },
  },
};

const controls = `
control "who" do
  describe(os_env("WHO")) { its("content") { should eq input("who") } }
  describe(os_env("SIDESCAN_TARGET")) { its("content") { should be_nil } }
end
`;

describe.skipIf(unavailable !== null)("a workload with two containers", () => {
  let space: Namespace;
  let scratch: string;
  let profile: string;

  beforeAll(async () => {
    const config = new KubeConfig();
    config.loadFromDefault();
    space = await makeNamespace("containers");
    await config
      .makeApiClient(AppsV1Api)
      .createNamespacedDeployment({ namespace: space.name, body: workload });
    scratch = await mkdtemp(join(tmpdir(), "sidescan-containers-"));
    profile = profileOf(scratch, controls);
  });
  afterAll(async () => {
    await rm(scratch, { recursive: true });
    await space[Symbol.asyncDispose]();
  });

  const scan = (...args: string[]) =>
    sidescan(["scan", "deploy/web", "-n", space.name, "-p", profile, "-o", join(scratch, "out"), ...args]);

  test("is refused while it mounts what a copy must not touch, with what can be done", async () => {
    const ran = await scan("-c", "app", "--input", "who=app");
    expect(ran).toMatchObject({ code: 2 });
    expect(ran.stderr).toContain("mounts the node's /nonexistent-of-sidescan");
    expect(ran.stderr).toContain("--volumes empty");
  });

  test("is audited container by container: one result each, named after it, and the worst exit code", async () => {
    const ran = await scan(
      "--volumes",
      "empty",
      "--input",
      "who=proxy",
      "--reporter",
      "cli",
      `json:${join(scratch, "out.json")}`,
    );
    expect(ran.stderr).toContain("Container app (1 of 2)");
    expect(ran.stderr).toContain("Container proxy (2 of 2)");
    const files = (await readdir(scratch)).filter((name) => name.endsWith(".json")).toSorted();
    expect(files).toEqual(["out.app.json", "out.proxy.json"]);
    const statuses = files.map((name) =>
      controlsOn(join(scratch, name)).flatMap(({ results }) => results.map(({ status }) => status)),
    );
    // The input names one of them: each result is of its own container, and the marker shows in neither.
    expect(statuses).toEqual([
      ["failed", "passed"],
      ["passed", "passed"],
    ]);
    expect(ran.stdout).toContain("deploy/web -c app");
    expect(ran.stdout).toContain("deploy/web -c proxy");
  });

  test("as JSON is a list of documents", async () => {
    const ran = await scan("--volumes", "empty", "--input", "who=proxy", "--json");
    expect(JSON.parse(ran.stdout)).toMatchObject([{ container: "app" }, { container: "proxy" }]);
  });

  test("reports that would follow each other on stdout are refused", async () => {
    expect(await scan("--volumes", "empty", "--reporter", "json")).toMatchObject({ code: 2 });
  });

  test("was not touched, and nothing is left", async () => {
    expect(await contents(space.name)).toEqual([]);
    const events = await core.listNamespacedEvent({ namespace: space.name });
    expect(events.items.filter(({ involvedObject }) => involvedObject.kind === "ReplicaSet")).toEqual([]);
  });
});
