import { describe, expect, test } from "vitest";
import { diffResults } from "../../../src/results/diff.ts";
import { control, hdf, profile, results } from "../../fixtures/hdf.ts";

const ids = (all: { id: string }[]): string[] => all.map(({ id }) => id);

describe("between two results", () => {
  const diff = diffResults(
    results(
      control("fixed", "failed"),
      control("broken", "passed"),
      control("unsure", "failed"),
      control("gone", "passed"),
      control("same", "skipped"),
    ),
    results(
      control("fixed", "passed"),
      control("broken", "failed"),
      control("unsure", "error"),
      control("new", "skipped", { impact: 0.9 }),
      control("same", "skipped"),
    ),
  );

  test("controls that got better, worse, are new and are gone are told apart", () => {
    expect(diff.better).toEqual([
      {
        id: "fixed",
        profile: "a",
        title: "Title of fixed",
        severity: "medium",
        from: "failed",
        to: "passed",
      },
    ]);
    // An error may hide anything, so it is worse than a failure.
    expect(ids(diff.worse)).toEqual(["broken", "unsure"]);
    expect(diff.added).toMatchObject([{ id: "new", severity: "critical", status: "skipped" }]);
    expect(ids(diff.gone)).toEqual(["gone"]);
    expect(diff.same).toBe(1);
  });

  test("compliance of both is unrounded", () => {
    expect(diff.compliance).toEqual({ from: 40, to: 20 });
  });
});

test("a control is the same control only in the same profile", () => {
  const before = JSON.stringify(hdf(profile("one", [control("c", "passed")])));
  const after = JSON.stringify(hdf(profile("two", [control("c", "passed")])));
  const diff = diffResults(before, after);
  expect([ids(diff.gone), ids(diff.added), diff.same]).toEqual([["c"], ["c"], 0]);
});

test("what is no result cannot be compared", () => {
  expect(() => diffResults("{}", results(control("c", "passed")))).toThrow("a document without profiles");
});
