/**
 * Status and severity of one control, by the rules of inspecjs 2.12 (MITRE's reference): a test proves that they are equal.
 * Compliance is SAF's: https://saf.mitre.org, `saf validate threshold`.
 */
import type { HdfControl, HdfResult } from "./hdf.ts";
import {
  severities,
  statuses,
  type Compliance,
  type Control,
  type Counts,
  type Severity,
  type Status,
} from "./model.ts";

/** A result with a backtrace, even an empty one, is an error; so is one without a status. */
export const resultStatus = (result: HdfResult): "passed" | "failed" | "skipped" | "error" =>
  result.backtrace ? "error" : (result.status ?? "error");

export function controlStatus({ results, impact, waiver_data }: HdfControl): Status {
  const found = new Set(results.map((result) => (result.backtrace ? "error" : result.status)));
  if (found.has("error")) return "error";
  if (Boolean(waiver_data?.skipped_due_to_waiver) || impact === 0) return "no_impact";
  if (found.has("failed")) return "failed";
  if (found.has("passed")) return "passed";
  return found.has("skipped") ? "skipped" : "error";
}

/** `raw` is a tag as written when SAF counts it in no bucket, such as "High"; it means the severity all the same. */
export function controlSeverity({ tags, impact }: HdfControl): { severity: Severity; raw: string | null } {
  for (const tag of [tags.severityoverride, tags.severity]) {
    const severity = severities.find((one) => one === tag?.toLowerCase());
    if (severity !== undefined) return { severity, raw: severity === tag ? null : (tag ?? null) };
  }
  return { severity: severityOfImpact(impact), raw: null };
}

function severityOfImpact(impact: number): Severity {
  if (impact < 0.1) return "none";
  if (impact < 0.4) return "low";
  if (impact < 0.7) return "medium";
  return impact < 0.9 ? "high" : "critical";
}

const nothing = { total: 0, other: 0, critical: 0, high: 0, medium: 0, low: 0, none: 0 };

/** Controls by status and severity; `other` are those whose severity tag SAF counts in no bucket. */
export function countControls(controls: Pick<Control, "status" | "severity" | "rawSeverity">[]): Counts {
  const counts = Object.fromEntries(statuses.map((status) => [status, { ...nothing }])) as Counts;
  for (const { status, severity, rawSeverity } of controls) {
    counts[status].total++;
    counts[status][rawSeverity === null ? severity : "other"]++;
  }
  return counts;
}

/** Share of passed controls among those that apply; controls without impact do not count. */
export function complianceOf(counts: Counts): Compliance {
  const passed = counts.passed.total;
  const total = passed + counts.failed.total + counts.skipped.total + counts.error.total;
  const exact = total === 0 ? 0 : (100 * passed) / total;
  return { rounded: Math.round(exact), exact };
}
