import { expect, test } from "vitest";
import { completeness } from "../../../src/results/complete.ts";
import { control, hdf, profile } from "../../fixtures/hdf.ts";

const loaded = (name: string, ...controls: string[]) => [{ name, controls }];

test("a result with every control that was loaded is whole", () => {
  const document = hdf(profile("a", [control("c1", "passed"), control("c2", "failed")]));
  expect(completeness(document, loaded("a", "c1", "c2"))).toEqual([]);
  expect(completeness(document, null)).toEqual([]);
});

test("several loaded events add up", () => {
  const document = hdf(profile("a", [control("c1", "passed")]));
  expect(completeness(document, [...loaded("a", "c1"), ...loaded("a", "c2")])).toEqual([
    "1 of the 2 controls of the profile a are not in the result: c2.",
  ]);
});

test("controls that an overlay includes may be listed by either profile", () => {
  const over = profile("over", [control("x1", null)]);
  const base = profile("base", [control("x1", "passed"), control("x2", "passed")], {
    parent_profile: "over",
  });
  const document = hdf(over, base);
  expect(completeness(document, [...loaded("over", "x1"), ...loaded("base", "x1", "x2")])).toEqual([]);
});

test.each([
  [
    "a profile that is not there",
    hdf(profile("b", [control("c1", "passed")])),
    "The profile a was loaded, but is not in the result.",
  ],
  [
    "a profile that failed",
    hdf(profile("a", [control("c1", "passed")], { status: "failed" })),
    "The profile a did not load.",
  ],
  ["no profile", hdf(), "There is no profile in the result."],
  ["no control", hdf(profile("a", [])), "There is no control in the result."],
])("%s is a problem", (_, document, problem) => {
  expect(completeness(document, loaded("a", "c1"))).toContain(problem);
});
