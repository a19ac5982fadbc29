/**
 * Plain data of a threshold file to rules. SAF evaluates some keys and silently ignores the rest (`saf validate threshold` of MITRE SAF CLI 1.5.3);
 * here every key is either a rule or a problem.
 */
import { severities, statuses, type Severity, type Status } from "../results/model.ts";
import { nearest } from "../nearest.ts";
import { bounds, MAX_COUNT, scopes, topKeys, type Bound, type Rule } from "./rules.ts";

type Found = { rules: Rule[]; problems: string[] };
type Fields = [string, unknown][];

/** All rules of the file and everything that is wrong with it; with a problem the rules are not to be used. */
export function normalise(value: unknown): Found {
  const found: Found = { rules: [], problems: [] };
  const fields = fieldsOf(value);
  if (value === null || value === undefined || fields?.length === 0) {
    found.problems.push("it is empty: it holds no rule");
  } else if (fields === null) {
    found.problems.push(`it holds ${describe(value)}, not rules such as failed.total.max: 0`);
  } else if (fields.some(([key]) => key.includes("."))) {
    readFlat(fields, found);
  } else {
    for (const [key, inner] of fields) readTop(key, inner, found);
  }
  found.problems.push(...contradictions(found.rules));
  return found;
}

/** `failed.total.max: 0`, one rule a line. SAF reads a file so only when all its values are numbers. */
function readFlat(fields: Fields, found: Found): void {
  const nested = fields.find(([key, value]) => !key.includes(".") || typeof value !== "number");
  if (nested !== undefined) {
    const [key, value] = nested;
    const what = `${show(key)} is ${describe(value)}`;
    found.problems.push(`keys with dots need a number in every line, or SAF ignores them all, and ${what}`);
    return;
  }
  for (const [key, value] of fields) {
    const parts = key.split(".");
    if (parts.length > 3) {
      found.problems.push(`unknown key ${show(key)}; it has too many parts`);
      continue;
    }
    const tree = parts.slice(1).reduceRight<unknown>((inner, part) => new Map([[part, inner]]), value);
    readTop(parts[0] ?? "", tree, found);
  }
}

function readTop(key: string, value: unknown, found: Found): void {
  const status = statuses.find((one) => one === key);
  if (status !== undefined) return readStatus(status, value, found);
  if (key !== "compliance") return unknownKey([], key, topKeys, found);
  for (const [bound, limit] of range(["compliance"], value, bounds, found)) {
    const rule = `compliance.${bound}`;
    const number = readNumber(rule, limit, 100, found);
    if (number !== null)
      found.rules.push({ kind: "compliance", key: rule, bound: bound as Bound, limit: number });
  }
}

function readStatus(status: Status, value: unknown, found: Found): void {
  const fields = fieldsOf(value);
  if (fields === null || fields.length === 0) {
    const meant = typeof value === "number" ? `; write ${status}.total: ${value}` : "";
    found.problems.push(`${status} is ${describe(value)}, where a map is meant${meant}`);
    return;
  }
  for (const [key, inner] of fields) {
    const severity = severities.find((one) => one === key);
    if (severity !== undefined) readSeverity(status, severity, inner, found);
    else if (key === "total") readTotal(status, inner, found);
    else unknownKey([status], key, scopes, found);
  }
}

function readTotal(status: Status, value: unknown, found: Found): void {
  if (typeof value === "number") {
    readCount(`${status}.total`, status, null, "exactly", value, found);
    return;
  }
  for (const [bound, limit] of range([status, "total"], value, bounds, found)) {
    readCount(`${status}.total.${bound}`, status, null, bound as Bound, limit, found);
  }
}

function readSeverity(status: Status, severity: Severity, value: unknown, found: Found): void {
  for (const [key, inner] of range([status, severity], value, [...bounds, "controls"], found)) {
    const rule = `${status}.${severity}.${key}`;
    if (key !== "controls") readCount(rule, status, severity, key as Bound, inner, found);
    else {
      const ids = readIds(rule, inner, found);
      if (ids !== null) found.rules.push({ kind: "controls", key: rule, ids, status, severity });
    }
  }
}

