/** `scan --saf`: trouble with MITRE's CLI costs the verdict, never the result. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { profileOf } from "../../fixtures/profile.ts";
import { repository, scratch, sidescan } from "./run.ts";

const real = join(repository, ".sidescan", "saf", "bin");
const controls = `control "c1" do
  describe file("/etc/hosts") do
    it { should exist }
  end
end
`;

function scene(): { args: string[]; output: string; tmp: string } {
  const tmp = scratch();
  mkdirSync(join(tmp, "root", "etc"), { recursive: true });
  writeFileSync(join(tmp, "root", "etc", "hosts"), "127.0.0.1 localhost\n");
  writeFileSync(join(tmp, "threshold.yml"), "failed: {total: {max: 0}}\nerror: {total: {max: 0}}\n");
  const profile = profileOf(tmp, controls);
  const output = join(tmp, "out");
  const args = ["scan", `dir:${join(tmp, "root")}`, "-p", profile, "-o", output, "--saf"];
  return { args, output, tmp };
}

const path = (folder: string): NodeJS.ProcessEnv => ({ PATH: `${folder}:${process.env["PATH"]}` });

describe("scan --saf", () => {
  test("needs a threshold, and a saf on PATH, before anything starts", async () => {
    const { args, output, tmp } = scene();
    expect((await sidescan(args)).code).toBe(2);
    const judged = [...args, "-t", join(tmp, "threshold.yml")];
    const ran = await sidescan(judged, { env: { PATH: "/usr/bin:/bin" } });
    expect(ran.stderr).toContain("There is no `saf` on PATH");
    expect(ran.code).toBe(3);
    expect(existsSync(output) ? readdirSync(output) : []).toEqual([]);
  });

  test("keeps the result when saf gives no verdict, and is no pass", async () => {
    const { args, output, tmp } = scene();
    const bin = join(tmp, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "saf"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    const ran = await sidescan([...args, "-t", join(tmp, "threshold.yml")], { env: path(bin) });
    expect(ran.stderr).toContain("SAF CLI gave no verdict");
    expect(ran.code).toBe(3);
    const file = readdirSync(output).find((name) => name.endsWith(".json"));
    const { passthrough } = JSON.parse(readFileSync(join(output, file!), "utf8")) as {
      passthrough: { sidescan: { threshold: { verdict: string } } };
    };
    expect(passthrough.sidescan.threshold.verdict).toBe("none");
  });

  test.skipIf(!existsSync(join(real, "saf")))("passes when the real one passes too", async () => {
    const { args, tmp } = scene();
    const ran = await sidescan([...args, "-t", join(tmp, "threshold.yml")], { env: path(real) });
    expect(ran.stdout).toContain("✓ Threshold passed, and MITRE's SAF CLI agrees");
    expect(ran.code).toBe(0);
  });
});
