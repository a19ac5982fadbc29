/** One row for each control, for a spreadsheet: RFC 4180, UTF-8, and no cell that a spreadsheet would take for a formula. */
import { firstReason, statusWords, type ReportInput } from "./input.ts";
import { printable } from "./text.ts";

const heads = [
  "Result",
  "Severity",
  "Impact",
  "ID",
  "Title",
  "Tested",
  "Message",
  "Description",
  "Check",
  "Fix",
  "NIST",
  "CCI",
  "Waived",
  "Profile",
  "Source",
];

/** Spreadsheets hold at most 32,767 characters in a cell. */
const most = 30_000;

/** What a spreadsheet evaluates begins with one of these, after blanks too; the apostrophe makes it text. */
const formula = /^\s*[=+\-@\uFF0B\uFF0D\uFF1D\uFF20]/u;

function cell(value: string): string {
  const text = printable(value, most).trim();
  const safe = formula.test(text) ? `'${text}` : text;
  return /[",\n;\t]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const list = (value: unknown): string =>
  (Array.isArray(value) ? (value as unknown[]) : [value]).filter((one) => typeof one === "string").join("; ");

export function csv({ summary }: ReportInput): string {
  const rows = summary.controls.map((control) => {
    const reason = firstReason(control);
    const text = (label: string): string =>
      control.descriptions.find((description) => description.label === label)?.data ?? "";
    const { ref, line } = control.sourceLocation;
    return [
      statusWords[control.status],
      control.rawSeverity ?? control.severity,
      String(control.impact),
      control.id,
      control.title ?? "",
      reason?.tested ?? "",
      reason?.message ?? "",
      control.description ?? "",
      text("check"),
      text("fix"),
      list(control.tags["nist"]),
      list(control.tags["cci"]),
      control.waived === null ? "" : (control.waived.justification ?? "yes"),
      control.profile,
      ref === null ? "" : [ref, line].filter((part) => part !== null).join(":"),
    ];
  });
  return [heads, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}
