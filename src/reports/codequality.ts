/** GitLab's code quality report: what failed or could not be judged, at its place in the profile. */
import { createHash } from "node:crypto";
import type { Severity } from "../results/model.ts";
import { firstReason, placeOf, worstFirst, type ReportInput } from "./input.ts";
import { oneLine } from "./text.ts";

const severities: Record<Severity, string> = {
  critical: "blocker",
  high: "critical",
  medium: "major",
  low: "minor",
  none: "info",
};

export const codequality = ({ summary }: ReportInput): string =>
  `${JSON.stringify(
    summary.controls
      .filter(({ status }) => status === "failed" || status === "error")
      .sort(worstFirst)
      .map((control) => {
        const { path, line } = placeOf(control);
        const reason = firstReason(control);
        const why = reason?.message ?? reason?.tested ?? control.status;
        return {
          description: oneLine(`${control.id}: ${control.title ?? ""}: ${why}`, 1_000),
          check_name: oneLine(control.id, 500),
          fingerprint: createHash("sha256")
            .update(JSON.stringify([control.profile, control.id]))
            .digest("hex"),
          severity: severities[control.severity],
          location: { path, lines: { begin: line } },
        };
      }),
  )}\n`;
