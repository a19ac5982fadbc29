/** The summary for a terminal: what was audited, the counts, what failed and why, the verdict, and where the files are. */
import type { Cause, Compliance, Control, Counts, ThresholdOutcome } from "../results/model.ts";
import {
  deniedLooks,
  evidenceSentence,
  firstReason,
  severityOrder,
  statusOrder,
  statusWords,
  targetName,
  worstFirst,
  type ReportInput,
} from "./input.ts";
import { field, indented, marks, pageOf, type CliOptions, type Page } from "./terminal.ts";
import { columns as width, fit, oneLine, pad, percent, plural, seconds } from "./text.ts";

/** More than these are a matter for the HTML report. */
const listed = 40;

function header(input: ReportInput, page: Page): string[] {
  const { summary, run } = input;
  const platform = [summary.platform.name, summary.platform.release].filter(Boolean).join(" ");
  const facts = [
    ...(summary.auditor.version === null ? [] : [`InSpec ${summary.auditor.version}`]),
    ...(run === null ? [] : [run.started.replace("T", " ").replace(/(:\d\d)(\.\d+)?Z$/u, "$1 UTC")]),
    ...(summary.duration === null ? [] : [seconds(summary.duration)]),
  ];
  return [
    ...indented(oneLine(targetName(input), 300), 2, page, "bold"),
    ...summary.profiles.flatMap((profile) => {
      const name = [profile.name, profile.version].filter(Boolean).join(" ");
      return field(
        "Profile",
        oneLine(profile.title === null ? name : `${name}, ${profile.title}`, 300),
        page,
      );
    }),
    ...(platform === "" ? [] : field("Platform", oneLine(platform, 300), page)),
    ...(facts.length === 0 ? [] : field("Auditor", oneLine(facts.join(" · "), 300), page)),
    ...(run?.notices ?? []).flatMap((notice) => field("Note", oneLine(notice), page)),
  ];
}

const short: Record<string, string> = { critical: "crit", medium: "med" };

/** Controls by status and severity; severities that no control has are left out, and so is `other`. */
function table(counts: Counts, page: Page): string[] {
  const columns = ([...severityOrder, "other"] as const).filter((column) =>
    statusOrder.some((status) => counts[status][column] > 0),
  );
  const cell = Math.max(4, Math.min(10, Math.floor((page.columns - 18) / (columns.length + 1))));
  const heads = ["all", ...columns].map((name) => (cell < 9 ? (short[name] ?? name) : name));
  const row = (label: string, values: string[]): string =>
    `  ${pad(label, 16)}${values.map((value) => pad(value, cell, true)).join("")}`;
  const lines = statusOrder
    .filter((status) => counts[status].total > 0)
    .map((status) => {
      const { mark, style } = marks[status];
      const values = columns.map((column) =>
        counts[status][column] === 0 ? "·" : String(counts[status][column]),
      );
      const line = row(`${mark} ${statusWords[status]}`, [String(counts[status].total), ...values]);
      return page.paint(style, line.slice(0, 18)) + line.slice(18).replaceAll("·", page.paint("dim", "·"));
    });
  return [
    page.paint(
      "dim",
      row(
        "",
        heads.map((name) => fit(name, cell - 1)),
      ),
    ),
    ...lines,
  ];
}

function compliance(counts: Counts, value: Compliance, page: Page): string[] {
  const counted = statusOrder.reduce(
    (sum, status) => sum + (status === "no_impact" ? 0 : counts[status].total),
    0,
  );
  const room = Math.min(30, page.columns - 50);
  const full = Math.floor((value.exact / 100) * room);
  const bar =
    room < 10
      ? ""
      : `  ${page.paint("green", "█".repeat(full))}${page.paint("dim", "░".repeat(room - full))}`;
  return [
    `  Compliance  ${page.paint("bold", percent(value))}${bar}  ${counts.passed.total} of ${counted} passed`,
  ];
}

function unmet(input: ReportInput, page: Page): string[] {
  const controls = input.summary.controls
    .filter((control) => control.status === "failed" || control.status === "error")
    .sort(worstFirst);
  const lines = controls.slice(0, listed).flatMap((control) => ["", ...one(control, page)]);
  const more = controls.length - listed;
  return more > 0
    ? [...lines, "", `  and ${plural(more, "more control")} that failed or could not be judged`]
    : lines;
}

function one(control: Control, page: Page): string[] {
  const { mark, style } = marks[control.status];
  const id = fit(oneLine(control.id, 200), Math.floor(page.columns / 2));
  const head = `  ${mark} ${id}  ${control.severity}`;
  const title = oneLine(control.title ?? "(no title)", 500);
  const painted = `  ${page.paint(style, mark)} ${page.paint("bold", id)}  ${page.paint(style, control.severity)}`;
  const fits = width(head) + 2 + width(title) <= page.columns;
  const reason = firstReason(control);
  return [
    ...(fits ? [`${painted}  ${title}`] : [painted, ...indented(title, 4, page)]),
    ...(reason === null ? [] : indented(oneLine(reason.tested, 400), 4, page, "dim")),
    ...(reason?.message == null ? [] : indented(oneLine(reason.message, 400), 6, page, style)),
  ];
}

