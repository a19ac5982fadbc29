/** Results of 50 MB, as no profile leaves them: judged and turned into a report in bounded memory. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { resultOf } from "../../../scripts/bench/result.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const main = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "sidescan-large-"));
const threshold = join(folder, "threshold.yml");
let results: string;
beforeAll(async () => {
  ({ results } = await resultOf(50_000_000, folder));
  writeFileSync(threshold, "error: {total: 0}\nfailed: {total: {max: 1}}\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** With this many megabytes of heap; a program that needs more is ended by Node with a signal. */
const sidescan = (megabytes: number, args: string[]) =>
  spawnSync(process.execPath, [`--max-old-space-size=${megabytes}`, main, ...args], { encoding: "utf8" });

test.each([["strictly"], ["in SAF's meaning", "--saf-compat"]])(
  "check judges it %s with a heap of 256 MB",
  (_, ...flags) => {
    const ran = sidescan(256, ["check", results, "-t", threshold, ...flags]);
    expect(ran.stdout).toContain("✗ Threshold failed");
    expect(ran.status).toBe(1);
  },
);

test("report makes an HTML report of it with a heap of 512 MB", () => {
  const file = join(folder, "out.html");
  const ran = sidescan(512, ["report", results, "--reporter", `html:${file}`]);
  expect(ran.stderr).toBe(`html: ${file}\n`);
  expect(ran.status).toBe(0);
  expect(statSync(file).size).toBeGreaterThan(1_000_000);
});
