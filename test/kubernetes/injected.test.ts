/** A pod that was deployed with the scanner in it: its result can be fetched at any time, and only that of the profile that was injected. */
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import {
  contents,
  core,
  makeNamespace,
  runPod,
  scannerImage,
  sidescan,
  testImage,
  unavailable,
} from "./harness.ts";
import { folder, profile, scanWords, statusesOn } from "./scans.ts";

describe.skipIf(unavailable !== null)("a pod with the scanner in it", () => {
  it("gives its result again and again, but not for another profile", async () => {
    await using namespace = await makeNamespace("injected");
    using into = folder();
    const manifest = join(into.path, "pod.json");
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", namespace: namespace.name },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: "app", image: testImage("debian"), command: ["sleep", "infinity"] }],
      },
    };
    writeFileSync(manifest, JSON.stringify(pod));
    const { stdout } = await sidescan(
      ["inject", "-f", manifest, "--profile", profile].concat(["--scanner-image", scannerImage]),
    );
    for (const document of parseAllDocuments(stdout)) {
      const body = document.toJS() as { kind: string };
      if (body.kind === "Secret") await core.createNamespacedSecret({ namespace: namespace.name, body });
      else if (body.kind === "ConfigMap")
        await core.createNamespacedConfigMap({ namespace: namespace.name, body });
      else await runPod(namespace.name, body);
    }
    const before = await contents(namespace.name);
    const scan = (with_: string) => sidescan(scanWords("pod/web", namespace.name, into, "--profile", with_));
    for (const _ of ["once", "again"]) {
      const { stderr } = await scan(profile);
      expect(stderr).toContain("brings its scanner along");
      expect(Object.keys(statusesOn(into.result)).length, stderr).toBeGreaterThan(0);
    }
    const other = join(into.path, "other");
    cpSync(profile, other, { recursive: true });
    writeFileSync(join(other, "README.md"), "another one");
    const refused = await scan(other);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("was injected with another profile");
    expect(await contents(namespace.name)).toEqual(before);
  });
});
