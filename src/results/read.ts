/** Reads a result file: its text becomes a checked ExecJSON document, or an error that says what it is instead and where. */
import { cannotScan } from "../errors.ts";
import { execJson, type ExecJson } from "./hdf.ts";
import { parseJson } from "./json-text.ts";
import { problemsOf } from "./shape.ts";

/**
 * @param text content of a result file, as InSpec's `json` reporter writes it
 * @throws SidescanError (exit code 3) when it is no whole ExecJSON document; `details` name every place that is wrong, at most ten
 */
export function readResults(text: string): ExecJson {
  const parsed = parseJson(text);
  if ("problem" in parsed) throw cannotScan(`The results cannot be read: ${parsed.problem}.`);
  const other = otherDocument(parsed.value);
  if (other !== null) {
    throw cannotScan(`The results are ${other}, not the result of an audit (ExecJSON).`, {
      hint: "Write one with: inspec exec PROFILE --reporter json:FILE",
    });
  }
  const problems = problemsOf(parsed.value, execJson);
  if (problems.length === 0) return parsed.value as ExecJson;
  const issues = problems.slice(0, 10).map(({ path, message }) => {
    const at = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("");
    return `${at.replace(/^\./u, "") || "the document"}: ${message}`;
  });
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  throw cannotScan(`The results are not ExecJSON: ${issues[0]}${more}.`, { details: issues });
}

/** Documents that are easily mistaken for a result. */
function otherDocument(value: unknown): string | null {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value !== "object") return `a ${typeof value}`;
  if ("profiles" in value) return null;
  if ("controls" in value && "statistics" in value) return "the short form of InSpec's json-min reporter";
  if ("controls" in value) return "a profile's description (inspec json)";
  return "a document without profiles";
}
