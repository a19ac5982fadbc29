/**
 * `check --saf`: the real SAF CLI where scripts/saf/install.mjs put it; where it has to fail on demand, a program of its name that
 * ends as the real one has been seen to end.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test, vi } from "vitest";
import { control, results } from "../../fixtures/hdf.ts";

vi.setConfig({ testTimeout: 120_000 });

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const realSaf = join(repository, ".sidescan", "saf", "bin");
const noSaf = !existsSync(join(realSaf, "saf"));
if (noSaf) console.warn("the real SAF CLI is not tested: node scripts/saf/install.mjs installs it");

const folder = mkdtempSync(join(tmpdir(), "sidescan-saf-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const one = file("results.json", results(control("c1", "passed"), control("c2", "failed")));
const met = file("met.yml", "failed: {total: {max: 1}}\nerror: {total: {max: 0}}\n");
const lax = file("lax.yml", "failed: {total: {max: 1}}\n");
const unmet = file("unmet.yml", "failed: {total: {max: 0}}\n");

/** A directory with a `saf` that is this shell script. */
let made = 0;
function fake(script: string): string {
  const bin = join(folder, `bin${made++}`);
  mkdirSync(bin);
  writeFileSync(join(bin, "saf"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return bin;
}

function check(path: string, args: string[]): { code: number | null; out: string; err: string } {
  const cwd = mkdtempSync(join(folder, "cwd-"));
  const ran = spawnSync(process.execPath, [join(repository, "src/cli/main.ts"), "check", ...args], {
    cwd,
    env: { PATH: `${path}:/usr/bin:/bin`, HOME: folder },
    encoding: "utf8",
    timeout: 60_000,
  });
  expect(readdirSync(cwd)).toEqual([]);
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

const success = 'echo "All validation tests passed"';
const violation =
  'echo "Error: failed.total.max: Threshold not met. Number of received total failed controls (1) is greater than your set threshold for the number of failed controls (0)" >&2; exit 1';

describe("with --saf", () => {
  test("no saf on PATH is an error, not a pass", () => {
    const { code, err } = check("/nonexistent", [one, "-t", met, "--saf"]);
    expect(code).toBe(3);
    expect(err).toContain("There is no `saf` on PATH");
    const noInterpreter = join(folder, "no-interpreter");
    mkdirSync(noInterpreter);
    writeFileSync(join(noInterpreter, "saf"), "#!/nonexistent\n", { mode: 0o755 });
    expect(check(noInterpreter, [one, "-t", met, "--saf"]).code).toBe(3);
  });

  test.each([
    ["silence", "exit 0"],
    ["a warning and exit code 0, as for a file it cannot read", 'echo "Warning: ENOENT" >&2'],
    ["its success line, but exit code 1", `${success}; exit 1`],
    ["its success line within another", 'echo "not: All validation tests passed"'],
    ["a crash of Node", "echo \"Error: Cannot find module 'x'\" >&2; exit 1"],
    ["an abort", `${success}; kill -ABRT $$`],
    ["exit code 2", `${success}; exit 2`],
    ["exit code 0 on a violation, as versions 1.4.16 to 1.4.19", violation.replace("exit 1", "exit 0")],
    ["a program that is none", "exec /nonexistent"],
  ])("%s is an error, not a verdict", (_, script) => {
    for (const threshold of [met, unmet]) {
      const { code, out, err } = check(fake(script), [one, "-t", threshold, "--saf"]);
      expect(err).toMatch(/SAF CLI gave no verdict/u);
      expect(code).toBe(3);
      expect(out).toBe("");
    }
  });

  test.each([
    ["passes what we fail", success, unmet],
    ["fails what we pass", violation, met],
  ])("a saf that %s is an error that shows both", (_, script, threshold) => {
    const { code, err } = check(fake(script), [one, "-t", threshold, "--saf"]);
    expect(code).toBe(3);
    expect(err).toContain("do not agree");
    expect(err).toContain("sidescan, in SAF's meaning:");
  });

  test("a threshold that cannot be used is that error, and saf is not asked", () => {
    const { code } = check(fake("kill -KILL $PPID"), [
      one,
      "-t",
      file("bad.yml", "falied: {total: 1}"),
      "--saf",
    ]);
    expect(code).toBe(2);
  });
});

describe.skipIf(noSaf)("with the real SAF CLI", () => {
  test("both pass", () => {
    const { code, out, err } = check(realSaf, [one, "-t", met, "--saf"]);
    expect(err).toBe("");
    expect(out).toContain("✓ Threshold passed, and MITRE's SAF CLI agrees");
    expect(code).toBe(0);
  });

  test("both fail, and the answer of SAF is in the JSON document", () => {
    const { code, out } = check(realSaf, [one, "-t", unmet, "--saf", "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      exitCode: 1,
      verdict: "fail",
      saf: { verdict: "fail", message: expect.stringContaining("failed.total.max: Threshold not met.") },
    });
    expect(code).toBe(1);
  });

  test("what only the strict reading fails stays failed, and it says that SAF passes it", () => {
    const errors = file("errors.json", results(control("c1", "passed"), control("c2", "error")));
    const { code, out } = check(realSaf, [errors, "-t", lax, "--saf"]);
    expect(out.replaceAll(/\s+/gu, " ")).toContain("MITRE's SAF CLI passes these results");
    expect(code).toBe(1);
  });

  test("in SAF's own meaning both agree too", () => {
    expect(check(realSaf, [one, "-t", met, "--saf", "--saf-compat"]).code).toBe(0);
    const { code, out } = check(realSaf, [one, "-t", unmet, "--saf", "--saf-compat"]);
    expect(out).toContain("1 rule not met; MITRE's SAF CLI fails it too");
    expect(code).toBe(1);
  });
});
