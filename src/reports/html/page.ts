/** The parts of the page around the overview: title, the frame of the list, how the scan came about, the plain list. */
import {
  linkOf,
  sharedIds,
  statusOrder,
  statusWords,
  targetName,
  worstFirst,
  type ReportInput,
} from "../input.ts";
import { printable, seconds } from "../text.ts";
import { reason } from "./data.ts";
import { columns, escape, icon, text } from "./markup.ts";

export function title(input: ReportInput): string {
  const { summary, run } = input;
  const platform = [summary.platform.name, summary.platform.release].filter(Boolean).join(" ");
  const facts = [
    ...summary.profiles.map(({ name, version, title: named }) =>
      [named ?? name, version].filter(Boolean).join(" "),
    ),
    ...(platform === "" || platform === targetName(input) ? [] : [platform]),
    ...(run === null ? [] : [date(run.started)]),
  ];
  return `<header>
<div class="bar"><span class="brand">sidescan</span>
<button type="button" id="sidescan-theme" hidden>${icon("theme")}<span>Dark theme</span></button></div>
<p class="eyebrow">Audit of</p>
<h1 dir="auto">${text(targetName(input), 300)}</h1>
<p class="facts">${facts.map((fact) => `<span dir="auto">${text(fact)}</span>`).join("")}</p>
</header>`;
}

/** `23 November 2026 at 12:00 UTC`; what is no date stays as it is. */
function date(iso: string): string {
  const when = new Date(iso);
  if (Number.isNaN(when.getTime())) return iso;
  const format = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });
  return `${format.format(when)} UTC`;
}

const chip = (kind: string, value: string, count: number, label: string): string =>
  `<button type="button" class="chip ${value}" data-${kind}="${value}" aria-pressed="false">${icon(value)}${label} <span>${count}</span></button>`;

/** Filters and the list's place; both are filled and shown by the script. */
export function controlList({ summary }: ReportInput): string {
  const bySeverity = columns.map((column) => ({
    column,
    count: statusOrder.reduce((sum, status) => sum + summary.counts[status][column], 0),
  }));
  return `<section class="controls" id="sidescan-controls" tabindex="-1" aria-labelledby="sidescan-heading">
<h2 id="sidescan-heading">Controls</h2>
<div class="tools" id="sidescan-tools" role="search" aria-label="Filter the controls" hidden>
<div class="line"><label class="search">${icon("search")}<span class="unseen">Search</span><input type="search" id="sidescan-search" placeholder="Search in everything" autocomplete="off" spellcheck="false" aria-keyshortcuts="/"><kbd aria-hidden="true">/</kbd></label>
<label class="order">Order <select id="sidescan-order"><option value="worst">Worst first</option><option value="place">As in the profile</option><option value="id">By id</option></select></label></div>
<div class="line chips"><div role="group" aria-label="Result">${statusOrder
    .filter((status) => summary.counts[status].total > 0)
    .map((status) => chip("status", status, summary.counts[status].total, statusWords[status]))
    .join("")}</div>
<div role="group" aria-label="Severity">${bySeverity
    .filter(({ count }) => count > 0)
    .map(({ column, count }) =>
      chip("severity", column, count, column.charAt(0).toUpperCase() + column.slice(1)),
    )
    .join("")}</div></div>
</div>
<div class="line state"><p id="sidescan-count" role="status"></p>
<button type="button" class="quiet" id="sidescan-reset" hidden>Show all</button>
<button type="button" class="quiet" id="sidescan-expand" hidden>Open all</button></div>
<ol class="list" id="sidescan-list"></ol>
<p class="empty" id="sidescan-empty" hidden>No control matches.</p>
</section>`;
}

const isText = (value: string | undefined): value is string => value !== undefined && value !== "";

export function about({ summary, run }: ReportInput): string {
  const facts = run?.facts ?? {};
  const rows: [string, string[]][] = [
    ...summary.profiles.map(({ name, version, sha256, status, statusMessage }): [string, string[]] => [
      "Profile",
      [
        [name, version].filter(Boolean).join(" "),
        ...(sha256 === null ? [] : [`SHA-256 ${sha256}`]),
        ...(status === null || status === "loaded"
          ? []
          : [[status, statusMessage].filter(Boolean).join(": ")]),
      ],
    ]),
    ["Image", [facts.image, facts.imageID].filter(isText)],
    ["Pod", [[facts.namespace, facts.pod].filter(Boolean).join("/"), facts.container].filter(isText)],
    ["Node", facts.node === undefined ? [] : [facts.node]],
    ["Auditor", summary.auditor.version === null ? [] : [`InSpec ${summary.auditor.version}`]],
    ["Audit", summary.duration === null ? [] : [seconds(summary.duration)]],
    ["Tools", Object.entries(run?.tools ?? {}).map(([name, version]) => `${name} ${version}`)],
    ["Phases", Object.entries(run?.durations ?? {}).map(([name, value]) => `${name} ${seconds(value)}`)],
    ["Started", run === null ? [] : [run.started]],
  ];
  const shown = rows
    .filter(([, values]) => values.length > 0)
    .map(
      ([label, values]) =>
        `<div><dt>${label}</dt>${values.map((value) => `<dd dir="auto">${text(value)}</dd>`).join("")}</div>`,
    );
  const command =
    run === null || run.commandLine.length === 0
      ? ""
      : `<div class="wide"><dt>Command</dt><dd><code>${escape(printable(run.commandLine.join(" "), 4_000))}</code></dd></div>`;
  return `<section class="about" aria-labelledby="sidescan-about"><h2 id="sidescan-about">About this result</h2><dl>${shown.join("\n")}${command}</dl></section>`;
}

/** Characters of the plain table: a report of thousands of controls must not hold everything twice. */
const mostPlain = 60_000;

export function withoutScript({ summary }: ReportInput): string {
  const shared = sharedIds(summary.controls);
  const sorted = [...summary.controls].sort(worstFirst);
  const rows: string[] = [];
  let size = 0;
  for (const control of sorted) {
    const why = reason(control);
    const row = `<tr id="${escape(linkOf(control, shared))}"><td>${statusWords[control.status]}<td>${control.severity}<td>${text(control.id)}<td>${text(control.title ?? "", 300)}${why === "" ? "" : `<br>${escape(why)}`}`;
    size += row.length;
    if (size > mostPlain) break;
    rows.push(row);
  }
  const left = sorted.length - rows.length;
  const note = left > 0 ? `, the worst ${rows.length} of ${sorted.length} of them` : "";
  return `<noscript><section class="plain"><p>Scripts are off, so this is a plain list of the controls${note}. With scripts on it can be filtered, and shows every control's details.</p>
<table><thead><tr><th>Result<th>Severity<th>Control<th>Title and reason</thead><tbody>${rows.join("\n")}</tbody></table></section></noscript>`;
}
