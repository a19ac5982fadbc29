import { describe, expect, test } from "vitest";
import { renderReport } from "../../../src/reports/report.ts";
import { hostile, hostileControl, sampleControl, sampleInput } from "../../fixtures/report-input.ts";

type Sarif = {
  version: string;
  runs: [
    {
      tool: { driver: { rules: { id: string; shortDescription: { text: string } }[] } };
      results: {
        ruleId: string;
        ruleIndex: number;
        kind: string;
        level: string;
        locations: [
          { physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } },
        ];
      }[];
    },
  ];
};

/** RFC 4180, read the plain way. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const match of text.matchAll(/("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/gu)) {
    const value = match[1]!;
    rows.at(-1)!.push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value);
    if (match[2] === "\r\n") rows.push([]);
  }
  return rows.slice(0, -1);
}

describe("csv", () => {
  test("has a row for each control and the same columns in each", () => {
    const rows = readCsv(renderReport("csv", sampleInput(24)));
    expect(rows).toHaveLength(25);
    expect(new Set(rows.map((row) => row.length))).toEqual(new Set([15]));
    expect(rows[1]!.slice(0, 5)).toEqual([
      "Failed",
      "high",
      "0.7",
      "SV-230221",
      "The account database must belong to root",
    ]);
    expect(rows[1]![6]).toBe('expected: "root"\n     got: "app"\n\n(compared using ==)');
  });

  test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r\n=1", "  =1", "＝1", "\u{1B}[0m=1"])(
    "%j is no formula",
    (title) => {
      const text = readCsv(renderReport("csv", sampleInput([sampleControl(0, { title })])))[1]![4]!;
      expect(text).toMatch(/^'/u);
    },
  );
});

describe("markdown", () => {
  test("shows counts, verdict, and what failed, as a table", () => {
    const text = renderReport("markdown", sampleInput(24));
    expect(text).toContain("## Audit of `dir:./demo/rootfs`");
    expect(text).toContain("**59% (59.09%) compliance**, distroless-baseline 1.2.0");
    expect(text).toContain("| Failed | **6** | 1 | 2 | 2 | 1 | 0 |");
    expect(text).toContain(
      "- `failed.critical.max`: At most 0 are allowed and 1 was counted: 1 too many. `SV-230305`",
    );
    expect(text).toContain("``` expected `Port with".slice(2));
  });

  test("hostile text is neither markup nor a link, breaks no table and notifies nobody", () => {
    const control = hostileControl({
      title: "[x](javascript:y) ![](https://evil/x.png) @all | a\n\n# b `c` <b>",
    });
    const text = renderReport("markdown", sampleInput([control]));
    expect(text).toContain(
      "\\[x\\](javascript:y) \\!\\[\\](https&#58;//evil/x.png) @<!-- -->all \\| a \\# b \\`c\\` &lt;b&gt;",
    );
    expect(text.split("\n").filter((line) => line.startsWith("| Failed")).length).toBe(2);
  });

  test("a result of thousands fits into a step summary", () => {
    const text = renderReport("markdown", sampleInput(2_000));
    expect(Buffer.byteLength(text)).toBeLessThan(1_048_576);
    expect(text).toMatch(/and \d+ more/u);
  });
});

const read = (text: string) => JSON.parse(text) as Sarif;

/** Where the result of a control from this file of a profile is said to be. */
function placeOf(ref: string): string {
  const control = sampleControl(0, { sourceLocation: { ref, line: 0 } });
  const [run] = read(renderReport("sarif", sampleInput([control]))).runs;
  return run.results[0]!.locations[0].physicalLocation.artifactLocation.uri;
}

describe("sarif", () => {
  test("every control is a rule; those that need attention are results at their place in the profile", () => {
    const [run] = read(renderReport("sarif", sampleInput(24))).runs;
    expect(run.tool.driver.rules).toHaveLength(24);
    expect(run.results).toHaveLength(6 + 1 + 2);
    expect(run.results.every((result) => run.tool.driver.rules[result.ruleIndex]?.id === result.ruleId)).toBe(
      true,
    );
    expect(run.results.map(({ kind }) => kind).sort()).toEqual([
      ...Array(6).fill("fail"),
      "open",
      "review",
      "review",
    ]);
    expect(run.results[0]!.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: "controls/000.rb" },
      region: { startLine: 1 },
    });
  });

  test("a place from a hostile profile is a path, and nothing but a path", () => {
    expect(placeOf("javascript:alert(1)")).toBe("javascript%3Aalert(1)");
    expect(placeOf("//evil/x")).toBe("evil/x");
    expect(placeOf("../../etc/passwd")).toBe("etc/passwd");
    expect(placeOf("/home/me/profile/controls/a b.rb")).toBe("controls/a%20b.rb");
    expect(placeOf(hostile.bidi)).toBe(encodeURIComponent("admin\\u{202E}txt.exe\\u{2066}\\u{200B}"));
  });

  test("two profiles with a control of the same id have two rules", () => {
    const twins = ["one", "two"].map((profile) => sampleControl(0, { id: "same", profile }));
    const [run] = read(renderReport("sarif", sampleInput(twins))).runs;
    expect(run.tool.driver.rules.map(({ id }) => id)).toEqual(["one/same", "two/same"]);
  });
});

describe("junit", () => {
  test("counts each control once, by what became of it", () => {
    const text = renderReport("junit", sampleInput(24));
    expect(text).toContain('name="distroless-baseline" tests="24" failures="6" errors="1" skipped="4"');
    expect(text.match(/<testcase /gu)).toHaveLength(24);
    expect(text).toContain('<error message="could not look: permission denied');
    expect(text).toContain('timestamp="2026-11-23T12:00:00"');
  });

  test("holds nothing that XML cannot hold", () => {
    const text = renderReport("junit", sampleInput([hostileControl({ title: "a\u{FFFE}\u{FFFF}\u{B}]]>" })]));
    // oxlint-disable-next-line no-control-regex
    const forbidden = /[\u{0}-\u{8}\u{B}-\u{1F}\uFFFE\uFFFF]|<script|<img/u;
    expect(text).not.toMatch(forbidden);
  });
});

describe("codequality", () => {
  test("names what failed or could not be judged, at its place, with a fingerprint that stays", () => {
    type Issue = {
      check_name: string;
      severity: string;
      fingerprint: string;
      location: object;
      description: string;
    };
    const issues = JSON.parse(renderReport("codequality", sampleInput(24))) as Issue[];
    expect(issues).toHaveLength(7);
    expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(7);
    expect(issues[0]).toMatchObject({
      check_name: "SV-230305",
      severity: "blocker",
      location: { path: "controls/012.rb", lines: { begin: 1 } },
    });
    expect(issues[0]!.description).toContain('got: "app"');
  });
});
