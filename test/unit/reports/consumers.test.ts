/** Every format is held against its official schema, or read by a real consumer's parser: see test/fixtures/schemas/README.md. */
import { parse as parseCsv } from "csv-parse/sync";
import { convertFileContextual, isContextualizedEvaluation } from "inspecjs";
import { describe, expect, test } from "vitest";
import { reportInput } from "../../../src/reports/from-results.ts";
import { renderReport } from "../../../src/reports/report.ts";
import type { ReportInput } from "../../../src/reports/input.ts";
import { gitHubHtml, sarifComplaints, validateXml, xmlTexts } from "../../fixtures/consumers.ts";
import { control, hdf, profile, result } from "../../fixtures/hdf.ts";
import { hostileControl, sampleControl, sampleInput } from "../../fixtures/report-input.ts";

const waived = sampleControl(3, { waived: { justification: "Ticket 7", run: false } });
const bare = sampleControl(0, {
  title: null,
  description: null,
  descriptions: [],
  code: null,
  tags: {},
  refs: [],
  sourceLocation: { ref: null, line: null },
  results: [],
  status: "error",
});
const twins = ["one", "two"].map((name) => sampleControl(1, { id: "same", profile: name }));
const inputs: [string, ReportInput][] = [
  ["an ordinary result", sampleInput(24)],
  ["a waiver, a control with nothing, two of one id", sampleInput([waived, bare, ...twins])],
  ["a hostile result", sampleInput([hostileControl(), bare])],
  ["thousands of controls", sampleInput(2_000)],
  ["a result from elsewhere", { ...sampleInput(24), run: null, evidence: null, threshold: null }],
];

describe.each(inputs)("%s", (_, input) => {
  const { controls } = input.summary;

  test("is SARIF 2.1.0 by the official schema", () => {
    const text = renderReport("sarif", input);
    expect(sarifComplaints(text)).toEqual([]);
    // GitHub takes at most 25,000 results of a run, and needs a rule's index to be right.
    const { runs } = JSON.parse(text) as { runs: { results: { ruleIndex: number }[] }[] };
    expect(runs[0]!.results.every(({ ruleIndex }) => ruleIndex < controls.length)).toBe(true);
  });

  test("is JUnit by the schema of Jenkins", () => {
    expect(() => validateXml(renderReport("junit", input), "junit.xsd")).not.toThrow();
    expect(() => validateXml("<testsuites><case/></testsuites>", "junit.xsd")).toThrow("case");
  });

  test("is a DISA checklist, with a status for each control", () => {
    const text = renderReport("ckl", input);
    expect(() => validateXml(text, "checklist.xsd")).not.toThrow();
    const words = { failed: "Open", passed: "NotAFinding", no_impact: "Not_Applicable" } as const;
    expect(xmlTexts(text, "STATUS").toSorted()).toEqual(
      controls
        .map(({ status }) => (status in words ? words[status as keyof typeof words] : "Not_Reviewed"))
        .toSorted(),
    );
  });

  test("is CSV that a parser reads back, a row for each control", () => {
    const rows = parseCsv<Record<string, string>>(renderReport("csv", input), {
      columns: true,
      record_delimiter: "\r\n",
    });
    expect(rows).toHaveLength(controls.length);
    // What a spreadsheet would evaluate.
    expect(rows.flatMap((row) => Object.values(row)).filter((cell) => /^\s*[=+\-@]/u.test(cell))).toEqual([]);
  });

  test("is Markdown with our tables and nothing from the target as markup", () => {
    const page = gitHubHtml(renderReport("markdown", input));
    const listed = controls.filter(({ status }) => status === "failed" || status === "error").length;
    const rows = page.match(/<tr>\n<td>(?:Failed|Error)<\/td>\n<td>/gu) ?? [];
    expect(rows).toHaveLength(Math.min(listed, 100));
    expect(new Set(page.match(/<\/?[a-z]+\d?/gu)?.map((tag) => tag.replace("/", "")))).toEqual(
      new Set(
        "h2 p strong code table thead tr th tbody td"
          .split(" ")
          .map((tag) => `<${tag}`)
          .concat(
            page.includes("<ul>") ? ["<ul", "<li"] : [],
            listed > 0 ? ["<details", "<summary", "<br"] : [],
          ),
      ),
    );
  });

  test("is GitLab code quality by the rules of its documentation", () => {
    const issues = JSON.parse(renderReport("codequality", input)) as Record<string, unknown>[];
    for (const issue of issues) {
      expect(issue).toEqual({
        description: expect.stringMatching(/./u),
        check_name: expect.stringMatching(/./u),
        fingerprint: expect.stringMatching(/^[\da-f]{64}$/u),
        severity: expect.stringMatching(/^(?:info|minor|major|critical|blocker)$/u),
        location: {
          path: expect.stringMatching(/^(?!\.?\/)./u),
          lines: { begin: expect.any(Number) },
        },
      });
    }
    expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(issues.length);
  });
});

