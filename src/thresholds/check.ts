/** Judges a result by a threshold file: the one function behind `sidescan check`, the scan's verdict and the library. */
import { messageOf } from "../errors.ts";
import { completeness } from "../results/complete.ts";
import type { ExecJson } from "../results/hdf.ts";
import type { Summary, ThresholdOutcome } from "../results/model.ts";
import { readResults } from "../results/read.ts";
import { complianceOf } from "../results/rules.ts";
import { summarize } from "../results/summarize.ts";
import { readThreshold } from "./read.ts";
import { evaluateSaf, readSafThreshold, type SafVerdict } from "./saf.ts";
import { countSafControls, type SafControl } from "./saf-control.ts";
import { safView } from "./saf-view.ts";
import { notesOn, strictViolations, viewsOf } from "./strict.ts";

/** `saf` is the meaning of MITRE SAF CLI 1.5.3, what it ignores included; `strict` passes only what `saf` passes, and less. */
export type ThresholdMode = "strict" | "saf";

/**
 * @param results content of a result file (ExecJSON, HDF)
 * @param threshold content of a threshold file (YAML, SAF's format)
 * @returns verdict `none` with `error` and `errorKind` when one of them cannot be used; it never throws
 */
export function checkThreshold(
  results: string,
  threshold: string,
  options: { mode?: ThresholdMode } = {},
): ThresholdOutcome {
  try {
    return options.mode === "saf" ? checkAsSaf(results, threshold) : checkStrictly(results, threshold);
  } catch (problem) {
    // Nothing is known to come here; a gate must not depend on that.
    return unusable("results", `The results cannot be judged: ${messageOf(problem)}`);
  }
}

function checkStrictly(results: string, threshold: string): ThresholdOutcome {
  const { rules, error } = readThreshold(threshold);
  if (error !== undefined) return unusable("threshold", error);
  let summary: Summary;
  let saf: SafControl[];
  try {
    const hdf = readResults(results);
    const problems = completeness(hdf, null);
    if (problems.length > 0) return unusable("results", problems.join(" "));
    summary = summarize(hdf);
    saf = asSafSees(results, hdf);
  } catch (problem) {
    return unusable("results", messageOf(problem));
  }
  const views = viewsOf(summary, saf);
  const violations = strictViolations(rules, views, summary);
  if (violations.length === 0) {
    // Our rules hold. They are made never to be milder than SAF's; should they be, SAF's word counts.
    const verdict = evaluateSaf(readSafThreshold(threshold), saf);
    if (verdict !== null) violations.push(verdict);
  }
  return {
    verdict: violations.length === 0 ? "pass" : "fail",
    compliance: summary.compliance,
    counts: summary.counts,
    violations,
    notes: notesOn(views, summary),
  };
}

function checkAsSaf(results: string, threshold: string): ThresholdOutcome {
  let limits: unknown;
  let saf: SafControl[];
  let violation: SafVerdict;
  try {
    limits = readSafThreshold(threshold);
  } catch (problem) {
    return unusable("threshold", readThreshold(threshold).error ?? firstLine(problem));
  }
  try {
    saf = asSafSees(results);
  } catch (problem) {
    return unusable("results", whyUnreadable(results) ?? messageOf(problem));
  }
  try {
    violation = evaluateSaf(limits, saf);
  } catch (problem) {
    return unusable("threshold", readThreshold(threshold).error ?? firstLine(problem));
  }
  const counts = countSafControls(saf);
  return {
    verdict: violation === null ? "pass" : "fail",
    compliance: complianceOf(counts),
    counts,
    violations: violation === null ? [] : [violation],
  };
}

/** inspecjs quotes the whole document in its errors, so its words are not repeated. */
function asSafSees(results: string, parsed?: ExecJson): SafControl[] {
  try {
    return safView(results, parsed);
  } catch (cause) {
    throw new Error(
      "The results cannot be read by MITRE's parser (inspecjs), so SAF would give no verdict.",
      {
        cause,
      },
    );
  }
}

/** Our own reader says better than inspecjs what is wrong. */
function whyUnreadable(results: string): string | null {
  try {
    readResults(results);
    return null;
  } catch (problem) {
    return messageOf(problem);
  }
}

const unusable = (errorKind: "threshold" | "results", error: string): ThresholdOutcome => ({
  verdict: "none",
  compliance: null,
  counts: null,
  violations: [],
  error,
  errorKind,
});

const firstLine = (problem: unknown): string => messageOf(problem).split("\n")[0] ?? "";
