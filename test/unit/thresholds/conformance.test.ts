/** The pairs recorded from MITRE SAF CLI 1.5.3, in test/conformance/thresholds: every one, in both modes. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkThreshold } from "../../../src/thresholds/check.ts";

type Row = { results: string; threshold: string; verdict: "pass" | "fail" | "none"; message?: string };

const folder = new URL("../../conformance/thresholds/", import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, folder), "utf8");
const rows = text("expected.jsonl")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Row);
const byResults = [...new Set(rows.map((row) => row.results))].map((name): [string, Row[]] => [
  name,
  rows.filter((row) => row.results === name),
]);

test("there are 3,157 recorded pairs", () => {
  expect(rows).toHaveLength(3157);
});

// The files with a thousand controls take their time on a busy machine.
describe.each(byResults)("%s", { timeout: 120_000 }, (name, group) => {
  const results = text(`results/${name}`);
  const check = (row: Row, mode: "saf" | "strict") =>
    checkThreshold(results, text(`thresholds/${row.threshold}`), { mode });

  test("in SAF mode verdict and first violation are SAF's, and no verdict is an error", () => {
    const ours = group.map((row) => {
      const outcome = check(row, "saf");
      const [violation] = outcome.violations;
      expect(outcome.error === undefined).toBe(outcome.verdict !== "none");
      return {
        results: row.results,
        threshold: row.threshold,
        verdict: outcome.verdict,
        ...(violation === undefined ? {} : { message: violation.message }),
      };
    });
    expect(ours).toEqual(group);
  });

  test("in strict mode nothing passes that SAF fails or gives no verdict on", () => {
    const outcomes = group.map((row) => ({ row, outcome: check(row, "strict") }));
    expect(
      outcomes.filter(({ row, outcome }) => outcome.verdict === "pass" && row.verdict !== "pass"),
    ).toEqual([]);
    for (const { outcome } of outcomes) {
      expect(outcome.violations.length > 0).toBe(outcome.verdict === "fail");
      expect(outcome.error === undefined).toBe(outcome.verdict !== "none");
      expect(outcome.errorKind === undefined).toBe(outcome.verdict !== "none");
    }
  });
});