function readCount(
  key: string,
  status: Status,
  severity: Severity | null,
  bound: Bound | "exactly",
  value: unknown,
  found: Found,
): void {
  const limit = readNumber(key, value, MAX_COUNT, found);
  if (limit === null) return;
  if (Number.isInteger(limit)) found.rules.push({ kind: "count", key, bound, limit, status, severity });
  else found.problems.push(`${key} is ${limit}, but controls are counted in whole numbers`);
}

/** The fields of a range that are known; everything else is a problem. */
function range(path: string[], value: unknown, known: readonly string[], found: Found): Fields {
  const key = path.join(".");
  const fields = fieldsOf(value);
  if (typeof value === "number") {
    found.problems.push(
      `${key} is ${value}, where a range is meant, and SAF ignores it; write ${key}.min: ${value} or ${key}.max: ${value}`,
    );
  } else if (fields === null || fields.length === 0) {
    found.problems.push(`${key} is ${describe(value)}, where a range is meant, such as {min: 1}`);
  }
  return (fields ?? []).filter(([one]) => {
    if (known.includes(one)) return true;
    unknownKey(path, one, known, found);
    return false;
  });
}

function readNumber(key: string, value: unknown, max: number, found: Found): number | null {
  if (typeof value !== "number") {
    const quoted = typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value));
    found.problems.push(
      `${key} is ${describe(value)}, not a number${quoted ? `; write ${value.trim()} without quotes` : ""}`,
    );
  } else if (!(value >= 0 && value <= max)) {
    found.problems.push(`${key} is ${value}; it must be a number from 0 to ${max}`);
  } else {
    return value;
  }
  return null;
}

function readIds(key: string, value: unknown, found: Found): string[] | null {
  if (!Array.isArray(value)) {
    found.problems.push(
      `${key} is ${describe(value)}, where a list of control ids is meant, such as [${show(value)}]`,
    );
    return null;
  }
  const ids = value as unknown[];
  const before = found.problems.length;
  if (ids.length === 0) {
    found.problems.push(`${key} is an empty list, which SAF can never meet; write max: 0 instead`);
  }
  const wrong = ids.find((id) => typeof id !== "string" || id === "");
  if (wrong !== undefined) {
    const quote = typeof wrong === "number" ? "; put quotes around it" : "";
    found.problems.push(`${key} holds ${describe(wrong)}, which is no control id${quote}`);
  }
  const twice = new Set(ids).size === ids.length ? undefined : ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) found.problems.push(`${key} names ${show(twice)} twice`);
  return found.problems.length === before ? (ids as string[]) : null;
}

/** Rules that no result can meet together; a total written both ways, of which SAF forgets one. */
function contradictions(rules: Rule[]): string[] {
  const limits = new Map(rules.flatMap((rule) => (rule.kind === "controls" ? [] : [[rule.key, rule.limit]])));
  return [...limits].flatMap(([key, limit]) => {
    if (limits.has(`${key}.min`) || limits.has(`${key}.max`)) {
      return [`${key} is both an exact number and a range`];
    }
    const max = key.endsWith(".min") ? limits.get(key.replace(/min$/u, "max")) : undefined;
    return max !== undefined && max < limit
      ? [`${key} is ${limit}, above its max of ${max}: no result can pass`]
      : [];
  });
}

function unknownKey(path: string[], key: string, known: readonly string[], found: Found): void {
  const near = nearest(key, known);
  const full = (last: string): string => [...path, last].join(".");
  found.problems.push(
    near === null
      ? `unknown key ${show(full(key))}; known here: ${known.join(", ")}`
      : `unknown key ${show(full(key))}; did you mean ${full(near)}?`,
  );
}

/** Null for what is no map. Flat keys become Maps, YAML's maps plain objects; keys are never looked up, so `__proto__` is one like any. */
function fieldsOf(value: unknown): Fields | null {
  if (value instanceof Map)
    return [...(value as Map<unknown, unknown>)].map(([key, one]) => [String(key), one]);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return Object.entries(value);
}

/** A value in words; never more than a few, whatever it is. */
function describe(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (typeof value === "string") return `the text ${show(value)}`;
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return fieldsOf(value)?.length === 0 ? "an empty map" : "a map";
  return typeof value === "number" ? `the number ${value}` : show(value);
}

function show(value: unknown): string {
  const text = typeof value === "object" && value !== null ? "..." : String(value);
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return /^[\w.-]+$/u.test(short) ? short : JSON.stringify(short);
}
