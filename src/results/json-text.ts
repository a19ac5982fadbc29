/**
 * JSON as evidence: JSON.parse forgives what a gate must not, such as a key that is there twice (the last one wins), and its
 * errors do not say that a file was cut.
 */

/**
 * Keys on which the verdict depends. Of others the last one may win: InSpec itself writes a tag twice when a profile gives it once as
 * a symbol and once as a text.
 */
const decisive = [
  "profiles",
  "controls",
  "results",
  "id",
  "name",
  "parent_profile",
  "status",
  "backtrace",
  "impact",
  "tags",
  "severity",
  "severityoverride",
  "waiver_data",
  "skipped_due_to_waiver",
];

/** A bit for each, so that what an object has is a number. */
const bits = new Map(decisive.map((key, at) => [key, 1 << at]));

/** Deeper than any real result; JSON.stringify would overflow its stack far beyond. */
const MAX_DEPTH = 200;

/** The value of a JSON text, or why it is none. Refused too: a key twice on which the verdict depends, and nesting deeper than 200. */
export function parseJson(text: string): { value: unknown } | { problem: string } {
  const early = encodingProblem(text);
  if (early !== null) return { problem: early };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: syntaxProblem(text, error) };
  }
  const problem = structureProblem(text);
  return problem === null ? { value } : { problem };
}

function encodingProblem(text: string): string | null {
  if (text.trim() === "") return "it is empty";
  if (text.startsWith("\uFEFF")) {
    return "it begins with a byte order mark, which JSON does not allow; save it as UTF-8 without one";
  }
  // UTF-16 that was read as UTF-8: every second byte of Latin text is 0.
  if (text.slice(0, 8).includes("\0")) return "it is not UTF-8 text (UTF-16?); save it as UTF-8";
  return null;
}

function syntaxProblem(text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const end = text.trimEnd();
  const position = Number(/at position (\d+)/u.exec(message)?.[1] ?? NaN);
  if (/unexpected end|unterminated string/iu.test(message) || position >= end.length) {
    return `it was cut: the JSON ends after ${text.length} characters, before it is complete`;
  }
  if (!/^\s*[[{]/u.test(text)) {
    const brace = text.indexOf("\n{");
    if (brace !== -1)
      return `it is not JSON: other text comes before it, up to line ${lineOf(text, brace + 1)}`;
    return "it is not JSON";
  }
  return Number.isNaN(position) ? "it is not JSON" : `it is not JSON: see line ${lineOf(text, position)}`;
}

const lineOf = (text: string, position: number): number => text.slice(0, position).split("\n").length;

/** Walks a text that is known to be JSON; so only quotes and brackets matter. */
function structureProblem(text: string): string | null {
  /** Decisive keys of the object that is open here, and of those around it. */
  let keys = 0;
  const around: number[] = [];
  /** Of the last text, which is a key when a colon follows: most are not, and are not copied. */
  let [keyStart, keyEnd] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 0x22) {
      const end = endOfString(text, i);
      keyStart = i;
      keyEnd = end;
      i = end;
    } else if (char === 0x3a) {
      const key = text.slice(keyStart, keyEnd + 1);
      // Two spellings of one key ("a" and "\\u0061") are the same key.
      const name = key.includes("\\") ? (JSON.parse(key) as string) : key.slice(1, -1);
      const bit = bits.get(name);
      if (bit === undefined) continue;
      if ((keys & bit) !== 0) {
        return `the key ${JSON.stringify(name)} is there twice in one object (line ${lineOf(text, i)})`;
      }
      keys |= bit;
    } else if (char === 0x7b || char === 0x5b) {
      if (around.push(keys) > MAX_DEPTH) return `it is nested deeper than ${MAX_DEPTH} levels`;
      keys = 0;
    } else if (char === 0x7d || char === 0x5d) {
      keys = around.pop() ?? 0;
    }
  }
  return null;
}

/** Index of the closing quote: the first that an even number of backslashes precedes. */
function endOfString(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return end;
  }
}
