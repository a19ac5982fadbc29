/** A workload that was deployed with the scanner in it audits itself, and goes on serving. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { V1Pod } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { profileOf } from "../fixtures/profile.ts";
import {
  core,
  makeNamespace,
  runPod,
  sidescan,
  testImage,
  unavailable,
  until,
  type Namespace,
} from "./harness.ts";

const tokensOf = (pod: V1Pod, container: string): string[] | undefined =>
  pod.spec?.containers
    .find(({ name }) => name === container)
    ?.volumeMounts?.filter(({ mountPath }) => mountPath.startsWith("/var/run/secrets/kubernetes.io"))
    .map(({ name }) => name);

describe.skipIf(unavailable !== null)("an injected pod", () => {
  let space: Namespace;
  let scratch: string;
  let pod: V1Pod;

  beforeAll(async () => {
    space = await makeNamespace("inject");
    scratch = await mkdtemp(join(tmpdir(), "sidescan-inject-"));
    const profile = profileOf(
      scratch,
      'control("os") { describe(file("/etc/os-release")) { it { should exist } } }\n',
    );
    const workload = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", namespace: space.name },
      spec: {
        containers: [
          { name: "app", image: testImage("distroless") },
          { name: "beside", image: testImage("debian") },
        ],
      },
    };
    await writeFile(join(scratch, "pod.json"), JSON.stringify(workload));
    const ran = await sidescan([
      "inject",
      "-f",
      join(scratch, "pod.json"),
      "-p",
      profile,
      "-c",
      "app",
      "--json",
    ]);
    const { items } = JSON.parse(ran.stdout) as { items: { kind?: string }[] };
    const namespace = space.name;
    for (const body of items) {
      if (body.kind === "Secret") await core.createNamespacedSecret({ namespace, body });
      if (body.kind === "ConfigMap") await core.createNamespacedConfigMap({ namespace, body });
      if (body.kind === "Pod") pod = await runPod(namespace, body);
    }
  });
  afterAll(async () => {
    await rm(scratch, { recursive: true });
    await space[Symbol.asyncDispose]();
  });

  const log = () => core.readNamespacedPodLog({ namespace: space.name, name: "web", container: "sidescan" });

  test("audits the container that was named, to the end", async () => {
    const text = await until("the agent's last event", async () => {
      const said = await log();
      return /"event":"(end|error)"/u.test(said) && said;
    });
    const events = text
      .split("\n")
      .filter((line) => line.startsWith('{"v":'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.at(-1)).toMatchObject({ event: "end" });
    expect(events.find(({ event }) => event === "identified")).toMatchObject({ how: "marker" });
    expect(events.find(({ event }) => event === "progress")).toMatchObject({
      control: "os",
      status: "passed",
    });
  });

  test("goes on running, the scanner too: it stays until the pod ends", async () => {
    const now = await core.readNamespacedPod({ namespace: space.name, name: "web" });
    expect(
      now.status?.containerStatuses?.map(({ name, restartCount, state }) => [
        name,
        restartCount,
        state?.running !== undefined,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ["sidescan", 0, true],
        ["app", 0, true],
        ["beside", 0, true],
      ]),
    );
  });

  test("gives the scanner no token of the cluster, although the pod's containers have one", () => {
    expect(tokensOf(pod, "sidescan")).toEqual(["sidescan-no-token"]);
    expect(tokensOf(pod, "app")).toHaveLength(1);
    expect(tokensOf(pod, "app")).not.toEqual(["sidescan-no-token"]);
  });
});
