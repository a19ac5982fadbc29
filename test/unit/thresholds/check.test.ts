import { describe, expect, test } from "vitest";
import { checkThreshold } from "../../../src/thresholds/check.ts";
import { control, hdf, profile, results } from "../../fixtures/hdf.ts";

const numbered = (count: number, status: "passed" | "failed", prefix = status) =>
  Array.from({ length: count }, (_, index) => control(`${prefix}${index + 1}`, status));

describe("a strict verdict explains itself", () => {
  test("every broken rule is listed with limit, count, difference and the controls that broke it", () => {
    const outcome = checkThreshold(
      results(
        control("c1", "passed"),
        control("c2", "failed", { impact: 0.7 }),
        control("c3", "failed", { impact: 0.7 }),
      ),
      "compliance: {min: 80}\nfailed: {high: {max: 0}, total: {max: 5}}\npassed: {total: {min: 2}}\n",
    );
    expect(outcome.verdict).toBe("fail");
    expect(outcome.violations.map((violation) => ({ ...violation, causes: undefined }))).toEqual([
      {
        rule: "compliance.min",
        message: "compliance is 33% (1 of 3 controls passed: 33.33%); the minimum is 80%: 47 points too low",
        limit: 80,
        counted: 33,
        difference: 47,
        controls: ["c2", "c3"],
      },
      {
        rule: "failed.high.max",
        message: "2 controls of high severity failed; the maximum is 0: 2 too many",
        limit: 0,
        counted: 2,
        difference: 2,
        controls: ["c2", "c3"],
      },
      {
        rule: "passed.total.min",
        message: "1 control passed; the minimum is 2: 1 too few",
        limit: 2,
        counted: 1,
        difference: 1,
        controls: ["c2", "c3"],
      },
    ]);
    expect(outcome.violations[1]?.causes?.[0]).toEqual({
      id: "c2",
      title: "Title of c2",
      severity: "high",
      status: "failed",
      result: { codeDesc: "it failed", message: null },
    });
  });

  test("it says that 79.5 rounds to 80, and holds whole limits against the rounded value as SAF does", () => {
    const text = results(...numbered(159, "passed"), ...numbered(41, "failed"));
    const outcome = checkThreshold(text, "compliance: {min: 80}\n");
    expect(outcome.verdict).toBe("pass");
    expect(outcome.compliance).toEqual({ rounded: 80, exact: 79.5 });
    expect(outcome.notes?.[0]).toMatch(/79\.5% rounds to 80%/u);
  });

  test("a limit with a fraction is meant exactly", () => {
    const text = results(...numbered(159, "passed"), ...numbered(41, "failed"));
    const outcome = checkThreshold(text, "compliance: {min: 79.8}\n");
    expect(outcome.violations.map(({ message }) => message)).toEqual([
      "compliance is 79.5% (159 of 200 controls passed: 79.5%); the minimum is 79.8%: 0.3 points too low",
    ]);
  });

  test("a list of controls names what is missing, with what became of it, and what is too much", () => {
    const outcome = checkThreshold(
      results(control("c1", "passed"), control("c2", "failed")),
      "failed: {medium: {controls: [c1, c9]}}\n",
    );
    expect(outcome.violations[0]).toMatchObject({
      rule: "failed.medium.controls",
      message:
        "the list does not match: 2 listed controls not among them: c1 (passed, severity medium), c9 (is not in the result); 1 control among them not listed: c2",
      controls: ["c1", "c9", "c2"],
    });
  });
});

