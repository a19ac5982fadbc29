/** Made-up results, most of them nearly right. */
import * as fc from "fast-check";
import { maybe, odd, often } from "./odd.ts";

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

/** The text of a result file. */
export const resultText: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: document.map((value) => JSON.stringify(value)), weight: 30 },
  { arbitrary: odd.map((value) => JSON.stringify(value)), weight: 1 },
);
