import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Control } from "../../../src/results/model.ts";
import { renderReport, reportNames, type ReportName } from "../../../src/reports/report.ts";
import { sampleControl, sampleInput } from "../../fixtures/report-input.ts";

const anything = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.constantFrom(
      "<",
      ">",
      "/",
      "!",
      "-",
      "&",
      "`",
      "|",
      "\u{1B}",
      "[",
      "\n",
      "\u{D800}",
      "=",
      '"',
      "#",
    ),
  }),
);

const control: fc.Arbitrary<Control> = fc
  .record({
    id: anything,
    profile: anything,
    title: fc.option(anything),
    description: fc.option(anything),
    descriptions: fc.array(fc.record({ label: anything, data: anything }), { maxLength: 3 }),
    code: fc.option(anything),
    status: fc.constantFrom("passed", "failed", "skipped", "no_impact", "error"),
    rawSeverity: fc.option(anything),
    tags: fc.dictionary(anything, fc.jsonValue(), { maxKeys: 3 }),
    refs: fc.array(fc.jsonValue(), { maxLength: 2 }),
    sourceLocation: fc.record({ ref: fc.option(anything), line: fc.option(fc.integer()) }),
    waived: fc.option(fc.record({ justification: fc.option(anything), run: fc.boolean() })),
    results: fc.array(
      fc.record({
        status: fc.constantFrom("passed", "failed", "skipped", "error"),
        codeDesc: anything,
        message: fc.option(anything),
        exception: fc.option(anything),
        runTime: fc.double({ noNaN: true, min: 0, max: 1e6 }),
      }),
      { maxLength: 3 },
    ),
  })
  .map((change) => sampleControl(0, change as Partial<Control>));

// oxlint-disable-next-line no-control-regex
const unseen = /[\u{0}-\u{8}\u{B}\u{C}\u{E}-\u{1F}\u{7F}-\u{9F}\u{200B}\u{2028}-\u{202E}\u{2066}-\u{2069}]/u;

/** Makes the report of whatever fast-check comes up with, and hands it over. */
const always = (name: ReportName, holds: (text: string) => void): void =>
  fc.assert(
    fc.property(fc.array(control, { maxLength: 4 }), anything, (controls, target) => {
      const input = sampleInput(controls);
      holds(renderReport(name, { ...input, run: { ...input.run!, target, notices: [target] } }));
    }),
  );

describe("whatever a result holds", () => {
  test.each(reportNames.filter((name) => name !== "json"))("nothing unseen is in %s", (name) => {
    always(name, (text) => {
      expect(text.isWellFormed()).toBe(true);
      expect(text).not.toMatch(unseen);
    });
  });

  test("the HTML has its own two scripts, no comment, and data that can be read", () => {
    always("html", (text) => {
      expect(text.match(/<script/giu)).toHaveLength(2);
      expect(text).not.toContain("<!--");
      JSON.parse(text.split('id="sidescan-data">')[1]!.split("</script>")[0]!);
    });
  });

  test.each(["json", "sarif", "codequality"] as const)("%s is JSON", (name) => {
    always(name, (text) => {
      expect(JSON.parse(text)).toBeTypeOf("object");
    });
  });
});