describe("a threshold file that cannot be meant as it is written is an input error", () => {
  const good = results(control("c1", "passed"));
  test.each([
    ["", "it is empty: it holds no rule"],
    ["# nothing yet\n", "it is empty: it holds no rule"],
    ["{}", "it is empty: it holds no rule"],
    ["80", "it holds the number 80, not rules such as failed.total.max: 0"],
    [
      "failed: [1\n",
      "it is not good YAML in line 2: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
    ["falied: {total: 0}", "unknown key falied; did you mean failed?"],
    ["failed: {hihg: {max: 0}}", "unknown key failed.hihg; did you mean failed.high?"],
    ["failed: {High: {max: 0}}", "unknown key failed.High; did you mean failed.high?"],
    ["failed: {high: {maximum: 0}}", "unknown key failed.high.maximum; did you mean failed.high.max?"],
    ["not_reviewed: {total: 0}", "unknown key not_reviewed; did you mean skipped?"],
    ["noimpact: {total: 0}", "unknown key noimpact; did you mean no_impact?"],
    ["foo: 1", "unknown key foo; known here: compliance, passed, failed, skipped, no_impact, error"],
    ["failed: {total: {controls: [a]}}", "unknown key failed.total.controls; known here: min, max"],
    [
      "__proto__: {max: 0}",
      "unknown key __proto__; known here: compliance, passed, failed, skipped, no_impact, error",
    ],
    [
      "constructor: {max: 0}",
      "unknown key constructor; known here: compliance, passed, failed, skipped, no_impact, error",
    ],
    [
      "compliance: 80",
      "compliance is 80, where a range is meant, and SAF ignores it; write compliance.min: 80 or compliance.max: 80",
    ],
    [
      "failed: {high: 0}",
      "failed.high is 0, where a range is meant, and SAF ignores it; write failed.high.min: 0 or failed.high.max: 0",
    ],
    ["failed: 3", "failed is the number 3, where a map is meant; write failed.total: 3"],
    ["failed:", "failed is empty, where a map is meant"],
    ["failed: {total: {max: }}", "failed.total.max is empty, not a number"],
    ["failed: {total: {}}", "failed.total is an empty map, where a range is meant, such as {min: 1}"],
    ["failed: {total: '0'}", "failed.total is the text 0, where a range is meant, such as {min: 1}"],
    ["compliance: {min: '80'}", "compliance.min is the text 80, not a number; write 80 without quotes"],
    ["compliance: {min: 80%}", 'compliance.min is the text "80%", not a number'],
    ["compliance: {min: .nan}", "compliance.min is NaN; it must be a number from 0 to 100"],
    ["compliance: {min: 101}", "compliance.min is 101; it must be a number from 0 to 100"],
    ["failed: {total: {max: 1e300}}", "failed.total.max is 1e+300; it must be a number from 0 to 1000000000"],
    ["failed: {total: {max: -1}}", "failed.total.max is -1; it must be a number from 0 to 1000000000"],
    ["failed: {total: 1.5}", "failed.total is 1.5, but controls are counted in whole numbers"],
    ["failed: {total: {min: 5, max: 3}}", "failed.total.min is 5, above its max of 3: no result can pass"],
    [
      "failed: {high: {controls: []}}",
      "failed.high.controls is an empty list, which SAF can never meet; write max: 0 instead",
    ],
    [
      "failed: {high: {controls: c1}}",
      "failed.high.controls is the text c1, where a list of control ids is meant, such as [c1]",
    ],
    [
      "failed: {high: {controls: [1.1]}}",
      "failed.high.controls holds the number 1.1, which is no control id; put quotes around it",
    ],
    ["failed: {high: {controls: [a, a]}}", "failed.high.controls names a twice"],
    [
      "failed.total.max: 0\npassed: {total: 1}",
      "keys with dots need a number in every line, or SAF ignores them all, and passed is a map",
    ],
    ["failed.total.max.x: 0", "unknown key failed.total.max.x; it has too many parts"],
    ["passed.total: 1\npassed.total.min: 1", "passed.total is both an exact number and a range"],
    ["compliance: {min: 1}\ncompliance: {min: 2}", "it is not good YAML in line 2: Map keys must be unique"],
    ["\u0000f\u0000a\u0000", "it is not UTF-8 text (UTF-16?)"],
  ])("%j", (threshold, error) => {
    const outcome = checkThreshold(good, threshold);
    expect(outcome).toMatchObject({ verdict: "none", errorKind: "threshold" });
    expect(outcome.error).toBe(error);
  });

  test("aliases that explode are refused at once", () => {
    const levels = Array.from({ length: 30 }, (_, i) => `a${i}: &a${i} [${`*a${i - 1}, `.repeat(9)}]`);
    levels[0] = "a0: &a0 [x]";
    const outcome = checkThreshold(good, levels.join("\n"));
    expect(outcome).toMatchObject({ verdict: "none", errorKind: "threshold" });
    expect(outcome.error).toMatch(/alias/u);
  });

  test.each([
    ["thirty thousand keys", Array.from({ length: 30_000 }, (_, i) => `k${i}: 1`).join("\n")],
    ["lists in lists without end", "[".repeat(200_000)],
    ["megabytes of text", "x".repeat(5_000_000)],
  ])("%s are refused at once", (_, threshold) => {
    expect(checkThreshold(good, threshold).error).toMatch(/^it is no threshold file: it has/u);
  });

  test("a map that holds itself is no threshold", () => {
    const outcome = checkThreshold(good, "failed: &a {total: *a}");
    expect(outcome).toMatchObject({ verdict: "none", errorKind: "threshold" });
  });

  test("all that is wrong is said at once", () => {
    const { error } = checkThreshold(good, "falied: {total: 0}\npassed: {low: 3}\n");
    expect(error).toMatch(/falied.*; passed\.low is 3/u);
  });

  test("a byte order mark is no error, as in SAF", () => {
    expect(checkThreshold(good, "\uFEFFfailed: {total: 0}").verdict).toBe("pass");
  });

  test("flat keys are read, and each of them counts, also where SAF forgets one", () => {
    const flat = "failed.medium.min: 1\nfailed.medium.max: 5\n";
    expect(checkThreshold(good, flat, { mode: "saf" }).verdict).toBe("pass");
    expect(checkThreshold(good, flat).violations.map(({ rule }) => rule)).toEqual(["failed.medium.min"]);
  });
});

/** The strict outcome of a pair that SAF passes. */
function silent(text: string, threshold: string) {
  expect(checkThreshold(text, threshold, { mode: "saf" }).verdict).toBe("pass");
  return checkThreshold(text, threshold);
}

describe("strict mode fails where SAF stays silent", () => {
  test("ranges of no_impact are held", () => {
    const outcome = silent(
      results(control("c1", "passed"), control("c2", "failed", { impact: 0 })),
      "no_impact: {total: {max: 0}}",
    );
    expect(outcome.violations.map(({ message }) => message)).toEqual([
      "1 control does not apply; the maximum is 0: 1 too many",
    ]);
  });

  test("a maximum compliance of 0 is held", () => {
    expect(silent(results(control("c1", "passed")), "compliance: {max: 0}").verdict).toBe("fail");
  });

  test("a severity tag that is not in lower case counts", () => {
    const outcome = silent(
      results(control("c1", "failed", { tags: { severity: "High" } })),
      "failed: {high: {max: 0}}",
    );
    expect(outcome.violations[0]).toMatchObject({ rule: "failed.high.max", controls: ["c1"] });
    expect(outcome.notes?.join()).toMatch(/c1 \("High"\)/u);
  });

  test("and when such a tag is what a minimum needs, SAF's count decides", () => {
    const outcome = checkThreshold(
      results(control("c1", "passed", { tags: { severity: "High" } })),
      "passed: {high: {min: 1}}",
    );
    expect(outcome.violations.map(({ message }) => message)).toEqual([
      "as MITRE SAF counts this result, no control of high severity passed; the minimum is 1: 1 too few",
    ]);
  });

  test("controls of a second profile count", () => {
    const text = JSON.stringify(
      hdf(profile("a", [control("c1", "passed")]), profile("b", [control("c2", "failed")])),
    );
    const outcome = silent(text, "failed: {total: {max: 0}}");
    expect(outcome.violations[0]?.controls).toEqual(["c2"]);
    expect(outcome.notes?.join()).toMatch(/SAF counts 1 of the 2 controls/u);
  });

  test("a control of one profile does not hide the other's control of the same id", () => {
    const text = JSON.stringify(
      hdf(profile("a", [control("x", "passed")]), profile("b", [control("x", "failed")])),
    );
    expect(silent(text, "failed: {total: {max: 0}}").verdict).toBe("fail");
  });

  test("overlaid controls count whatever the order of the profiles", () => {
    const base = profile("base", [control("x1", "failed"), control("x2", "passed")], {
      parent_profile: "over",
    });
    const over = profile("over", [control("x1", null)]);
    const outcome = silent(JSON.stringify(hdf(base, over)), "failed: {total: {max: 0}}");
    expect(outcome.violations[0]?.controls).toEqual(["x1"]);
  });

  test("a failure in an overlay's own results is not hidden by a pass below it", () => {
    const over = profile("over", [control("x1", "failed")]);
    const base = profile("base", [control("x1", "passed")], { parent_profile: "over" });
    expect(silent(JSON.stringify(hdf(over, base)), "failed: {total: {max: 0}}").verdict).toBe("fail");
  });

  test("errors need a rule that limits them, or a minimum compliance that counts them", () => {
    const text = results(control("c1", "passed"), control("c2", "error"));
    expect(silent(text, "failed: {total: {max: 0}}").violations).toMatchObject([
      { rule: "errors", controls: ["c2"] },
    ]);
    expect(silent(text, "compliance: {min: 50}").verdict).toBe("pass");
    expect(silent(text, "failed: {total: {max: 0}}\nerror: {total: {max: 1}}").verdict).toBe("pass");
  });

  test("a control without any result was not run, which a minimum compliance does not excuse", () => {
    const text = results(control("c1", "passed"), control("c2", null));
    expect(silent(text, "compliance: {min: 50}").violations).toMatchObject([
      {
        rule: "errors",
        message:
          "1 control has no result: nothing was tested, and no rule limits errors; error.total.max: 1 would accept it",
      },
    ]);
  });

  test("a result in which everything was skipped passes only when a rule speaks of that", () => {
    const text = results(control("c1", "skipped"));
    expect(silent(text, "failed: {total: {max: 0}}").violations[0]?.rule).toBe("untested");
    expect(silent(text, "skipped: {total: {max: 1}}").verdict).toBe("pass");
  });

  test.each([
    ["zero controls", hdf(profile("a", [])), "There is no control in the result."],
    [
      "a profile that did not load",
      hdf(profile("a", [], { status: "failed", status_message: "boom" })),
      "The profile a did not load: boom.",
    ],
    [
      "a second profile that was skipped",
      hdf(
        profile("a", [control("c1", "passed")]),
        profile("b", [], { status: "skipped", skip_message: "not for debian." }),
      ),
      "The profile b was skipped: not for debian.",
    ],
  ])("%s cannot be judged", (_, document, error) => {
    const outcome = silent(JSON.stringify(document), "failed: {total: {max: 0}}");
    expect(outcome).toMatchObject({ verdict: "none", errorKind: "results", error });
  });
});

describe("results that cannot be read", () => {
  const text = results(control("c1", "passed"));
  test.each([
    ["", "The results cannot be read: it is empty."],
    [
      text.slice(0, 300),
      "The results cannot be read: it was cut: the JSON ends after 300 characters, before it is complete.",
    ],
    [
      `\uFEFF${text}`,
      "The results cannot be read: it begins with a byte order mark, which JSON does not allow; save it as UTF-8 without one.",
    ],
    [
      `\uFFFD\uFFFD{\u0000"\u0000`,
      "The results cannot be read: it is not UTF-8 text (UTF-16?); save it as UTF-8.",
    ],
    [
      `WARN: x\n${text}`,
      "The results cannot be read: it is not JSON: other text comes before it, up to line 2.",
    ],
    ["null", "The results are null, not the result of an audit (ExecJSON)."],
    [`[${text}]`, "The results are a list, not the result of an audit (ExecJSON)."],
    [
      '{"controls":[],"statistics":{},"version":"5"}',
      "The results are the short form of InSpec's json-min reporter, not the result of an audit (ExecJSON).",
    ],
    [
      '{"name":"a","controls":[]}',
      "The results are a profile's description (inspec json), not the result of an audit (ExecJSON).",
    ],
    [
      text.replace('"id":"c1"', '"id":"c1","id":"c2"'),
      'The results cannot be read: the key "id" is there twice in one object (line 1).',
    ],
    [
      text.replace('"impact":0.5', '"impact":"0.5"'),
      'The results are not ExecJSON: profiles[0].controls[0].impact: it is the text "0.5", not a number.',
    ],
  ])("%#", (broken, error) => {
    const outcome = checkThreshold(broken, "failed: {total: 0}");
    expect(outcome).toMatchObject({ verdict: "none", errorKind: "results" });
    expect(outcome.error).toBe(error);
  });

  test("a key on which nothing depends may be there twice, as InSpec writes it", () => {
    const twice = text.replace('"tags":{}', '"tags":{"nist":"a","nist":"b"}');
    expect(checkThreshold(twice, "failed: {total: 0}").verdict).toBe("pass");
    const severity = text.replace('"tags":{}', '"tags":{"severity":"high","\\u0073everity":"low"}');
    expect(checkThreshold(severity, "failed: {total: 0}").error).toMatch(/"severity" is there twice/u);
  });

  test("nesting without end is refused", () => {
    const deep = text.replace('"refs":[]', `"refs":[${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}]`);
    expect(checkThreshold(deep, "failed: {total: 0}").error).toMatch(/nested deeper than 200 levels/u);
    expect(checkThreshold(deep, "failed: {total: 0}", { mode: "saf" }).verdict).not.toBe("fail");
  });
});
