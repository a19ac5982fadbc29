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

/** Characters of a result from which on inspecjs gets it without its long texts. */
const large = 100_000;

/**
 * Throws whatever inspecjs throws: SAF then ends without a verdict.
 * @param parsed what JSON.parse makes of `results`, where it is known already
 */
export function safView(results: string, parsed?: unknown): SafControl[] {
  const evaluation = convertFileContextual(
    results.length < large ? results : slim(parsed ?? JSON.parse(results)),
  );
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

const bulky = new Set(["code", "code_desc", "data", "desc", "exception", "message", "skip_message", "title"]);

/**
 * Texts on which neither status nor severity depends become empty: inspecjs only looks at their type, but copies and quotes them over
 * and over, which costs it ten times the size of a file. JSON has no way to write an Infinity (`1e999`), so that becomes a large number.
 */
const slim = (document: unknown): string =>
  JSON.stringify(document, (key, value: unknown) => {
    if (typeof value === "string") return bulky.has(key) ? "" : value;
    return typeof value === "number" && !Number.isFinite(value) ? Math.sign(value) * Number.MAX_VALUE : value;
  });

/** By status and severity; a severity that is in no bucket is `other`. */
export const countSafControls = (controls: SafControl[]): Counts =>
  countControls(
    controls.map(({ status, severity }) => {
      const bucket = severities.find((one) => one === severity);
      return { status, severity: bucket ?? "none", rawSeverity: bucket === undefined ? severity : null };
    }),
  );
