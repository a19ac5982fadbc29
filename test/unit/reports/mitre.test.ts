/** What MITRE's own tools (the SAF CLI, where scripts/saf/install.mjs put it) read of our reports. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { convertFileContextual, isContextualizedEvaluation } from "inspecjs";
import { afterAll, describe, expect, test, vi } from "vitest";
import { renderReport } from "../../../src/reports/report.ts";
import { hostileControl, sampleInput } from "../../fixtures/report-input.ts";

vi.setConfig({ testTimeout: 120_000 });

const saf = fileURLToPath(new URL("../../../.sidescan/saf/bin/saf", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "sidescan-mitre-"));
afterAll(() => rmSync(folder, { recursive: true }));

function run(args: string[]): void {
  const ran = spawnSync(saf, args, { cwd: folder, encoding: "utf8" });
  expect(ran.status, ran.stdout + ran.stderr).toBe(0);
}

function statuses(file: string): Record<string, number> {
  const evaluation = convertFileContextual(readFileSync(file, "utf8"));
  if (!isContextualizedEvaluation(evaluation)) throw new Error("no evaluation");
  const counts: Record<string, number> = {};
  for (const { hdf } of evaluation.contains.flatMap(({ contains }) => contains))
    counts[hdf.status] = (counts[hdf.status] ?? 0) + 1;
  return counts;
}

describe.skipIf(!existsSync(saf))("MITRE's converter", () => {
  test("reads the checklist back with the status of every control, errors too", () => {
    writeFileSync(join(folder, "a.ckl"), renderReport("ckl", sampleInput(24)));
    run(["convert", "ckl2hdf", "-i", "a.ckl", "-o", "a.json"]);
    expect(statuses(join(folder, "a.json"))).toEqual({
      Failed: 6,
      Passed: 13,
      "Not Reviewed": 2,
      "Not Applicable": 2,
      "Profile Error": 1,
    });
  });

  test("reads a checklist with hostile text", () => {
    writeFileSync(join(folder, "h.ckl"), renderReport("ckl", sampleInput([hostileControl()])));
    run(["convert", "ckl2hdf", "-i", "h.ckl", "-o", "h.json"]);
    expect(statuses(join(folder, "h.json"))).toEqual({ Failed: 1 });
  });
});
