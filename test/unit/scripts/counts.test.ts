import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { minitestCounts, vitestCounts } from "../../../scripts/ci/counts.ts";

function report(...files: { status: string; tests: string[] }[]): string {
  const path = join(mkdtempSync(join(tmpdir(), "sidescan-counts-")), "report.json");
  const testResults = files.map(({ status, tests }) => ({
    status,
    assertionResults: tests.map((each) => ({ status: each })),
  }));
  writeFileSync(path, JSON.stringify({ testResults }));
  return path;
}

describe("counting a vitest report", () => {
  test("adds up files", () => {
    const path = report(
      { status: "passed", tests: ["passed", "passed", "skipped"] },
      { status: "failed", tests: ["passed", "failed", "todo"] },
    );
    expect(vitestCounts(path, 1)).toEqual({ passed: 3, failed: 1, skipped: 2 });
  });

  test("counts a file that did not load as one failure", () => {
    expect(vitestCounts(report({ status: "failed", tests: [] }), 1)).toEqual({
      passed: 0,
      failed: 1,
      skipped: 0,
    });
  });

  test("counts a missing report, and an exit code that nothing explains, as one failure", () => {
    expect(vitestCounts("/nowhere/report.json", 0).failed).toBe(1);
    expect(vitestCounts(report({ status: "passed", tests: ["passed"] }), 1)).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
  });
});

describe("counting minitest's output", () => {
  const summary = "10 runs, 20 assertions, 1 failures, 2 errors, 3 skips";

  test("adds up suites", () => {
    expect(minitestCounts(`== minitest a\n${summary}\n== minitest b\n${summary}\n`)).toEqual({
      passed: 8,
      failed: 6,
      skipped: 6,
    });
  });

  test("counts a suite that never summed up as one failure, and so no suite at all", () => {
    expect(minitestCounts(`== minitest a\n${summary}\n== minitest b\ncrash\n`).failed).toBe(4);
    expect(minitestCounts("").failed).toBe(1);
  });
});
