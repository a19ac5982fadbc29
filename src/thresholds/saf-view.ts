/** What MITRE SAF counts of a result: the controls of the first profile that no other extends, as its own parser sees them. */
import { convertFileContextual, isContextualizedEvaluation } from "inspecjs";
import { severities, type Counts, type Status } from "../results/model.ts";
import { countControls } from "../results/rules.ts";

/** `severity` is the tag as written when there is one: "High" is not "high". */
export type SafControl = { id: string; status: Status; severity: string };

const statusNames: Record<string, Status> = {
  Passed: "passed",
  Failed: "failed",
  "Not Reviewed": "skipped",
  "Not Applicable": "no_impact",
  "Profile Error": "error",
};

/** Throws whatever inspecjs throws: SAF then ends without a verdict. */
export function safView(results: string): SafControl[] {
  const evaluation = convertFileContextual(results);
  if (!isContextualizedEvaluation(evaluation)) throw new Error("not the result of an audit");
  const first = evaluation.contains[0];
  if (first === undefined) throw new Error("no profile");
  return first.contains
    .filter((control) => control.extendedBy.length === 0)
    .map(({ root }) => ({
      id: root.data.id,
      status: statusNames[root.hdf.status] ?? "error",
      severity: root.hdf.severity,
    }));
}

/** By status and severity; a severity that is in no bucket is `other`. */
export const countSafControls = (controls: SafControl[]): Counts =>
  countControls(
    controls.map(({ status, severity }) => {
      const bucket = severities.find((one) => one === severity);
      return { status, severity: bucket ?? "none", rawSeverity: bucket === undefined ? severity : null };
    }),
  );