describe("a checklist", () => {
  test("never calls not a finding what could not be judged, and says why", () => {
    const text = renderReport("ckl", sampleInput([bare]));
    expect(xmlTexts(text, "STATUS")).toEqual(["Not_Reviewed"]);
    expect(xmlTexts(text, "FINDING_DETAILS")[0]).toContain("nothing was tested");
  });

  test("has STIG's own names where the profile tells them", () => {
    const tags = {
      gid: "V-1",
      rid: "SV-1r1_rule",
      stig_id: "APP-01",
      gtitle: "SRG-1",
      cci: ["CCI-000366", "CCI-001"],
    };
    const text = renderReport("ckl", sampleInput([sampleControl(0, { tags })]));
    const names = xmlTexts(text, "VULN_ATTRIBUTE");
    const data = xmlTexts(text, "ATTRIBUTE_DATA");
    const of = (name: string) => names.flatMap((one, at) => (one === name ? [data[at]] : []));
    expect(of("Vuln_Num")).toEqual(["V-1"]);
    expect(of("Rule_ID")).toEqual(["SV-1r1_rule"]);
    expect(of("Rule_Ver")).toEqual(["APP-01"]);
    expect(of("CCI_REF")).toEqual(["CCI-000366", "CCI-001"]);
  });

  test("names pod, image and node of the target", () => {
    const input = sampleInput(1);
    const facts = { pod: "web-0", image: "app:1", imageID: "app@sha256:12", node: "n1" };
    const text = renderReport("ckl", { ...input, run: { ...input.run!, facts } });
    expect(xmlTexts(text, "HOST_NAME")).toEqual(["web-0"]);
    expect(xmlTexts(text, "TARGET_COMMENT")[0]).toContain("imageID: app@sha256:12");
  });
});

test("Heimdall's own parser loads the HDF and counts what we count, overlays too", () => {
  const base = profile(
    "base",
    [
      control("c1", "failed", { impact: 0.7 }),
      control("c2", "passed"),
      control("c3", null, { results: [result("error", { backtrace: ["a"] })] }),
      control("c4", "skipped", { impact: 0 }),
    ],
    { parent_profile: "over" },
  );
  const over = profile(
    "over",
    ["c1", "c2", "c3", "c4"].map((id) => control(id, null)),
    {
      depends: [{ name: "base" }],
    },
  );
  const run = sampleInput(1).run!;
  const facts = {
    image: "app:1",
    imageID: "app@sha256:12",
    pod: "p",
    namespace: "n",
    container: "c",
    node: "k",
  };
  const input = { ...reportInput(JSON.stringify(hdf(over, base)), null), run: { ...run, facts } };
  const evaluation = convertFileContextual(renderReport("json", input));
  if (!isContextualizedEvaluation(evaluation)) throw new Error("it is no evaluation to Heimdall");
  const seen = evaluation.contains
    .flatMap(({ contains }) => contains)
    .filter(({ extendedBy }) => extendedBy.length === 0)
    .map(({ root }) => [root.data.id, root.hdf.status]);
  expect(Object.fromEntries(seen)).toEqual({
    c1: "Failed",
    c2: "Passed",
    c3: "Profile Error",
    c4: "Not Applicable",
  });
  expect(input.summary.counts).toMatchObject({
    failed: { total: 1 },
    passed: { total: 1 },
    error: { total: 1 },
    no_impact: { total: 1 },
  });
  const sidescan = { run: { facts, tools: run.tools, commandLine: run.commandLine } };
  expect(evaluation.data).toMatchObject({ passthrough: { sidescan } });
});
