/**
 * The report as one HTML file that needs nothing else: no network, no second file. A Content-Security-Policy admits only its own style and
 * script, by their digests, so that nothing from a target can ever run. The data stands in a JSON block, from which the script builds the
 * list; without scripts the overview and a plain table remain.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { pageData } from "./html/data.ts";
import { escape, sprite } from "./html/markup.ts";
import { overview } from "./html/overview.ts";
import { about, controlList, title, withoutScript } from "./html/page.ts";
import { targetName, type ReportInput } from "./input.ts";
import { oneLine, percent } from "./text.ts";

/** Plain files; each address is spelled out, so that the bundler sees it and brings the file along. */
const styleFile = new URL("./html/style.css", import.meta.url);
/** The script's modules, those that are imported first. */
const moduleFiles = [
  new URL("./html/dom.js", import.meta.url),
  new URL("./html/detail.js", import.meta.url),
  new URL("./html/filter.js", import.meta.url),
  new URL("./html/theme.js", import.meta.url),
  new URL("./html/list.js", import.meta.url),
];

/** Inlined, the modules share one scope, so that imports and exports fall away. */
const module = (file: URL): string =>
  readFileSync(file, "utf8")
    .replace(/^import [^;]*;\n/gmu, "")
    .replace(/^export /gmu, "");

let assets: { style: string; script: string } | null = null;

/** Read when the first report is made. */
function load(): { style: string; script: string } {
  assets ??= {
    style: readFileSync(styleFile, "utf8"),
    script: `(() => {\n"use strict";\n${moduleFiles.map(module).join("\n")}})();\n`,
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
