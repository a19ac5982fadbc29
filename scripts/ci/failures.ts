/** What failed, told again in a few lines at the end, where people look: each test's name and the beginning of its message. */
import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";

export type Failure = {
  name: string;
  /** Lines that say something, the most telling first. */
  message: string[];
};

type VitestFile = {
  name?: string;
  status: string;
  message?: string;
  assertionResults: { status: string; fullName?: string; failureMessages?: string[] | null }[];
};

/** From a file of `--reporter=json`: failed tests, and files that could not be loaded. Empty when there is no such file. */
export function vitestFailures(file: string): Failure[] {
  let results: VitestFile[];
  try {
    results = (JSON.parse(readFileSync(file, "utf8")) as { testResults: VitestFile[] }).testResults;
  } catch {
    return [];
  }
  return results.flatMap(({ name = "", status, message = "", assertionResults }) => {
    const path = name.replace(`${process.cwd()}/`, "");
    const failed = assertionResults.filter((test) => test.status === "failed");
    if (failed.length === 0 && status === "failed")
      return [{ name: `${path}: could not be loaded`, message: telling(message) }];
    return failed.map((test) => ({
      name: `${path}: ${test.fullName ?? ""}`,
      message: telling((test.failureMessages ?? []).join("\n")),
    }));
  });
}

/** From what minitest prints: `1) Failure:` or `1) Error:`, the test's name, its message up to an empty line. */
export function minitestFailures(output: string): Failure[] {
  const blocks = stripVTControlCharacters(output).matchAll(
    /^ +\d+\) (?:Failure|Error):\n(?<name>.*)\n(?<message>(?:.+\n?)*)/gmu,
  );
  const told = [...blocks].map(({ groups }) => ({
    name: (groups?.["name"] ?? "").replace(/:$/u, ""),
    message: telling(groups?.["message"] ?? ""),
  }));
  // The fidelity suite tells a failure in one line.
  const lines = stripVTControlCharacters(output).matchAll(/^FAILED (?<name>.*)$/gmu);
  return [...told, ...[...lines].map(({ groups }) => ({ name: groups?.["name"] ?? "", message: [] }))];
}

/** Why tests were skipped, from what minitest prints under `--show-skips`: `1) Skipped:`, the test's name, the reason. Each reason once. */
export function minitestSkips(output: string): string[] {
  const blocks = stripVTControlCharacters(output).matchAll(/^ +\d+\) Skipped:\n.*\n(?<reason>.+)/gmu);
  return [...new Set([...blocks].map(({ groups }) => (groups?.["reason"] ?? "").trim()))];
}

/** The end of what a program printed that did not do what it should. */
export const lastWords = (name: string, output: string, count = 8): Failure => ({
  name,
  message: telling(output).slice(-count),
});

/** At most `lines` lines of at most `width` characters: every failure by name as far as there is room, and the same share of message for each. */
export function retell(failures: Failure[], lines = 60, width = 300): string[] {
  const shown = failures.length > lines ? failures.slice(0, lines - 1) : failures;
  const share = Math.floor(lines / Math.max(shown.length, 1)) - 1;
  const told = shown.flatMap(({ name, message }) => [
    `x ${name}`,
    ...message.slice(0, Math.max(share, 0)).map((line) => `    ${line}`),
  ]);
  if (shown.length < failures.length) told.push(`x and ${failures.length - shown.length} more`);
  return told.map((line) => (line.length > width ? `${line.slice(0, width - 3)}...` : line));
}

/** Without colours, empty lines and stack frames. */
const telling = (text: string): string[] =>
  stripVTControlCharacters(text)
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "" && !/^\s+at /u.test(line) && !/^\s+from \S+:\d+/u.test(line));
