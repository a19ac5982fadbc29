/**
 * The report as one HTML file that needs nothing else: no network, no second file. A Content-Security-Policy admits only its own style and
 * script, by their digests, so that nothing from a target can ever run. The data stands in a JSON block, from which the script builds the
 * list; without scripts the overview and a plain table remain.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { pageData } from "./html/data.ts";
import { escape, sprite } from "./html/markup.ts";
import { about, controlList, overview, title, withoutScript } from "./html/page.ts";
import { targetName, type ReportInput } from "./input.ts";
import { oneLine, percent } from "./text.ts";

/** Plain files beside this one (in the built package too), read when the first report is made. */
const asset = (name: string): string => readFileSync(new URL(`./html/${name}`, import.meta.url), "utf8");

/** The script's modules, those that are imported first; inlined they share one scope, so imports and exports fall away. */
const modules = ["dom.js", "detail.js", "filter.js", "list.js"];

const inlined = (source: string): string =>
  source.replace(/^import [^;]*;\n/gmu, "").replace(/^export /gmu, "");

let assets: { style: string; script: string } | null = null;

function load(): { style: string; script: string } {
  assets ??= {
    style: asset("style.css"),
    script: `(() => {\n"use strict";\n${modules.map((name) => inlined(asset(name))).join("\n")}})();\n`,
  };
  return assets;
}

const digest = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** JSON that no HTML parser can leave: the data is read by JSON.parse, so the escapes are those of JSON. */
const inert = (value: unknown): string =>
  JSON.stringify(value)
    .replaceAll("<", "\\u003c")
    .replaceAll("\u{2028}", "\\u2028")
    .replaceAll("\u{2029}", "\\u2029");

export function html(input: ReportInput): string {
  const { style, script } = load();
  const policy = [
    "default-src 'none'",
    `style-src ${digest(style)}`,
    `script-src ${digest(script)}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  const heading = `${oneLine(targetName(input), 200)}: ${percent(input.summary.compliance)} compliance`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="sidescan">
<link rel="icon" href="data:,">
<title>${escape(heading)} · sidescan</title>
<style>${style}</style>
</head>
<body>
${sprite}
<a class="skip" href="#sidescan-controls">Skip to the controls</a>
${title(input)}
<main>
${overview(input)}
${controlList(input)}
${about(input)}
</main>
${withoutScript(input)}
<script type="application/json" id="sidescan-data">${inert(pageData(input))}</script>
<script>${script}</script>
</body>
</html>
`;
}
