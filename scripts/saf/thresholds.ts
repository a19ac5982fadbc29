/** Made-up threshold files, most of them nearly right. */
import * as fc from "fast-check";
import { stringify } from "yaml";
import { maybe, odd, often } from "./odd.ts";

const count = often(fc.integer({ min: 0, max: 4 }), odd, 6);
const range = fc.record({ min: count, max: count, maximum: count, total: count }, maybe);
const ids = often(
  fc.uniqueArray(fc.constantFrom<unknown>("c1", "c2", "c3", "c4", 4, ""), { maxLength: 4 }),
  odd,
  5,
);
const scope = fc
  .tuple(fc.record({ min: count, max: count, controls: ids }, maybe), fc.nat(3))
  .map(([value, dice]) => {
    const { controls, ...rest } = value as Record<string, unknown>;
    return dice === 0 && controls !== undefined ? { ...rest, controls } : rest;
  });
const scopes = ["critical", "high", "medium", "low", "none", "other", "High"];
const statusRule = often(
  fc.record(
    {
      total: fc.oneof(count, range, odd),
      "total.max": count,
      ...Object.fromEntries(scopes.map((key) => [key, often(scope, odd, 10)])),
    },
    maybe,
  ),
  odd,
  15,
);
const percent = often(fc.constantFrom<unknown>(0, 1, 33, 33.3, 50, 60, 67, 79.5, 80, 100, 101, -1), odd, 8);
const top = {
  compliance: often(fc.record({ min: percent, max: percent, Min: percent }, maybe), odd, 12),
  ...Object.fromEntries(
    ["passed", "failed", "skipped", "no_impact", "error"].map((key) => [key, statusRule]),
  ),
};
const nested = fc
  .record({ ...top, falied: statusRule, "failed.total.max": count, "failed.total": count }, maybe)
  .chain((value) =>
    // Few rules at a time, or the first decides them all.
    fc
      .subarray(Object.keys(value), { maxLength: Math.min(3, Object.keys(value).length) })
      .map((keys) => Object.fromEntries(keys.map((key) => [key, (value as Record<string, unknown>)[key]]))),
  );
const dotted = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        "compliance",
        "passed",
        "failed",
        "skipped",
        "no_impact",
        "error",
        "__proto__",
        "toString",
        "constructor",
        "x",
      ),
      fc.constantFrom("total", "critical", "high", "medium", "low", "none", "min", "max", "", "__proto__"),
      fc.constantFrom("min", "max", "controls", "", "__proto__", "min.max"),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .chain((paths) =>
    fc.tuple(
      ...paths.map((path) =>
        fc.tuple(fc.constant(path.filter(Boolean).join(".")), often(fc.integer({ min: 0, max: 4 }), odd, 25)),
      ),
    ),
  )
  .map((entries) => Object.fromEntries(entries));
const lines = fc
  .array(
    fc.constantFrom(
      "failed: &a {total: {max: 1}}",
      "passed: *a",
      "passed: *missing",
      "<<: {failed: {total: 0}}",
      "failed: {total: {max: 0x1, min: 0o0}}",
      "compliance: {min: .nan}",
      "compliance: {min: 0.5e2}",
      "compliance: {min: '50'}",
      "compliance: {min: !!str 50}",
      "compliance: {min: 1_0}",
      "error.total: 0",
      "failed.total.max: 1",
      "failed: {high: {controls: [c1, *b]}}",
      "error: {total: ~}",
      "failed: [1]",
      "skipped: {total: !!int '1'}",
      "no_impact: {none: {max: 1}}",
      "? failed\n: {total: 1}",
      "---",
      "...",
      "# note",
      "%YAML 1.1",
      "failed: {total: on}",
      "failed: {total: {max: 2026-01-01}}",
      "failed: !!set {total}",
      "failed: !x {total: 1}",
      "\tfailed: 1",
      "1: 2",
      "null: 3",
      "[a]: 1",
    ),
    { maxLength: 4 },
  )
  .map((all) => all.join("\n"));

const text = (value: unknown): string => stringify(value, { aliasDuplicateObjects: false });
/** The text of a threshold file. */
export const thresholdText: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: nested.map(text), weight: 12 },
  { arbitrary: dotted.map(text), weight: 3 },
  { arbitrary: lines, weight: 3 },
  { arbitrary: odd.map(text), weight: 1 },
);
