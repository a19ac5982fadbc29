/** Quirks of MITRE SAF CLI 1.5.3 that scripts/saf/fuzz.ts found beyond the recorded pairs: verdict and words are the real CLI's. */
import { expect, test } from "vitest";
import { checkThreshold } from "../../../src/thresholds/check.ts";
import { control, results } from "../../fixtures/hdf.ts";

const low = control("c1", "failed", { impact: 0.3 });
const judge = (threshold: string) => {
  const { verdict, violations } = checkThreshold(results(low), threshold, { mode: "saf" });
  return [verdict, violations[0]?.message];
};

test("an empty list or map among listed ids is contained in a list that is not there, and in no other", () => {
  expect(judge("error: {low: {controls: [[]]}}")).toEqual([
    "fail",
    "Expected error.low.controls to contain 1 controls but it contained undefined",
  ]);
  expect(judge("error: {low: {controls: [{a: 1}]}}")).toEqual([
    "fail",
    "Expected error.low.controls to contain [object Object] controls but it only contained [undefined]",
  ]);
  expect(judge("failed: {low: {controls: [[]]}}")).toEqual([
    "fail",
    "Expected failed.low.controls to contain  controls but it only contained [c1]",
  ]);
});

test("a flat __proto__ key reaches numbers, and the lists of control ids", () => {
  expect(judge("failed.low: 4\n__proto__.min: 4")).toEqual([
    "fail",
    "failed.low.min: Threshold not met. Number of received total failed controls (1) is less than your set threshold for the number of failed controls (4)",
  ]);
  expect(judge("passed.low.min: 0\n__proto__.low.controls: 3\nerror.controls: 1")).toEqual([
    "fail",
    "Expected error.low.controls to contain c1 controls but it only contained [undefined]",
  ]);
  expect(judge("failed.total.max: 9\n__proto__.low.controls: 3")).toEqual(["pass", undefined]);
  expect(judge("failed.total.max: 9\nfailed.low.controls: 3")).toEqual(["none", undefined]);
});

test("strictly each of them is an error in the threshold file", () => {
  for (const threshold of ["error: {low: {controls: [[]]}}", "failed.low: 4\n__proto__.min: 4"]) {
    expect(checkThreshold(results(low), threshold)).toMatchObject({
      verdict: "none",
      errorKind: "threshold",
    });
  }
});
