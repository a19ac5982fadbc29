/** scripts/scan-with-sidecar.sh, as it is published, on a cluster. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  contents,
  core,
  makeNamespace,
  repository,
  runPod,
  scannerImage,
  testImage,
  unavailable,
  type Namespace,
} from "./harness.ts";
import { folder, profile, statusesOn, type Folder } from "./scans.ts";

let space: Namespace;
const withoutTarget = "spared";

/** The script, to its end. */
function scanWithSidecar(
  words: string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; said: string }> {
  const child = spawn(join(repository, "scripts", "scan-with-sidecar.sh"), words, {
    env: { ...process.env, SCANNER_IMAGE: scannerImage, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, said }));
  });
}

const threshold = ({ path }: Folder, text: string): string => {
  const file = join(path, "threshold.yml");
  writeFileSync(file, text);
  return file;
};

/** The one result on disk. */
async function result(directory: string): Promise<Record<string, string>> {
  const files = (await readdir(directory)).filter(
    (name) => name.endsWith(".json") && !name.includes("evidence"),
  );
  expect(files).toHaveLength(1);
  return statusesOn(join(directory, files[0] ?? ""));
}

describe.skipIf(unavailable !== null)("scan-with-sidecar.sh", () => {
  beforeAll(async () => void (space = await makeNamespace("script")));
  afterAll(() => space[Symbol.asyncDispose]());
  afterEach(async () => expect(await contents(space.name)).toEqual([]));

  test("scans TARGET_IMAGE in a pod of the given name, and judges by the threshold", async () => {
    using at = folder();
    const words = [space.name, "web", profile, threshold(at, "compliance:\n  min: 100\n")];
    const env = {
      TARGET_IMAGE: testImage("distroless"),
      TARGET_USER: "65532",
      RESULTS_DIR: join(at.path, "out"),
    };
    const { code, said } = await scanWithSidecar(words, env);
    expect(code, said).toBe(0);
    expect(said).toContain(`Pod ${space.name}/web on node`);
    expect(await result(join(at.path, "out"))).toEqual({ root: "passed" });
  });

  test("a threshold that fails is exit code 1", async () => {
    using at = folder();
    const words = [
      space.name,
      "web",
      profile,
      threshold(at, "compliance:\n  min: 100\n"),
      "--",
      "--input",
      "fails=true",
    ];
    const env = { TARGET_IMAGE: testImage("distroless"), RESULTS_DIR: join(at.path, "out") };
    const { code, said } = await scanWithSidecar(words, env);
    expect(code, said).toBe(1);
    expect(await result(join(at.path, "out"))).toEqual({ root: "passed", fails: "failed" });
  });

  test("TARGET_HOLD audits an image that ends at once", async () => {
    using at = folder();
    const env = {
      TARGET_IMAGE: testImage("ends-at-once"),
      TARGET_HOLD: "1",
      RESULTS_DIR: join(at.path, "out"),
    };
    const { code, said } = await scanWithSidecar([space.name, "batch", profile], env);
    expect(code, said).toBe(0);
  });

  test("without TARGET_IMAGE, a copy of the pod of that name is scanned, and the pod is left as it was", async () => {
    using at = folder();
    const { metadata } = await runPod(space.name, {
      metadata: { name: withoutTarget },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: "app", image: testImage("nonroot"), imagePullPolicy: "IfNotPresent" }],
      },
    });
    const env = { TARGET_CONTAINER: "app", RESULTS_DIR: join(at.path, "out") };
    const { code, said } = await scanWithSidecar([space.name, withoutTarget, profile], env);
    expect(code, said).toBe(0);
    expect(await result(join(at.path, "out"))).toEqual({ root: "passed" });
    expect(await contents(space.name)).toEqual([`pod/${withoutTarget}`]);
    const pod = await core.readNamespacedPod({ namespace: space.name, name: withoutTarget });
    expect(pod.metadata?.uid).toBe(metadata?.uid);
    expect(
      pod.status?.containerStatuses?.map(({ state, restartCount }) => [
        state?.running !== undefined,
        restartCount,
      ]),
    ).toEqual([[true, 0]]);
    await core.deleteNamespacedPod({ namespace: space.name, name: withoutTarget, gracePeriodSeconds: 0 });
  });

  test("a namespace that is missing, a pod that is missing, and words that are missing are told", async () => {
    const env = { TARGET_IMAGE: testImage("distroless") };
    const nowhere = await scanWithSidecar(["no-such-namespace", "web", profile], env);
    expect(nowhere.code, nowhere.said).toBe(3);
    expect(nowhere.said).toContain("there is no namespace no-such-namespace");
    const nobody = await scanWithSidecar([space.name, "nobody", profile], {});
    expect(nobody.code, nobody.said).toBe(3);
    expect(nobody.said).toContain("There is no pod/nobody");
    expect((await scanWithSidecar([space.name], env)).code).toBe(2);
  });
});
