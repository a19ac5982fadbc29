/** Reads a threshold file in SAF's format, strictly: YAML to plain data to rules. Whatever SAF would silently ignore is an error here. */
import { parseDocument } from "yaml";
import { messageOf } from "../errors.ts";
import { normalise } from "./normalise.ts";
import type { Rule } from "./rules.ts";

/** Characters; a real file has a few hundred, or more when it lists controls. */
const MAX_LENGTH = 500_000;

/** There are about 130 keys in all. YAML's check for a key that is there twice takes a time that grows with their square. */
const MAX_KEYS = 1_000;

/** `value` is the plain data that the rules were made of. */
export type ThresholdReading =
  { rules: Rule[]; value: unknown; error?: undefined } | { rules?: undefined; error: string };

/** @param text content of a threshold file; `error` says everything that is wrong with it */
export function readThreshold(text: string): ThresholdReading {
  const parsed = parseYaml(text);
  if ("problem" in parsed) return { error: parsed.problem };
  const { rules, problems } = normalise(parsed.value);
  if (problems.length === 0) return { rules, value: parsed.value };
  const more = problems.length > 5 ? `; and ${problems.length - 5} more` : "";
  return { error: problems.slice(0, 5).join("; ") + more };
}

function parseYaml(text: string): { value: unknown } | { problem: string } {
  if (text.length > MAX_LENGTH) {
    return { problem: `it is no threshold file: it has ${text.length} characters` };
  }
  if ((text.match(/:(?=\s|$)|["']:|[[{]/gmu) ?? []).length > MAX_KEYS) {
    return { problem: `it is no threshold file: it has more than ${MAX_KEYS} keys` };
  }
  if (/^[^\n]{0,3}\0|^\uFFFD/u.test(text)) return { problem: "it is not UTF-8 text (UTF-16?)" };
  try {
    // Not "silent": that would also silence the error about several documents.
    const document = parseDocument(text, { logLevel: "error" });
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) {
      const [line] = problem.linePos ?? [];
      const what = (problem.message.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/u, "");
      return { problem: `it is not good YAML${line === undefined ? "" : ` in line ${line.line}`}: ${what}` };
    }
    // Throws when aliases expand to more than a hundredfold.
    return { value: document.toJS() as unknown };
  } catch (error) {
    return { problem: `it is not good YAML: ${messageOf(error).split("\n")[0]}` };
  }
}
