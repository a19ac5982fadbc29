/** Made-up results and threshold files, most of them nearly right: what MITRE SAF and we must agree on, quirks and all. */
import * as fc from "fast-check";
import { stringify } from "yaml";

export type Pair = { results: string; threshold: string };

const often = <T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<unknown>, weight = 12): fc.Arbitrary<unknown> =>
  fc.oneof({ arbitrary: usual, weight }, { arbitrary: rare, weight: 1 });
const maybe = { requiredKeys: [] };

const odd = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, 1, -1, "", "x", "0", "1", " 2 ", "0x1", "1e1", [], {}, [1]),
  fc.constantFrom<unknown>(Number.NaN, Infinity, -Infinity, -0, 1.5, 1e300, "high", ["c1"], { min: 1 }, [[]]),
  fc.constantFrom<unknown>([2], ["2"], "c1", "c", { length: 0 }, { min: 0, max: 9 }, "__proto__", "toString"),
);

// Results

const severityTag = fc.oneof(
  { arbitrary: fc.constantFrom<unknown>("critical", "high", "medium", "low", "none"), weight: 3 },
  { arbitrary: fc.constantFrom<unknown>("High", "CRITICAL", " high", "moderate", "", null), weight: 2 },
);
const oneResult = fc
  .record(
    {
      status: often(
        fc.constantFrom("passed", "passed", "failed", "skipped", "error"),
        fc.constantFrom<unknown>(null, null, null, null, null, null, null, null, "PASSED", 1, ""),
      ),
      code_desc: often(fc.constant("d"), odd, 1200),
      start_time: often(fc.constant("2026-01-01T00:00:00Z"), odd, 1200),
      run_time: often(fc.constant(0.1), odd, 1200),
      message: often(fc.constant("m"), odd, 600),
      skip_message: often(fc.constant("m"), odd, 600),
      exception: often(fc.constant("E"), odd, 600),
      backtrace: fc.constantFrom<unknown>([], ["a"], null, undefined),
    },
    { requiredKeys: ["status", "code_desc", "start_time"] },
  )
  .chain((result) =>
    // A backtrace and an exception are rare.
    fc.integer({ min: 0, max: 9 }).map((dice) => {
      const { backtrace, exception, ...plain } = result as Record<string, unknown>;
      return dice === 0 ? { ...plain, backtrace } : dice === 1 ? { ...plain, exception } : plain;
    }),
  );
const attestation = (status: string): object => ({
  control_id: "c1",
  explanation: "e",
  frequency: "f",
  status,
  updated: "u",
  updated_by: "b",
});
const oneControl = fc.record(
  {
    id: often(
      fc.constantFrom("c1", "c2", "c3", "c4", "c5", "c6"),
      fc.constantFrom<unknown>("", "__proto__", 4, null, "toString"),
      900,
    ),
    title: often(fc.constant("t"), odd, 900),
    desc: often(fc.constant("d"), odd, 900),
    descriptions: often(
      fc.constant([]),
      fc.constantFrom<unknown>(null, {}, [{ label: "check", data: "x" }], [null], "x"),
      600,
    ),
    impact: often(
      fc.constantFrom(0, 0.05, 0.1, 0.3, 0.39, 0.4, 0.5, 0.69, 0.7, 0.89, 0.9, 1),
      fc.constantFrom<unknown>(-0, -1, 2, "0.5", "0", null, 0.0999999),
      600,
    ),
    refs: often(fc.constant([]), odd, 1200),
    tags: often(
      fc.record({ severity: severityTag, severityoverride: severityTag }, maybe),
      fc.oneof(
        { arbitrary: fc.constant({}), weight: 60 },
        {
          arbitrary: fc.constantFrom<unknown>(null, [], "x", { severity: 7 }, { severity: ["high"] }),
          weight: 1,
        },
        { arbitrary: fc.record({ nist: odd, cci: odd }), weight: 6 },
      ),
      4,
    ),
    code: often(fc.constant("c"), odd, 900),
    source_location: often(
      fc.constant({ ref: "a", line: 1 }),
      fc.constantFrom<unknown>({}, null, [], "x", { line: "1" }),
      900,
    ),
    waiver_data: often(
      fc.constantFrom<unknown>(
        {},
        {},
        {},
        null,
        { skipped_due_to_waiver: true },
        { skipped_due_to_waiver: false },
        { skipped_due_to_waiver: "x", justification: "j" },
        { skipped_due_to_waiver: "" },
      ),
      fc.constantFrom<unknown>({ justification: 3 }, []),
      600,
    ),
    attestation_data: often(
      fc.constantFrom<unknown>(null, ...["passed", "failed"].map((status) => attestation(status))),
      fc.constantFrom<unknown>({}, attestation("x")),
      300,
    ),
    results: often(
      fc.array(oneResult, { maxLength: 3 }),
      fc.constantFrom<unknown>([], null, undefined, {}, "x"),
      600,
    ),
  },
  { requiredKeys: ["id", "impact", "refs", "tags", "source_location", "results"] },
);
const rarely = (keys: string[]) => (value: Record<string, unknown>, dice: number) =>
  dice === 0 ? value : Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
