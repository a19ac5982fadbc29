/** The overview: compliance, counts, the verdict and why, what the result rests on. */
import type { Control, Summary, ThresholdOutcome } from "../../results/model.ts";
import {
  answers,
  deniedLooks,
  evidenceSentence,
  linkOf,
  sharedIds,
  statusOrder,
  statusWords,
  type ReportInput,
} from "../input.ts";
import { plural, unrounded } from "../text.ts";
import { badge, columns, escape, icon, text } from "./markup.ts";

export const overview = (input: ReportInput): string => `<section class="overview" aria-label="Overview">
${compliance(input)}
${counts(input.summary)}
${verdict(input)}
${evidence(input)}
</section>`;

function compliance({ summary, threshold }: ReportInput): string {
  const { counts: all, compliance: value } = summary;
  const counted = statusOrder.filter((status) => status !== "no_impact" && all[status].total > 0);
  const total = counted.reduce((sum, status) => sum + all[status].total, 0);
  const order = [...counted].sort((a, b) => Number(b === "passed") - Number(a === "passed"));
  let x = 0;
  const segments = order.map((status, index) => {
    const gap = index === order.length - 1 ? 0 : 0.5;
    const width = (100 * all[status].total) / total;
    const rect = `<rect class="${status}" x="${x.toFixed(3)}" y="0" width="${Math.max(0.4, width - gap).toFixed(3)}" height="10"/>`;
    x += width;
    return rect;
  });
  const words = order.map((status) => `${all[status].total} ${statusWords[status].toLowerCase()}`).join(", ");
  const precise = unrounded(value);
  const exact = precise === null ? "" : `<p class="exact">${precise}% unrounded</p>`;
  const apart =
    all.no_impact.total === 0
      ? ""
      : ` ${plural(all.no_impact.total, "other")} ${all.no_impact.total === 1 ? "is" : "are"} not applicable and not counted.`;
  return `<div class="card compliance"><h2>Compliance</h2>
<p class="figure">${value.rounded}<span>%</span></p>${exact}
<svg class="meter" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="${words || "Nothing was counted"}">${segments.join("")}</svg>
<p class="counted">${all.passed.total} of ${plural(total, "control")} passed.${apart}</p>${gate(threshold)}</div>`;
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

function gate(threshold: ThresholdOutcome | null): string {
  if (threshold === null) return "";
  const status = verdictStatus[threshold.verdict];
  const rules =
    threshold.verdict === "fail" ? `: ${plural(threshold.violations.length, "rule")} not met` : "";
  return `<p class="gate ${status}"><a href="#sidescan-verdict">${icon(status)}${verdicts[threshold.verdict]}${rules}</a></p>`;
}

const verdictStatus = { pass: "passed", fail: "failed", none: "error" } as const;
const verdicts: Record<ThresholdOutcome["verdict"], string> = {
  pass: "Threshold passed",
  fail: "Threshold failed",
  none: "Threshold could not be judged",
};

function verdict({ threshold, summary }: ReportInput): string {
  if (threshold === null) {
    return `<div class="card verdict"><h2>No threshold</h2><p>No threshold was given, so there is no verdict.</p></div>`;
  }
  const status = verdictStatus[threshold.verdict];
  const heading = `<h2 class="${status}">${icon(status)}${verdicts[threshold.verdict]}</h2>`;
  const links = linker(summary.controls);
  const rules = threshold.violations.map(
    ({ rule, message, controls }) =>
      `<li><code dir="auto">${text(rule, 200)}</code><p dir="auto">${text(message, 1_000)}</p>${links(controls)}</li>`,
  );
  const error = threshold.error === undefined ? "" : `<p dir="auto">${text(threshold.error, 2_000)}</p>`;
  const notes = (threshold.notes ?? []).map((note) => `<p class="faint" dir="auto">${text(note)}</p>`);
  const all = threshold.verdict === "pass" ? "<p>Every rule of the threshold file is met.</p>" : "";
  return `<div class="card verdict" id="sidescan-verdict">${heading}${all}${error}${rules.length === 0 ? "" : `<ul class="rules">${rules.join("\n")}</ul>`}${notes.join("")}</div>`;
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
  const sentence = `${evidenceSentence(input)}.`;
  const links = linker(input.summary.controls);
  const byReason = new Map<string, string[]>();
  for (const { control, ask, reason: why } of denied) {
    const key = `${ask}: ${why}`;
    byReason.set(key, [...(byReason.get(key) ?? []), control.id]);
  }
  const reasons = [...byReason]
    .slice(0, 9)
    .map(([why, ids]) => `<li><p dir="auto">${text(why)}</p>${links(ids)}</li>`);
  const more = byReason.size > 9 ? `<li>and ${plural(byReason.size - 9, "more reason")}</li>` : "";
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
