/** What every command needs of the terminal: colours only where wanted, widths, and errors that tell what to do next. */
import { styleText } from "node:util";
import type { SidescanError } from "../errors.ts";
import { printable } from "../reports/text.ts";

/** https://no-color.org: any non-empty NO_COLOR means no colours; FORCE_COLOR overrules a missing terminal. */
export function wantsColour(
  stream: NodeJS.WriteStream,
  environment: NodeJS.ProcessEnv = process.env,
): boolean {
  if ((environment.NO_COLOR ?? "") !== "") return false;
  if ((environment.FORCE_COLOR ?? "") !== "") return environment.FORCE_COLOR !== "0";
  return stream.isTTY && environment.TERM !== "dumb";
}

type Style = "red" | "green" | "yellow" | "cyan" | "bold" | "dim";

/** Paints for one stream, or leaves text alone where colours are not wanted. */
export function painter(stream: NodeJS.WriteStream): (style: Style, text: string) => string {
  const on = wantsColour(stream);
  return (style, text) => (on ? styleText(style, text, { validateStream: false }) : text);
}

const ascii: Record<string, string> = {
  "✓": "+",
  "✗": "x",
  "↷": "~",
  "–": "-",
  "·": ".",
  "█": "#",
  "░": "-",
  "…": ".",
};

/** Text as a terminal can show it whose character set, by the locale, is not UTF-8: marks and bars by letters that every set has. */
export function legible(
  text: string,
  stream: Pick<NodeJS.WriteStream, "isTTY">,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  const locale = [environment.LC_ALL, environment.LC_CTYPE, environment.LANG].find(
    (name) => (name ?? "") !== "",
  );
  if (!stream.isTTY || locale === undefined || /utf-?8/iu.test(locale)) return text;
  return text.replace(
    /[^\p{ASCII}]/gu,
    (character) => ascii[character] ?? (/[\u{2800}-\u{28FF}]/u.test(character) ? "*" : "?"),
  );
}

/** Writes text for people. */
export const print = (stream: NodeJS.WriteStream, text: string): void => {
  stream.write(legible(text, stream));
};

/** 100 where nobody knows, as in a pipe. */
export const columnsOf = (stream: NodeJS.WriteStream): number => stream.columns ?? 100;

/** An error on stderr, for people; with `json` also one document on stdout, for machines. */
export function printError(error: SidescanError, json: boolean): void {
  const paint = painter(process.stderr);
  const lines = [`${paint("red", "sidescan:")} ${printable(error.message)}`];
  for (const detail of error.details) lines.push(paint("dim", `  | ${printable(detail)}`));
  if (error.hint !== null) lines.push(`  ${paint("bold", "What to do:")} ${printable(error.hint)}`);
  print(process.stderr, `${lines.join("\n")}\n`);
  if (json) {
    const { exitCode, message, hint, details } = error;
    process.stdout.write(
      `${JSON.stringify({ verdict: "none", exitCode, error: { message, hint, details } }, null, 2)}\n`,
    );
  }
}