const withDice = (arbitrary: fc.Arbitrary<object>, keys: string[], sides: number): fc.Arbitrary<object> =>
  fc
    .tuple(arbitrary, fc.nat(sides))
    .map(([value, dice]) => rarely(keys)(value as Record<string, unknown>, dice));
const control = withDice(oneControl, ["attestation_data"], 8);
const profile = fc.record(
  {
    name: often(fc.constantFrom("a", "b", "c"), odd, 900),
    version: often(fc.constant("1.0.0"), odd, 900),
    sha256: often(fc.constant("0"), odd, 1200),
    title: often(fc.constant("t"), odd, 1200),
    parent_profile: fc.constantFrom<unknown>(undefined, undefined, undefined, "a", "b", "c", null, "zz"),
    depends: fc.constantFrom<unknown>(
      undefined,
      undefined,
      undefined,
      [],
      [{ name: "a" }],
      [{ name: "b" }],
      null,
      [{ name: "zz" }],
    ),
    supports: often(fc.constant([]), odd, 1200),
    attributes: often(fc.constant([]), fc.constantFrom<unknown>([{ name: "x" }], null, {}), 900),
    groups: often(
      fc.constant([]),
      fc.constantFrom<unknown>([{ id: "g", controls: ["c1"] }], [{}], null),
      900,
    ),
    status: fc.constantFrom<unknown>("loaded", undefined, "failed", "skipped", null),
    controls: often(fc.array(control, { maxLength: 5 }), fc.constantFrom<unknown>([], null, {}, "x"), 900),
  },
  { requiredKeys: ["name", "sha256", "supports", "attributes", "groups", "controls"] },
);
const document = fc.record(
  {
    platform: often(
      fc.constant({ name: "debian", release: "12" }),
      fc.constantFrom<unknown>({}, null, { name: "x" }, { name: "x", release: null }),
      900,
    ),
    profiles: often(
      fc.array(profile, { minLength: 1, maxLength: 3 }),
      fc.constantFrom<unknown>([], null, {}, [null]),
      900,
    ),
    statistics: often(
      fc.constant({ duration: 1 }),
      fc.constantFrom<unknown>({}, null, { duration: "1" }, [], { controls: {} }),
      900,
    ),
    version: often(fc.constant("5.24.24"), odd, 900),
    passthrough: odd,
    extra: odd,
  },
  { requiredKeys: ["platform", "profiles", "statistics", "version"] },
);

// Thresholds

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
const thresholdText = fc.oneof(
  { arbitrary: nested.map(text), weight: 12 },
  { arbitrary: dotted.map(text), weight: 3 },
  { arbitrary: lines, weight: 3 },
  { arbitrary: odd.map(text), weight: 1 },
);

export const pairs: fc.Arbitrary<Pair> = fc.record({
  results: fc.oneof(
    { arbitrary: document.map((value) => JSON.stringify(value)), weight: 30 },
    { arbitrary: odd.map((value) => JSON.stringify(value)), weight: 1 },
  ),
  threshold: thresholdText,
});
