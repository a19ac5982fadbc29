/** The reports by name, and the grammar of `--reporter NAME[:FILE]`, which is InSpec's. */
import { usageError } from "../errors.ts";
import { ckl } from "./ckl.ts";
import { cli } from "./cli.ts";
import { codequality } from "./codequality.ts";
import { csv } from "./csv.ts";
import { html } from "./html.ts";
import type { ReportInput } from "./input.ts";
import { json } from "./json.ts";
import { junit } from "./junit.ts";
import { markdown } from "./markdown.ts";
import { sarif } from "./sarif.ts";
import type { CliOptions } from "./terminal.ts";

export type { CliOptions } from "./terminal.ts";
export type { ReportInput, RunDetails } from "./input.ts";

type Render = (input: ReportInput, terminal: CliOptions) => string;

const reports = { cli, json, html, junit, sarif, markdown, csv, ckl, codequality } as const satisfies Record<
  string,
  Render
>;

export type ReportName = keyof typeof reports;
export const reportNames = Object.keys(reports) as ReportName[];

/** `terminal` is for `cli` alone. */
export const renderReport = (name: ReportName, input: ReportInput, terminal: CliOptions = {}): string =>
  reports[name](input, terminal);

/** Where a report goes; `file` null is standard output. */
export type Reporter = { name: ReportName; file: string | null };

/**
 * Reads `--reporter` values: `json:out.json`, `cli`, `cli:-`; without a file, or with `-`, to standard output. As with InSpec only
 * one may go there. Throws a usage error.
 */
export function parseReporters(values: string[]): Reporter[] {
  const reporters = values.map(parseReporter);
  const stdout = reporters.filter((reporter) => reporter.file === null);
  if (stdout.length > 1) {
    const names = stdout.map((reporter) => reporter.name).join(" and ");
    throw usageError(
      `Only one report can go to standard output, not ${names}.`,
      "Give a file: --reporter html:out.html",
    );
  }
  const files = reporters.flatMap((reporter) => reporter.file ?? []);
  const twice = files.find((file, index) => files.indexOf(file) !== index);
  if (twice !== undefined) throw usageError(`Two reports go to the same file, ${twice}.`);
  return reporters;
}

function parseReporter(value: string): Reporter {
  const colon = value.indexOf(":");
  const name = (colon === -1 ? value : value.slice(0, colon)).trim();
  const file = colon === -1 ? "-" : value.slice(colon + 1);
  const known = reportNames.find((one) => one === name);
  if (known === undefined)
    throw usageError(`There is no reporter "${name}".`, `There are: ${reportNames.join(", ")}.`);
  if (file.trim() === "")
    throw usageError(`--reporter ${name}: names no file.`, `Such as --reporter ${name}:out.${name}`);
  return { name: known, file: file.trim() === "-" ? null : file };
}
