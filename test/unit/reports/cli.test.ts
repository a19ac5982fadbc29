import { describe, expect, test } from "vitest";
import { cli, cliOutcome } from "../../../src/reports/cli.ts";
import { columns } from "../../../src/reports/text.ts";
import { hostileControl, sampleControl, sampleInput } from "../../fixtures/report-input.ts";

describe("the summary for a terminal", () => {
  test("names the target, the counts, what failed and why, the verdict and the files", () => {
    const text = cli(sampleInput(24), { files: [{ name: "html", path: "out/report.html" }] });
    expect(text).toContain("dir:./demo/rootfs");
    expect(text).toMatch(/✗ Failed +6 +1 +2 +2 +1 +·/u);
    expect(text).toContain("Compliance  59% (59.09%)");
    expect(text).toContain("SV-230221  high  The account database must belong to root");
    expect(text).toContain('expected: "root" got: "app"');
    expect(text).toContain("24 controls: 1 rests on a look that was denied:");
    expect(text).toContain("✗ Threshold failed: 3 rules not met");
    expect(text).toContain("out/report.html");
    expect(text.endsWith("\n")).toBe(true);
  });

  test.each([50, 60, 80, 120])("keeps to %i columns, with colour and without", (width) => {
    const wide = sampleControl(0, { title: "パスワードファイルは管理者が所有する必要があります".repeat(6) });
    const input = sampleInput([wide, ...Array.from({ length: 30 }, (_, index) => sampleControl(index))]);
    const plain = cli(input, { columns: width });
    expect(plain.split("\n").filter((line) => columns(line) > width)).toEqual([]);
    // oxlint-disable-next-line no-control-regex
    expect(cli(input, { columns: width, colour: true }).replaceAll(/\u{1B}\[\d+m/gu, "")).toBe(plain);
  });

  test("without colour there is not one escape", () => {
    expect(cli(sampleInput(24))).not.toContain("\u{1B}");
  });

  test("hostile text cannot move the cursor, reorder a line or fill the screen", () => {
    const text = cli(sampleInput([hostileControl()]), { columns: 80 });
    // oxlint-disable-next-line no-control-regex
    const unseen = /[\u{0}-\u{9}\u{B}-\u{1F}\u{7F}-\u{9F}\u{200B}\u{202A}-\u{202E}\u{2066}-\u{2069}]/u;
    expect(text).not.toMatch(unseen);
    expect(text).toContain("\\x1b]0;owned\\x07");
    expect(text.length).toBeLessThan(5_000);
  });

  test("a result of thousands of failures stays readable", () => {
    const text = cli(sampleInput(2_000));
    expect(text).toContain("more controls that failed or could not be judged");
    expect(text.split("\n").length).toBeLessThan(300);
  });

  test("a threshold that could not be judged is no pass", () => {
    const threshold = {
      verdict: "none",
      compliance: null,
      counts: null,
      violations: [],
      error: "it is empty",
    } as const;
    const text = cli(sampleInput(4, { threshold: { ...threshold, violations: [] } }));
    expect(text).toContain("! Threshold could not be judged");
    expect(text).toContain("it is empty");
  });

  test("says what a rounding hides", () => {
    const input = sampleInput(4);
    const of = (exact: number) =>
      cli({ ...input, summary: { ...input.summary, compliance: { rounded: Math.round(exact), exact } } });
    expect(of(79.5)).toContain("80% (79.50%)");
    expect(of(99.9968)).toContain("100% (99.997%)");
    expect(of(50)).toContain("50%  ");
  });

  test("a verdict on its own explains the controls behind each rule", () => {
    const { threshold, summary } = sampleInput(24);
    const control = summary.controls[0]!;
    const cause = {
      id: control.id,
      title: control.title,
      severity: control.severity,
      status: control.status,
    };
    const text = cliOutcome({
      ...threshold!,
      counts: summary.counts,
      compliance: summary.compliance,
      violations: [
        {
          ...threshold!.violations[2]!,
          causes: [{ ...cause, result: { codeDesc: "owner", message: "got app" } }],
        },
      ],
      notes: ["59.09 rounds to 59"],
    });
    expect(text).toContain("✗ SV-230221 high The account database must belong to root");
    expect(text).toContain("got app");
    expect(text).toContain("and 1 more control");
    expect(text).toContain("59.09 rounds to 59");
  });
});
