/** A result from a file, as reports take it. */
import { readAnyResults } from "../results/repair.ts";
import { summarize } from "../results/summarize.ts";
import { checkThreshold } from "../thresholds/check.ts";
import type { ReportInput } from "./input.ts";
import { originOf } from "./restore.ts";

/**
 * What a scan of ours wrote into it is shown again.
 * Results of other tools that are nearly ExecJSON are repaired: `repairs` says where. A verdict is given only on what needs no repair.
 * @throws SidescanError (exit code 3) when it is no result
 */
export function reportInput(results: string, threshold: string | null): ReportInput & { repairs: string[] } {
  const { hdf, repairs } = readAnyResults(results);
  const summary = summarize(hdf);
  const origin = originOf(summary.passthrough);
  return {
    hdf: repairs.length === 0 ? results : `${JSON.stringify(hdf)}\n`,
    repairs,
    summary,
    threshold: threshold === null ? origin.threshold : checkThreshold(results, threshold),
    evidence: origin.evidence,
    run: origin.run,
  };
}