/** "183 controls: 12 rest on a look that was denied", and the first reasons. */
function evidenceLines(input: ReportInput, page: Page): string[] {
  if (input.evidence === null) return [];
  const denied = deniedLooks(input);
  const sentence = `${evidenceSentence(input)}${denied.length === 0 ? "." : ":"}`;
  if (denied.length === 0) return ["", ...field("Evidence", sentence, page)];
  const first = denied
    .slice(0, 3)
    .flatMap(({ control, ask, reason }) =>
      indented(oneLine(`${control.id}: ${ask}: ${reason}`, 300), 12, page, "dim"),
    );
  const more = denied.length > 3 ? indented(`and ${denied.length - 3} more`, 12, page, "dim") : [];
  return ["", ...field("Evidence", sentence, page), ...first, ...more];
}

/** `causes`: with the controls explained, for a reader who has not seen them above. */
function threshold(outcome: ThresholdOutcome | null, page: Page, causes = false): string[] {
  if (outcome === null) return [];
  if (outcome.verdict === "none") {
    const why = oneLine(outcome.error ?? "no reason was given", 1_000);
    return [
      "",
      ...indented("! Threshold could not be judged", 2, page, "magenta"),
      ...indented(why, 4, page),
    ];
  }
  const notes = (outcome.notes ?? []).flatMap((note) => indented(oneLine(note, 500), 4, page, "dim"));
  const agreed = outcome.saf === undefined ? "" : ", and MITRE's SAF CLI agrees";
  if (outcome.verdict === "pass")
    return ["", `  ${page.paint("green", "✓ Threshold passed")}${agreed}`, ...notes];
  const rules = plural(outcome.violations.length, "rule");
  const also = outcome.saf?.verdict === "fail" ? "; MITRE's SAF CLI fails it too" : "";
  return [
    "",
    `  ${page.paint("red", page.paint("bold", "✗ Threshold failed"))}: ${rules} not met${also}`,
    ...outcome.violations.flatMap((violation) => [
      ...indented(oneLine(violation.rule, 200), 4, page, "red"),
      ...indented(oneLine(violation.message, 1_000), 6, page),
      ...(causes && violation.causes !== undefined
        ? explained(violation.causes, violation.controls.length, page)
        : indented(ids(violation.controls), 6, page, "dim")),
    ]),
    ...notes,
  ];
}

/** Controls as causes: id, severity, title, and why each is not passed. */
function explained(causes: Cause[], total: number, page: Page): string[] {
  const lines = causes.slice(0, listed).flatMap(({ id, severity, status, title, result }) => {
    const { mark, style } = marks[status];
    const head = oneLine(`${id}  ${severity}  ${title ?? ""}`, 500);
    const why = result === null || status === "passed" ? null : (result.message ?? result.codeDesc);
    const [first = "", ...rest] = indented(head, 8, page);
    return [
      `      ${page.paint(style, mark)} ${first.trimStart()}`,
      ...rest,
      ...(why === null ? [] : indented(oneLine(why, 300), 10, page, "dim")),
    ];
  });
  const more = total - Math.min(causes.length, listed);
  return more > 0 ? [...lines, `      and ${plural(more, "more control")}`] : lines;
}

const ids = (controls: string[]): string => {
  const shown = controls.slice(0, 12).map((id) => oneLine(id, 80));
  return [...shown, ...(controls.length > 12 ? [`and ${controls.length - 12} more`] : [])].join(", ");
};

/** Paths are not wrapped, so that they can be copied. */
function files(options: CliOptions, page: Page): string[] {
  const written = options.files ?? [];
  const name = Math.max(...written.map((file) => file.name.length), 8) + 2;
  const lines = written.map(
    (file) => `  ${page.paint("dim", pad(file.name, name))}${oneLine(file.path, 4_096)}`,
  );
  return lines.length === 0 ? [] : ["", ...lines];
}

/** Ends with a line end. No line is wider than the terminal but the paths of files. */
export function cli(input: ReportInput, options: CliOptions = {}): string {
  const page = pageOf(options);
  return [
    ...header(input, page),
    "",
    ...table(input.summary.counts, page),
    "",
    ...compliance(input.summary.counts, input.summary.compliance, page),
    ...unmet(input, page),
    ...evidenceLines(input, page),
    ...threshold(input.threshold, page),
    ...files(options, page),
    "",
  ].join("\n");
}

/** A verdict on results that are already there: counts, compliance, and every violation with its controls explained. */
export function cliOutcome(outcome: ThresholdOutcome, options: CliOptions = {}): string {
  const page = pageOf(options);
  const { counts, compliance: value } = outcome;
  return [
    ...(counts === null ? [] : table(counts, page)),
    ...(counts === null || value === null ? [] : ["", ...compliance(counts, value, page)]),
    ...threshold(outcome, page, true),
    "",
  ].join("\n");
}
