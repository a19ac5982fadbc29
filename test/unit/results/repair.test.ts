/** Results of other tools, nearly HDF: reports can be made of them, and nothing in them becomes better than it was. */
import * as fc from "fast-check";
import { convertFile } from "inspecjs";
import { describe, expect, test, vi } from "vitest";
import { SidescanError } from "../../../src/errors.ts";
import { renderReport, reportNames } from "../../../src/reports/report.ts";
import { reportInput } from "../../../src/reports/from-results.ts";
import { checkThreshold } from "../../../src/thresholds/check.ts";
import { control, hdf, profile, result } from "../../fixtures/hdf.ts";

vi.setConfig({ testTimeout: 120_000 });

type Json = Record<string, unknown>;

/** A result whose only control has these fields; undefined takes one away. */
const withControl = (change: Json): string =>
  JSON.stringify({
    ...hdf(profile("a", [])),
    profiles: [{ ...profile("a", []), controls: [{ ...control("c1", "passed"), ...change }] }],
  });

describe("a control", () => {
  test.each<[string, Json, string, string]>([
    ["without tags", { tags: null }, "passed medium", "control.tags"],
    ["without results was not tested", { results: undefined }, "error medium", "control.results"],
    ["with its impact as a text", { impact: "0.7" }, "passed high", "control.impact"],
    ["with its impact as a word", { impact: "Critical" }, "passed critical", "control.impact"],
    ["with no impact applies all the same", { impact: null }, "passed medium", "control.impact"],
    ["with a list as severity", { tags: { severity: ["high"] } }, "passed medium", "tags.severity"],
    ["with a map of descriptions", { descriptions: { check: "x" } }, "passed medium", "control.descriptions"],
    ["with links as references", { refs: ["http://x"] }, "passed medium", "control.refs"],
    [
      "with a status in capitals",
      { results: [{ ...result("failed"), status: "FAILED" }] },
      "failed medium",
      "result.status",
    ],
    [
      "with a status that nobody knows is an error",
      { results: [result("passed"), { ...result("passed"), status: "ok?" }] },
      "error medium",
      "result.status",
    ],
    [
      "with a backtrace as a text is an error",
      { results: [{ ...result("passed"), backtrace: "a.rb:1" }] },
      "error medium",
      "result.backtrace",
    ],
    ["with a number as id", { id: 7 }, "passed medium", "control.id"],
  ])("%s", (_, change, expected, repaired) => {
    const text = withControl(change);
    const input = reportInput(text, "failed: {total: {max: 9}}");
    expect(input.summary.controls.map(({ status, severity }) => `${status} ${severity}`)).toEqual([expected]);
    expect(input.repairs).toEqual([repaired]);
    // A gate reads strictly.
    expect(input.threshold?.verdict).toBe("none");
    expect(checkThreshold(text, "failed: {total: {max: 9}}").verdict).toBe("none");
  });
});

test("a document that is missing nearly everything still makes every report, and HDF that Heimdall's parser takes", () => {
  const input = reportInput(JSON.stringify({ profiles: [{ controls: [{ results: [{}] }] }, {}, 3] }), null);
  expect(input.summary.counts.error.total).toBe(1);
  for (const name of reportNames) expect(renderReport(name, input)).toMatch(/./u);
  expect(convertFile(renderReport("json", input))).toHaveProperty("1_0_ExecJson");
});

test("what needs no repair is not touched", () => {
  const text = `${withControl({})}\n`;
  const input = reportInput(text, null);
  expect(input.repairs).toEqual([]);
  expect(input.hdf).toBe(text);
});

/** Every place of a document, as a path. */
function places(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key]))];
}

function replaced(value: unknown, path: string[], by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as Json) }) as Json;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

function outcomeOf(text: string, name: (typeof reportNames)[number]): string {
  try {
    const input = reportInput(text, null);
    const { total } = input.summary.counts.passed;
    return renderReport(name, input).isWellFormed()
      ? `a report, ${total || "nothing"} passed`
      : "broken text";
  } catch (error) {
    return error instanceof SidescanError ? `exit code ${error.exitCode}` : String(error);
  }
}

test("whatever stands at any place of a result: reports or an error with exit code 3, and no control gets better", () => {
  const whole = hdf(
    profile("a", [
      control("c1", "failed"),
      control("c2", "error"),
      control("c3", "skipped"),
      control("c4", null),
    ]),
  );
  const all = places(whole);
  const anything = fc.oneof(
    fc.constantFrom<unknown>(undefined, null, [], {}, "", 0, -1, true, "x", [null], [[]], { a: 1 }),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(fc.constantFrom(...all), anything, fc.constantFrom(...reportNames), (path, value, name) => {
      // A status that another tool writes is what it says.
      fc.pre(path.at(-1) !== "status");
      const text = JSON.stringify(replaced(whole, path, value)) ?? "";
      expect(outcomeOf(text, name)).toBeOneOf(["a report, nothing passed", "exit code 3"]);
      expect(checkThreshold(text, "passed: {total: {min: 1}}").verdict).not.toBe("pass");
    }),
    { numRuns: 500 },
  );
});
