/**
 * MITRE SAF CLI 1.5.3's `saf validate threshold`, to the letter: which keys it looks at, in which order, with JavaScript's own
 * comparisons on whatever the YAML held, and the first violation in its words. What it ignores is ignored here too.
 */
import { parse } from "yaml";
import { severities, type Status } from "../results/model.ts";
import { complianceOf } from "../results/rules.ts";
import { countSafControls, type SafControl } from "./saf-control.ts";

export type SafVerdict = { rule: string; message: string; controls: string[] } | null;

/** SAF reads a file whose top-level values are all numbers as flat keys, `failed.total.max: 0`. Throws where SAF ends without a verdict. */
export function readSafThreshold(text: string): unknown {
  const parsed: unknown = parse(text, { logLevel: "error" });
  // Object.values throws on null, an empty file, as in SAF.
  return Object.values(parsed as object).every((value) => typeof value === "number")
    ? unflatten(parsed as Record<string, number>)
    : parsed;
}

/** Copies SAF's losses too: `failed.high.min` is forgotten when `failed.high.max` follows. */
function unflatten(flat: Record<string, number>): unknown {
  // In SAF a key `__proto__.x` changes every object of the process; here only those that come from this file.
  const shared: Tree = {};
  const tree = Object.create(shared) as Tree;
  for (const [key, value] of Object.entries(flat)) {
    const [left = "", middle = "undefined", right] = key.split(".");
    let branch = left === "__proto__" ? shared : tree[left];
    if (typeof branch === "function") continue;
    if (!branch) branch = tree[left] = Object.create(shared) as Tree;
    if (right) {
      const leaf = Object.create(shared) as Tree;
      leaf[right] = value;
      (branch as Tree)[middle] = leaf;
    } else {
      (branch as Tree)[middle] = value;
    }
  }
  return tree;
}
type Tree = { [key: string]: unknown };

type Check = { rule: string; violated: () => boolean; message: () => string; controls: () => string[] };

/** The first violation, or null when "All validation tests passed". Throws where SAF ends without a verdict. */
export function evaluateSaf(threshold: unknown, controls: SafControl[]): SafVerdict {
  for (const { rule, violated, message, controls: causes } of checks(threshold, controls)) {
    try {
      const broken = violated();
      // SAF builds the message whether or not it needs it, and a value that has no text makes it fail without a word.
      const words = message();
      if (broken) return { rule, message: words, controls: causes() };
    } catch {
      return { rule, message: "", controls: [] };
    }
  }
  return null;
}

function* checks(threshold: unknown, controls: SafControl[]): Generator<Check> {
  const at = (path: string): unknown => lookUp(threshold, path);
  const select = (status: Status, severity?: string): string[] =>
    controls.flatMap((one) =>
      one.status === status && (severity === undefined || one.severity === severity) ? [one.id] : [],
    );

  const compliance = complianceOf(countSafControls(controls)).rounded;
  const limits = (threshold as { compliance?: { min?: unknown; max?: unknown } | null }).compliance;
  for (const bound of limits ? (["min", "max"] as const) : []) {
    const limit = limits?.[bound];
    yield {
      rule: `compliance.${bound}`,
      violated: () =>
        Boolean(limit) && (bound === "min" ? isLess(compliance, limit) : isLess(limit, compliance)),
      message: () => `Overall compliance ${bound}imum was not satisfied`,
      controls: () => [],
    };
  }

  function counted(rule: string, status: Status, severity?: string): Check {
    const ids = select(status, severity);
    const limit = at(rule);
    const words = { min: "less than", max: "greater than", total: "not equal to" };
    const how = rule.endsWith(".min") ? "min" : rule.endsWith(".max") ? "max" : "total";
    return {
      rule,
      violated: () =>
        how === "min"
          ? isLess(ids.length, limit)
          : how === "max"
            ? isLess(limit, ids.length)
            : ids.length !== limit,
      message: () =>
        `${rule}: Threshold not met. Number of received total ${status} controls (${ids.length}) is ${words[how]} your set threshold for the number of ${status} controls (${text(limit)})`,
      controls: () => ids,
    };
  }

  for (const status of ["passed", "failed", "skipped", "no_impact", "error"] as const) {
    const limit = at(`${status}.total`);
    if (limit !== undefined && typeof limit !== "object") yield counted(`${status}.total`, status);
  }
  for (const bound of ["min", "max"]) {
    for (const status of ["passed", "failed", "skipped", "error"] as const) {
      const rule = `${status}.total.${bound}`;
      if (at(rule) !== undefined) yield counted(rule, status);
    }
  }
  for (const [severity, status] of buckets) {
    for (const bound of ["min", "max"]) {
      const rule = `${status}.${severity}.${bound}`;
      if (at(rule) !== undefined) yield counted(rule, status, severity);
    }
  }

  const map = idsByBucket(threshold, controls);
  for (const [severity, status] of buckets) {
    const rule = `${status}.${severity}.controls`;
    const expected = at(rule);
    if (!expected) continue;
    const actual = lookUp(map, rule) as string[] | undefined;
    // A text is a list of its letters to SAF; what is no list at all ends it without a verdict.
    for (const id of expected as Iterable<unknown>) {
      yield {
        rule,
        violated: () => !contains(actual, id),
        message: () =>
          `Expected ${rule} to contain ${text(id)} controls but it only contained [${actual?.join(", ")}]`,
        controls: () => (typeof id === "string" ? [id] : []),
      };
    }
    const { length } = expected as { length?: unknown };
    yield {
      rule,
      violated: () => length !== actual?.length,
      message: () =>
        `Expected ${rule} to contain ${text(length)} controls but it contained ${actual?.length}`,
      controls: () => select(status, severity),
    };
  }
}

