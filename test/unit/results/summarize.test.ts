import { readdirSync, readFileSync } from "node:fs";
import { contextualizeEvaluation, type ContextualizedEvaluation } from "inspecjs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HdfControl } from "../../../src/results/hdf.ts";
import { readResults } from "../../../src/results/read.ts";
import { controlSeverity, controlStatus } from "../../../src/results/rules.ts";
import { summarize } from "../../../src/results/summarize.ts";
import { control, hdf, profile, result } from "../../fixtures/hdf.ts";

const statusNames = {
  Passed: "passed",
  Failed: "failed",
  "Not Reviewed": "skipped",
  "Not Applicable": "no_impact",
  "Profile Error": "error",
  "From Profile": null,
} as const;

/** What inspecjs says of one control on its own. */
function byInspecjs(one: HdfControl): { status: string | null; severity: string } {
  const evaluation = hdf(profile("a", [one])) as unknown as ContextualizedEvaluation["data"];
  const found = contextualizeEvaluation(evaluation).contains[0]?.contains[0];
  if (found === undefined) throw new Error("inspecjs lost the control");
  return { status: statusNames[found.hdf.status], severity: found.hdf.severity };
}

function byUs(one: HdfControl): { status: string; severity: string } {
  const { severity, raw } = controlSeverity(one);
  return { status: controlStatus(one), severity: raw ?? severity };
}

const anyTag = fc.constantFrom(
  undefined,
  null,
  "none",
  "low",
  "medium",
  "high",
  "critical",
  "High",
  "LOW",
  "x",
  "",
);
const anyResult = fc
  .record({
    status: fc.constantFrom("passed", "failed", "skipped", "error", null, undefined),
    backtrace: fc.constantFrom(undefined, undefined, undefined, null, [], ["a.rb:1"]),
  })
  .map(({ status, backtrace }) =>
    result(status, backtrace === undefined ? {} : { backtrace: backtrace === null ? null : [...backtrace] }),
  );
const anyControl = fc
  .record({
    impact: fc.oneof(
      fc.constantFrom(0, 0.1, 0.4, 0.7, 0.9, 1, -1, 2),
      fc.double({ min: 0, max: 1, noNaN: true }),
    ),
    severity: anyTag,
    severityoverride: anyTag,
    results: fc.array(anyResult, { maxLength: 3 }),
    skipped_due_to_waiver: fc.constantFrom(undefined, null, true, false, "", "yes"),
  })
  .map(({ impact, severity, severityoverride, results, skipped_due_to_waiver }) =>
    control("c", null, {
      impact,
      results,
      tags: { severity, severityoverride },
      waiver_data: skipped_due_to_waiver === undefined ? null : { skipped_due_to_waiver },
    }),
  );

describe("status and severity of a control", () => {
  test("are those of inspecjs, for any control", () => {
    fc.assert(
      fc.property(anyControl, (one) => {
        expect(byUs(one)).toEqual(byInspecjs(one));
      }),
      { numRuns: 1000 },
    );
  });

  test("and for every control of the recorded results", () => {
    const folder = new URL("../../conformance/thresholds/results/", import.meta.url);
    let compared = 0;
    for (const name of readdirSync(folder)) {
      let document;
      try {
        document = readResults(readFileSync(new URL(name, folder), "utf8"));
      } catch {
        continue;
      }
      for (const one of document.profiles.flatMap(({ controls }) => controls.slice(0, 50))) {
        expect({ name, ...byUs(one) }).toEqual({ name, ...byInspecjs(one) });
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(100);
  });
});

describe("a summary", () => {
  test("counts controls by status and severity, and tags that SAF does not understand apart", () => {
    const { counts, compliance } = summarize(
      hdf(
        profile("a", [
          control("c1", "passed", { impact: 1 }),
          control("c2", "failed", { tags: { severity: "High" } }),
          control("c3", "skipped"),
          control("c4", "failed", { impact: 0 }),
          control("c5", "error"),
        ]),
      ),
    );
    expect(counts.passed).toMatchObject({ total: 1, critical: 1, other: 0 });
    expect(counts.failed).toMatchObject({ total: 1, high: 0, other: 1 });
    expect(counts.skipped).toMatchObject({ total: 1, medium: 1 });
    expect(counts.no_impact).toMatchObject({ total: 1, none: 1 });
    expect(counts.error).toMatchObject({ total: 1, medium: 1 });
    expect(compliance).toEqual({ rounded: 25, exact: 25 });
  });

  // As InSpec 5.24 writes an overlay: the wrapper's copies are empty, the base holds results and the changed impact.
  const over = profile("over", [control("x1", null, { impact: 0.9 }), control("own", "passed")]);
  const base = profile("base", [control("x1", "failed", { impact: 0.9, title: "X1" })], {
    parent_profile: "over",
  });

  test.each([
    ["the wrapper first, as InSpec does", hdf(over, base)],
    ["the wrapper last", hdf(base, over)],
  ])("resolves overlays with %s", (_, document) => {
    const { controls } = summarize(document);
    expect(
      controls.map(({ id, status, severity, profile: of, results }) => [
        id,
        status,
        severity,
        of,
        results.length,
      ]),
    ).toEqual([
      ["x1", "failed", "critical", "base", 1],
      ["own", "passed", "medium", "over", 1],
    ]);
  });

  test("keeps controls of two profiles apart, though they share an id", () => {
    const { controls } = summarize(
      hdf(profile("a", [control("x", "passed")]), profile("b", [control("x", "failed")])),
    );
    expect(controls.map(({ profile: of, status }) => [of, status])).toEqual([
      ["a", "passed"],
      ["b", "failed"],
    ]);
  });

  test("survives profiles that are each other's parent", () => {
    const { controls } = summarize(
      hdf(
        profile("a", [control("x", "passed")], { parent_profile: "b" }),
        profile("b", [control("x", "failed")], { parent_profile: "a" }),
      ),
    );
    expect(controls.length).toBeGreaterThan(0);
  });

  test("knows a waiver from the empty object that InSpec writes for none", () => {
    const { controls } = summarize(
      hdf(
        profile("a", [
          control("w0", "passed", { waiver_data: {} }),
          control("w1", "skipped", {
            waiver_data: { skipped_due_to_waiver: true, justification: "accepted" },
          }),
          control("w2", "failed", { waiver_data: { skipped_due_to_waiver: false, justification: "run" } }),
        ]),
      ),
    );
    expect(controls.map(({ status, waived }) => [status, waived])).toEqual([
      ["passed", null],
      ["no_impact", { justification: "accepted", run: false }],
      ["failed", { justification: "run", run: true }],
    ]);
  });
});
