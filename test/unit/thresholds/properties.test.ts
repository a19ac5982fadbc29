/** Whatever is fed in: never a crash, never a pass on nonsense, never a pass that SAF would fail. */
import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import type { HdfControl } from "../../../src/results/hdf.ts";
import { severities, statuses } from "../../../src/results/model.ts";
import { checkThreshold } from "../../../src/thresholds/check.ts";
import { readThreshold } from "../../../src/thresholds/read.ts";
import { threshold as schema } from "../../../src/thresholds/schema.ts";
import { suggestThreshold } from "../../../src/thresholds/suggest.ts";
import { control, hdf, profile } from "../../fixtures/hdf.ts";

// Hundreds of runs each; a busy machine needs more than the usual five seconds.
vi.setConfig({ testTimeout: 120_000 });

const anyControl: fc.Arbitrary<HdfControl> = fc
  .record({
    id: fc.constantFrom("c1", "c2", "c3", "c4", "c5"),
    status: fc.constantFrom("passed", "passed", "failed", "skipped", "error", null),
    impact: fc.constantFrom(0, 0.05, 0.3, 0.5, 0.7, 1),
    severity: fc.constantFrom(undefined, undefined, "high", "High", "none", "nonsense"),
  })
  .map(({ id, status, impact, severity }) =>
    control(id, status, { impact, tags: severity === undefined ? {} : { severity } }),
  );

const anyProfile = fc
  .record({
    name: fc.constantFrom("a", "b", "c"),
    parent: fc.constantFrom(undefined, undefined, "a", "b"),
    controls: fc.array(anyControl, { maxLength: 5 }),
    status: fc.constantFrom("loaded", "loaded", "loaded", "loaded", "failed", "skipped"),
  })
  .map(({ name, parent, controls, status }) =>
    profile(name, controls, { status, ...(parent === undefined ? {} : { parent_profile: parent }) }),
  );

const anyResults = fc.array(anyProfile, { maxLength: 3 }).map((profiles) => JSON.stringify(hdf(...profiles)));

const count = fc.oneof(
  fc.integer({ min: 0, max: 4 }),
  fc.constantFrom<unknown>(-1, 1.5, 1e300, "1", null, []),
);
const optional = { requiredKeys: [] };
const range = fc.record({ min: count, max: count }, optional);
const severityRule = fc.record(
  { min: count, max: count, controls: fc.uniqueArray(fc.constantFrom<unknown>("c1", "c2", "c3", 4, "")) },
  optional,
);
const perSeverity = Object.fromEntries(severities.map((severity) => [severity, severityRule]));
const statusRule = fc.record({ total: fc.oneof(count, range), ...perSeverity }, optional);
const perStatus = Object.fromEntries(statuses.map((status) => [status, statusRule]));
const percent = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constantFrom(33.3, 66.6, 101, -1, Number.NaN));
/** Often good, sometimes not; never unknown keys. */
const anyThreshold = fc.record(
  { compliance: fc.record({ min: percent, max: percent }, optional), ...perStatus },
  optional,
);

const sound = (outcome: ReturnType<typeof checkThreshold>): void => {
  expect(outcome.error === undefined).toBe(outcome.verdict !== "none");
  expect(outcome.errorKind === undefined).toBe(outcome.verdict !== "none");
  expect(outcome.violations.length > 0).toBe(outcome.verdict === "fail");
};

describe("a verdict", () => {
  test("is given on any text at all, and it is never a pass", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (results, threshold) => {
        for (const mode of ["strict", "saf"] as const) {
          const outcome = checkThreshold(results, threshold, { mode });
          sound(outcome);
          expect(outcome.verdict).toBe("none");
        }
      }),
    );
  });

  test("is never a pass when the results are any other JSON", () => {
    fc.assert(
      fc.property(fc.json(), (results) => {
        expect(checkThreshold(results, "failed: {total: {max: 9}}").verdict).toBe("none");
        expect(checkThreshold(results, "failed: {total: {max: 9}}", { mode: "saf" }).verdict).toBe("none");
      }),
    );
  });

  test("is never a pass when the results were cut anywhere", () => {
    const whole = JSON.stringify(hdf(profile("a", [control("c1", "passed")])));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (length) => {
        const outcome = checkThreshold(whole.slice(0, length), "failed: {total: {max: 9}}");
        expect(outcome).toMatchObject({ verdict: "none", errorKind: "results" });
      }),
    );
  });

  test("is no pass in strict mode when SAF gives none or fails, for any results and thresholds", () => {
    fc.assert(
      fc.property(anyResults, anyThreshold, (results, threshold) => {
        const text = stringify(threshold);
        const strict = checkThreshold(results, text);
        const saf = checkThreshold(results, text, { mode: "saf" });
        sound(strict);
        sound(saf);
        expect(strict.verdict === "pass" && saf.verdict !== "pass").toBe(false);
      }),
      { numRuns: 150 },
    );
  });

  test("fails in strict mode by its own explained rules wherever SAF fails", () => {
    fc.assert(
      fc.property(anyResults, anyThreshold, (results, threshold) => {
        const { violations } = checkThreshold(results, stringify(threshold));
        const borrowed = violations.filter(({ message }) =>
          /Threshold not met|was not satisfied|^Expected/u.test(message),
        );
        expect(borrowed).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});

test("the published schema and the strict reader agree on what a threshold file is", () => {
  fc.assert(
    fc.property(anyThreshold, (threshold) => {
      const { error } = readThreshold(stringify(threshold));
      // A schema cannot say that a min is above its max.
      if (error?.includes("no result can pass") === true) return;
      expect(schema.safeParse(threshold).success).toBe(error === undefined);
    }),
    { numRuns: 150 },
  );
});

describe("a suggested threshold", () => {
  test("is passed by the results it was made from, strictly and in SAF", () => {
    fc.assert(
      fc.property(anyResults, (results) => {
        // There is none for results that cannot be judged.
        fc.pre(checkThreshold(results, "failed: {total: {max: 99}}").verdict !== "none");
        const suggested = suggestThreshold(results);
        expect(checkThreshold(results, suggested)).toMatchObject({ verdict: "pass", violations: [] });
        expect(checkThreshold(results, suggested, { mode: "saf" }).verdict).toBe("pass");
      }),
      { numRuns: 100 },
    );
  });

  test("cannot be made from results that cannot be judged", () => {
    expect(() => suggestThreshold(JSON.stringify(hdf(profile("a", []))))).toThrow(
      "There is no control in the result.",
    );
  });

  test("is failed as soon as one control gets worse", () => {
    const before = [
      control("c1", "passed"),
      control("c2", "failed"),
      control("c3", "passed", { impact: 0.7 }),
    ];
    const suggested = suggestThreshold(JSON.stringify(hdf(profile("a", before))));
    for (const worse of ["failed", "skipped", "error"] as const) {
      const after = JSON.stringify(hdf(profile("a", [control("c1", worse), ...before.slice(1)])));
      expect(checkThreshold(after, suggested).verdict).toBe("fail");
    }
    expect(suggested).toMatch(/^# .*\ncompliance:\n {2}min: 67\npassed:\n {2}total:\n {4}min: 2\n/u);
  });
});
