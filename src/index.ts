/** The library: what the command line does, with types, an AbortSignal and events. */
import type { Summary } from "./results/model.ts";
import { readResults } from "./results/read.ts";
import { summarize as summarizeDocument } from "./results/summarize.ts";

export { scan, type ScanContext, type ScanOutcome } from "./scan.ts";
export { plan, type ScanPlan } from "./plan.ts";
export { planEach, scanEach, worstExitCode, type Scanned } from "./scan-each.ts";
export { injectScanner, type Injection } from "./inject.ts";
export type { ScanOptions } from "./options.ts";
export type { Phase, ScanEvent } from "./scan/phases.ts";
export { SidescanError, exitCodes, type ExitCode } from "./errors.ts";
export { checkThreshold, type ThresholdMode } from "./thresholds/check.ts";
export type {
  Control,
  ControlResult,
  Counts,
  Severity,
  Status,
  Summary,
  ThresholdOutcome,
  Violation,
} from "./results/model.ts";
export { renderReport, reportNames, type ReportInput, type ReportName } from "./reports/report.ts";
export { reportInput } from "./reports/from-results.ts";

/**
 * Counts, compliance and controls of a result.
 * @param results content of a result file (ExecJSON, HDF)
 * @throws SidescanError (exit code 3) when it is no whole ExecJSON document
 */
export const summarize = (results: string): Summary => summarizeDocument(readResults(results));
