/** The tightest threshold that a result passes, so that a team can write down where it stands and only get better. */
import { severities, type Severity, type Status } from "../results/model.ts";
import { completeness } from "../results/complete.ts";
import { readResults } from "../results/read.ts";
import { summarize } from "../results/summarize.ts";
import { cannotScan } from "../errors.ts";
import type { View } from "./evaluate.ts";
import { safView } from "./saf-view.ts";
import { viewsOf } from "./strict.ts";

/**
 * @param results content of a result file
 * @returns a threshold file (YAML) that these results pass, strictly and in SAF
 * @throws SidescanError (exit code 3) when the results cannot be judged
 */
export function suggestThreshold(results: string): string {
  const hdf = readResults(results);
  const problems = completeness(hdf, null);
  if (problems.length > 0) throw cannotScan(`No threshold can be suggested: ${problems.join(" ")}`);
  const summary = summarize(hdf);
  const { whole, saf } = viewsOf(summary, safView(results, hdf));

  const compliance = Math.min(whole.compliance.rounded, saf.compliance.rounded);
  const lines = [`compliance:`, `  min: ${compliance}`];
  for (const status of ["passed", "failed", "skipped", "error", "no_impact"] as const) {
    // More may pass than today, but not fewer; of everything else fewer, but not more.
    const bound = status === "passed" ? "min" : "max";
    lines.push(`${status}:`);
    for (const scope of ["total", ...severities] as const) {
      const severity = scope === "total" ? null : scope;
      // SAF has `none` only where it is likely.
      if (scope === "none" && !whole.controls.some((control) => control.severity === "none")) continue;
      const both = [count(whole, status, severity), count(saf, status, severity)];
      const limit = bound === "min" ? Math.min(...both) : Math.max(...both);
      lines.push(`  ${scope}:`, `    ${bound}: ${limit}`);
    }
  }
  return `# The tightest threshold that the results passed when it was written.\n${lines.join("\n")}\n`;
}

const count = ({ controls }: View, status: Status, severity: Severity | null): number =>
  controls.filter(
    (control) => control.status === status && (severity === null || control.severity === severity),
  ).length;
