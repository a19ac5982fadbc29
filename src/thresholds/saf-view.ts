/** What MITRE SAF counts of a result: the controls of the first profile that no other extends, as its own parser sees them. */
import { createRequire } from "node:module";
import type * as Inspecjs from "inspecjs";
import type { Status } from "../results/model.ts";
import { isText } from "../results/shape.ts";
import { plainView } from "./plain-view.ts";
import type { SafControl } from "./saf-control.ts";

/** Only what is not plain needs it. */
const load = createRequire(import.meta.url);

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
  const document: unknown = parsed ?? JSON.parse(results);
  const plain = plainView(document);
  if (plain !== null) return plain;
  const { convertFileContextual, isContextualizedEvaluation } = load("inspecjs") as typeof Inspecjs;
  const text = results.length < large ? results : slim(document);
  const evaluation = withoutStacks(() => convertFileContextual(text));
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

/** Optional texts (or null) on which neither status nor severity depends. */
const optional = new Set(["code", "desc", "exception", "message", "skip_message", "title"]);
/** The same, but inspecjs requires them. */
const required = new Set(["code_desc", "data", "start_time"]);

/**
 * Without the texts that decide nothing: inspecjs looks only at their type, but copies them, and quotes every one in an error that it
 * throws and catches, which costs ten times the size of a file. What has another type than it should have stays, for inspecjs to refuse.
 * JSON has no way to write an Infinity (`1e999`), so that becomes a large number.
 */
const slim = (document: unknown): string =>
  JSON.stringify(document, (key, value: unknown) => {
    if (key === "results" && Array.isArray(value)) return distinct(value);
    if (key === "nist" && Array.isArray(value) && value.every(isText)) return undefined;
    if (typeof value === "string") return optional.has(key) ? undefined : required.has(key) ? "" : value;
    if (typeof value !== "number") return value;
    if (key === "run_time" || key === "line") return undefined;
    return Number.isFinite(value) ? value : Math.sign(value) * Number.MAX_VALUE;
  });

/** One result of each status: a control's status is that of its worst, however many there are. What is odd stays. */
function distinct(results: unknown[]): unknown[] {
  const seen = new Set<unknown>();
  return results.filter((result) => {
    if (!isOrdinary(result)) return true;
    if (seen.has(result["status"])) return false;
    seen.add(result["status"]);
    return true;
  });
}

/** Without a backtrace, and every field of the type that inspecjs wants. */
const isOrdinary = (result: unknown): result is Record<string, unknown> =>
  typeof result === "object" &&
  result !== null &&
  Object.entries(result).every(([key, value]) =>
    key === "status"
      ? ["passed", "failed", "skipped", "error"].includes(value as string)
      : key === "run_time"
        ? typeof value === "number"
        : isText(value),
  ) &&
  ["status", "code_desc", "start_time"].every((key) => key in result);

/** What `work` returns; errors that it throws and catches itself need no stack, which is dear. */
function withoutStacks<Result>(work: () => Result): Result {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
