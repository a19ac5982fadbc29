import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { parseReporters, renderReport, reportNames } from "../../../src/reports/report.ts";
import { cut, fit, oneLine, printable, wrap } from "../../../src/reports/text.ts";
import { hostile, hostileControl, sampleControl, sampleInput } from "../../fixtures/report-input.ts";

describe("--reporter", () => {
  test("is read as InSpec reads it", () => {
    expect(parseReporters(["cli", "json:out.json", "html:a:b.html"])).toEqual([
      { name: "cli", file: null },
      { name: "json", file: "out.json" },
      { name: "html", file: "a:b.html" },
    ]);
    expect(parseReporters(["json:-"])).toEqual([{ name: "json", file: null }]);
    expect(parseReporters([])).toEqual([]);
  });

  test.each([
    [["pdf:x"], 'no reporter "pdf"'],
    [["toString"], 'no reporter "toString"'],
    [[""], 'no reporter ""'],
    [["json:"], "names no file"],
    [["cli", "json"], "Only one"],
    [["json:x", "html:x"], "same file"],
  ])("%j is a usage error", (values, message) => {
    expect(() => parseReporters(values)).toThrow(message);
  });
});

describe("every report", () => {
  test.each(reportNames)(
    "%s can be made of a result without controls, threshold, evidence and run",
    (name) => {
      const input = sampleInput([], { threshold: null, evidence: null, run: null });
      expect(renderReport(name, input).length).toBeGreaterThan(2);
    },
  );
});

describe("json", () => {
  test("a result from elsewhere is passed on byte for byte", () => {
    const hdf = '{ "profiles": [],  "version":"5" }\n';
    expect(renderReport("json", sampleInput(1, { hdf, run: null, evidence: null }))).toBe(hdf);
  });

  test("a scan's result says how it came about, and keeps what was passed through", () => {
    const hdf = JSON.stringify({ profiles: [], passthrough: { other: 1, sidescan: { kept: true } } });
    const document = JSON.parse(renderReport("json", sampleInput(24, { hdf }))) as {
      passthrough: { other: number; sidescan: Record<string, { denied?: object[]; target?: string }> };
    };
    const { other, sidescan } = document.passthrough;
    expect(other).toBe(1);
    expect(sidescan["kept"]).toBe(true);
    expect(sidescan["run"]?.target).toBe("dir:./demo/rootfs");
    expect(sidescan["evidence"]?.denied).toHaveLength(1);
  });
});

const between = (html: string, open: string, close: string) => html.split(open)[1]!.split(close)[0]!;
const digest = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

describe("html", () => {
  const page = renderReport("html", sampleInput(24));

  test("its policy admits its own style and script, and nothing else", () => {
    const policy = between(page, 'http-equiv="Content-Security-Policy" content="', '"');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`style-src ${digest(between(page, "<style>", "</style>"))};`);
    expect(policy).toContain(`script-src ${digest(between(page, "<script>", "</script>"))};`);
    expect(policy).not.toMatch(/unsafe|https?:|\*/u);
  });

  test("it is under 200 KB over its data, also for thousands of controls", () => {
    const html = renderReport("html", sampleInput(2_000));
    const data = between(html, '<script type="application/json" id="sidescan-data">', "</script>");
    expect(Buffer.byteLength(html) - Buffer.byteLength(data)).toBeLessThan(200_000);
  });

  test("nothing hostile is in it as markup or as an unseen character", () => {
    const html = renderReport("html", sampleInput([hostileControl()]));
    expect(html.match(/<script/gu)).toHaveLength(2);
    expect(html.match(/<\/script/gu)).toHaveLength(2);
    expect(html).not.toMatch(/<img|<!--/u);
    // oxlint-disable-next-line no-control-regex
    const unseen = /[\u{0}-\u{8}\u{B}-\u{1F}\u{7F}-\u{9F}\u{200B}\u{2028}-\u{202E}\u{2066}-\u{2069}]/u;
    expect(html).not.toMatch(unseen);
    expect(html.length).toBeLessThan(250_000);
  });

  test("a failure among thousands of results of one control is not lost", () => {
    const passed = sampleControl(0).results[0]!;
    const results = [...Array.from({ length: 900 }, () => passed), { ...passed, status: "failed" as const }];
    const html = renderReport("html", sampleInput([sampleControl(0, { results })]));
    expect(html).toContain("401 more results, some of them failed, are in the JSON result.");
  });
});

describe("text from a target", () => {
  test("what cannot be seen is shown, what is written in any script is left alone", () => {
    expect(printable(hostile.ansi)).toBe("\\x1b]0;owned\\x07\\x1b[2J\\x1b[1;1Hred\\x9b31m\\x0d\\x08");
    expect(printable(hostile.bidi)).toBe("admin\\u{202E}txt.exe\\u{2066}\\u{200B}");
    expect(printable("a\u{D800}b")).toBe("a\u{FFFD}b");
    expect(printable("שלום 日本語 👩‍👩‍👧 é\t\n")).toBe("שלום 日本語 👩‍👩‍👧 é\t\n");
    expect(printable("\u{E0041}\u{FEFF}\u{AD}")).toBe("\\u{E0041}\\u{FEFF}\\xad");
  });

  test("what is too long is cut, and said to be", () => {
    expect(cut("x".repeat(1_048_576), 10)).toBe("xxxxxxxxxx… (1,048,566 more characters)");
    expect(cut("👍👍", 3)).toBe("👍… (1 more characters)");
    expect(oneLine(" a\n\n  b ")).toBe("a b");
  });

  test("width is counted in columns", () => {
    expect(fit("日本語テキスト", 7)).toBe("日本語…");
    expect(wrap("aa bb cccccc", 5)).toEqual(["aa bb", "ccccc", "c"]);
  });
});