/**
 * The ids under `passed.high.controls` and so on. Made even when no rule asks for them, so that a flat `__proto__.high.controls: 1`
 * ends SAF without a verdict.
 */
function idsByBucket(threshold: unknown, controls: SafControl[]): Tree {
  const prototype = Object.getPrototypeOf(Object(threshold)) as object | null;
  const tree = (): Tree => Object.create(prototype) as Tree;
  const map = tree();
  /** A list that was made here for the same bucket takes the next id. Any other that is found is copied, as SAF does it with all. */
  const own = new Map<string, string[]>();
  for (const { id, status, severity } of controls) {
    const bucket = `${status}.${severity}.controls`;
    const known = lookUp(map, bucket);
    const list = own.get(bucket);
    if (list !== undefined && list === known) {
      list.push(id);
      continue;
    }
    const before = known ? [...(known as Iterable<unknown>)] : [];
    let branch = map;
    for (const key of [status, severity]) {
      const next = branch[key];
      branch[key] = typeof next === "object" && next !== null ? next : tree();
      branch = branch[key] as Tree;
    }
    const made = [...before, id] as string[];
    branch["controls"] = made;
    own.set(bucket, made);
  }
  return map;
}

/** As SAF's assertion library has it: whatever is no list contains any object that has no property, such as `[]`. */
const contains = (actual: unknown, id: unknown): boolean =>
  Array.isArray(actual)
    ? actual.includes(id)
    : typeof id === "object" && id !== null && Object.keys(id).length === 0;

/** Every severity with the statuses that SAF looks at in it, in its order; `none` has one. */
const buckets = severities.flatMap((severity) =>
  (severity === "none"
    ? (["no_impact"] as const)
    : (["passed", "failed", "skipped", "error", "no_impact"] as const)
  ).map((status) => [severity, status] as const),
);

/** `a < b` as JavaScript has it for any two values: texts become numbers, null is 0, and what is no number is never less. */
const isLess = (a: unknown, b: unknown): boolean => (a as number) < (b as number);

const text = (value: unknown): string => String(value);

/** lodash's `get`, which takes a key that has dots in it before it walks them. What `__proto__` was given, numbers have too. */
function lookUp(tree: unknown, path: string): unknown {
  if (tree === null || tree === undefined) return undefined;
  if (path in (Object(tree) as object)) return (tree as Tree)[path];
  const shared = Object.getPrototypeOf(Object(tree)) as Tree | null;
  let value: unknown = tree;
  for (const key of path.split(".")) {
    if (value === null || value === undefined) return undefined;
    const found = (value as Tree)[key];
    value = found === undefined && typeof value !== "object" ? shared?.[key] : found;
  }
  return value;
}
