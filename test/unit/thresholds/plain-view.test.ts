import * as fc from "fast-check";
import { convertFileContextual, isContextualizedEvaluation } from "inspecjs";
import { expect, test, vi } from "vitest";
import { pairs } from "../../../scripts/saf/pairs.ts";
import { plainView } from "../../../src/thresholds/plain-view.ts";

vi.setConfig({ testTimeout: 120_000 });

const words: Record<string, string> = {
  Passed: "passed",
  Failed: "failed",
  "Not Reviewed": "skipped",
  "Not Applicable": "no_impact",
  "Profile Error": "error",
};

function byInspecjs(results: string): unknown {
  const evaluation = convertFileContextual(results);
  if (!isContextualizedEvaluation(evaluation)) return "no evaluation";
  return evaluation.contains[0]!.contains.filter(({ extendedBy }) => extendedBy.length === 0).map(
    ({ root }) => ({
      id: root.data.id,
      status: words[root.hdf.status],
      severity: root.hdf.severity,
    }),
  );
}

test("what is counted without inspecjs is what inspecjs counts, for any result that is plain", () => {
  let plain = 0;
  fc.assert(
    fc.property(pairs, ({ results }) => {
      const view = plainView(JSON.parse(results));
      if (view === null) return;
      plain += 1;
      expect(view).toEqual(byInspecjs(results));
    }),
    { numRuns: 2_000 },
  );
  expect(plain).toBeGreaterThan(100);
});
