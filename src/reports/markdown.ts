/** The summary in GitHub's and GitLab's Markdown, for a step summary or a note on a merge request. */
import type { Control, ThresholdOutcome } from "../results/model.ts";
import {
  evidenceSentence,
  firstReason,
  severityOrder,
  statusOrder,
  statusWords,
  targetName,
  worstFirst,
  type ReportInput,
} from "./input.ts";
import { oneLine, percent, plural } from "./text.ts";

/** GitHub takes a step summary of at most 1 MiB. */
const listed = 100;

const special: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "@": "@<!-- -->",
  "://": "&#58;//",
};

/** Plain text: no markup, no link, and nobody is notified by an @. */
const text = (value: string, limit = 300): string =>
  oneLine(value, limit).replace(/:\/\/|[&<>@\\`*_~[\]|#$!]/gu, (found) => special[found] ?? `\\${found}`);

/** Text as code, in which nothing is markup; the fence is longer than any run of backticks inside. */
function code(value: string, limit = 300): string {
  const inner = oneLine(value, limit).replaceAll("|", "\\|");
  if (inner === "") return "";
  const longest = Math.max(0, ...(inner.match(/`+/gu) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? `${fence}${inner}${fence}` : `${fence} ${inner} ${fence}`;
}

const row = (cells: (string | number)[]): string => `| ${cells.join(" | ")} |`;

function table({ summary: { counts } }: ReportInput): string[] {
  const columns = ([...severityOrder, "other"] as const).filter((column) =>
    statusOrder.some((status) => counts[status][column] > 0),
  );
  return [
    row(["", "all", ...columns]),
    row(["---", "---:", ...columns.map(() => "---:")]),
    ...statusOrder
      .filter((status) => counts[status].total > 0)
      .map((status) =>
        row([
          statusWords[status],
          `**${counts[status].total}**`,
          ...columns.map((column) => counts[status][column]),
        ]),
      ),
  ];
}

function threshold(outcome: ThresholdOutcome | null): string[] {
  if (outcome === null) return [];
  if (outcome.verdict === "pass") return ["", "**Threshold passed.**"];
  if (outcome.verdict === "none") {
    return ["", `**Threshold could not be judged:** ${text(outcome.error ?? "no reason was given", 1_000)}`];
  }
  return [
    "",
    `**Threshold failed:** ${plural(outcome.violations.length, "rule")} not met.`,
    "",
    ...outcome.violations.map(({ rule, message, controls }) => {
      const ids = controls.slice(0, 12).map((id) => code(id, 80));
      const more = controls.length > 12 ? [`and ${controls.length - 12} more`] : [];
      return `- ${code(rule)}: ${text(message, 500)} ${[...ids, ...more].join(", ")}`.trimEnd();
    }),
  ];
}

function unmet({ summary }: ReportInput): string[] {
  const controls = summary.controls
    .filter(({ status }) => status === "failed" || status === "error")
    .sort(worstFirst);
  if (controls.length === 0) return [];
  const more = controls.length - listed;
  return [
    "",
    `<details><summary>${plural(controls.length, "control")} failed or could not be judged</summary>`,
    "",
    row(["Result", "Severity", "Control", "Why"]),
    row(["---", "---", "---", "---"]),
    ...controls.slice(0, listed).map(line),
    ...(more > 0 ? ["", `and ${more} more`] : []),
    "",
    "</details>",
  ];
}

function line(control: Control): string {
  const reason = firstReason(control);
  const title = `${code(control.id, 120)}<br>${text(control.title ?? "")}`;
  const why = reason === null ? "" : code(reason.message ?? reason.tested);
  return row([statusWords[control.status], control.severity, title, why]);
}

function evidence(input: ReportInput): string[] {
  if (input.evidence === null) return [];
  return ["", `Evidence: ${evidenceSentence(input)}.`];
}

export const markdown = (input: ReportInput): string =>
  [
    `## Audit of ${code(targetName(input))}`,
    "",
    `**${percent(input.summary.compliance)} compliance**` +
      input.summary.profiles
        .map(({ name, version }) => `, ${text([name, version].filter(Boolean).join(" "))}`)
        .join(""),
    "",
    ...table(input),
    ...threshold(input.threshold),
    ...unmet(input),
    ...evidence(input),
    "",
  ].join("\n");
