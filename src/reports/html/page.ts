/** The parts of the page that need no script: title, overview, the frame of the list, how the scan came about, the plain table. */
import type { Control, Summary, ThresholdOutcome } from "../../results/model.ts";
import {
  answers,
  deniedLooks,
  severityOrder,
  statusOrder,
  statusWords,
  targetName,
  worstFirst,
  type ReportInput,
} from "../input.ts";
import { oneLine, plural, printable, seconds, unrounded } from "../text.ts";
import { linkOf, reason, sharedIds } from "./data.ts";
import { badge, escape, icon } from "./markup.ts";

const text = (value: string, limit = 500): string => escape(oneLine(value, limit));

const columns = [...severityOrder, "other"] as const;

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

export const overview = (input: ReportInput): string => `<section class="overview" aria-label="Overview">
${compliance(input.summary)}
${counts(input.summary)}
${verdict(input)}
${evidence(input)}
</section>`;

function compliance({ counts: all, compliance: value }: Summary): string {
  const counted = statusOrder.filter((status) => status !== "no_impact" && all[status].total > 0);
  const total = counted.reduce((sum, status) => sum + all[status].total, 0);
  const order = [...counted].sort((a, b) => Number(b === "passed") - Number(a === "passed"));
  let x = 0;
  const segments = order.map((status) => {
    const width = (100 * all[status].total) / total;
    const rect = `<rect class="${status}" x="${x.toFixed(3)}" y="0" width="${Math.max(0.4, width - 0.5).toFixed(3)}" height="10"/>`;
    x += width;
    return rect;
  });
  const words = order.map((status) => `${all[status].total} ${statusWords[status].toLowerCase()}`).join(", ");
  const exact =
    Math.abs(value.exact - value.rounded) < 0.005
      ? ""
      : `<p class="exact">${unrounded(value.exact)}% unrounded</p>`;
  const apart =
    all.no_impact.total === 0
      ? ""
      : ` ${plural(all.no_impact.total, "other")} ${all.no_impact.total === 1 ? "is" : "are"} not applicable and not counted.`;
  return `<div class="card compliance"><h2>Compliance</h2>
<p class="figure">${value.rounded}<span>%</span></p>${exact}
<svg class="meter" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="${words || "Nothing was counted"}">${segments.join("")}</svg>
<p>${all.passed.total} of ${plural(total, "control")} passed.${apart}</p></div>`;
}

const cell = (count: number, status: string, severity: string): string =>
  count === 0
    ? '<td class="zero">0</td>'
    : `<td data-status="${status}" data-severity="${severity}">${count}</td>`;

function counts({ counts: all }: Summary): string {
  const shown = columns.filter(
    (column) => column !== "other" || statusOrder.some((status) => all[status].other > 0),
  );
  const rows = statusOrder.map(
    (status) =>
      `<tr><th scope="row">${badge(status)}</th>${cell(all[status].total, status, "")}${shown
        .map((severity) => cell(all[status][severity], status, severity))
        .join("")}</tr>`,
  );
  const heads = ["All", ...shown.map((name) => name.charAt(0).toUpperCase() + name.slice(1))];
  return `<div class="card counts"><h2 id="sidescan-counts">Controls by result and severity</h2>
<table aria-labelledby="sidescan-counts"><thead><tr><th scope="col"><span class="unseen">Result</span></th>${heads
    .map((name) => `<th scope="col">${name}</th>`)
    .join("")}</tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div>`;
}

const verdicts: Record<ThresholdOutcome["verdict"], string> = {
  pass: "Threshold passed",
  fail: "Threshold failed",
  none: "Threshold could not be judged",
};

function verdict({ threshold, summary }: ReportInput): string {
  if (threshold === null) {
    return `<div class="card verdict"><h2>No threshold</h2><p>No threshold was given, so there is no verdict.</p></div>`;
  }
  const status = { pass: "passed", fail: "failed", none: "error" } as const;
  const heading = `<h2 class="${status[threshold.verdict]}">${icon(status[threshold.verdict])}${verdicts[threshold.verdict]}</h2>`;
  const links = linker(summary.controls);
  const rules = threshold.violations.map(
    ({ rule, message, controls }) =>
      `<li><code dir="auto">${text(rule, 200)}</code><p dir="auto">${text(message, 1_000)}</p>${links(controls)}</li>`,
  );
  const error = threshold.error === undefined ? "" : `<p dir="auto">${text(threshold.error, 2_000)}</p>`;
  const all = threshold.verdict === "pass" ? "<p>Every rule of the threshold file is met.</p>" : "";
  return `<div class="card verdict">${heading}${all}${error}${rules.length === 0 ? "" : `<ul class="rules">${rules.join("\n")}</ul>`}</div>`;
}

/** Links to controls by id, at most 30 of them. */
function linker(controls: Control[]): (ids: string[]) => string {
  const shared = sharedIds(controls);
  const known = new Map(controls.map((control) => [control.id, linkOf(control, shared)]));
  return (ids) => {
    if (ids.length === 0) return "";
    const links = ids.slice(0, 30).map((id) => {
      const link = known.get(id);
      return link === undefined
        ? `<code>${text(id)}</code>`
        : `<a href="#${escape(encodeURIComponent(link))}"><bdi>${text(id)}</bdi></a>`;
    });
    const more = ids.length > 30 ? [`<span>and ${ids.length - 30} more</span>`] : [];
    return `<p class="links">${[...links, ...more].join(" ")}</p>`;
  };
}

function evidence(input: ReportInput): string {
  const notices = (input.run?.notices ?? []).map((notice) => `<li dir="auto">${text(notice, 2_000)}</li>`);
  const limits =
    notices.length === 0 ? "" : `<h3>Limits of this scan</h3><ul class="notices">${notices.join("")}</ul>`;
  if (input.evidence === null) {
    return limits === "" ? "" : `<div class="card evidence"><h2>Evidence</h2>${limits}</div>`;
  }
  const sum = answers(input.evidence);
  const denied = deniedLooks(input);
  const total = plural(input.summary.controls.length, "control");
  const verb = denied.length === 1 ? "rests" : "rest";
  const sentence =
    denied.length === 0
      ? `${total}: every look at the target was answered.`
      : `${total}: ${denied.length} ${verb} on a look that was denied.`;
  const links = linker(input.summary.controls);
  const reasons = denied
    .slice(0, 10)
    .map(
      ({ control, ask, reason: why }) =>
        `<li>${links([control.id])}<p dir="auto">${text(ask)}: ${text(why)}</p></li>`,
    );
  const more = denied.length > 10 ? `<li>and ${denied.length - 10} more</li>` : "";
  const hows = [
    [sum.native, "from the data itself"],
    [sum.target, "by the target’s own programs"],
    [sum.supplied, "by tools brought along"],
    [sum.none, "not answered"],
  ] as const;
  return `<div class="card evidence"><h2>Evidence</h2><p>${sentence}</p>
${reasons.length === 0 ? "" : `<ul class="rules">${reasons.join("")}${more}</ul>`}
<dl class="hows">${hows.map(([count, how]) => `<div><dt>${how}</dt><dd>${count}</dd></div>`).join("")}</dl>${limits}</div>`;
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
<button type="button" class="quiet" id="sidescan-expand" hidden>Open these</button></div>
<ol class="list" id="sidescan-list"></ol>
</section>`;
}

export function about({ summary, run }: ReportInput): string {
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
