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

export const columnsOf = (stream: NodeJS.WriteStream): number => stream.columns ?? 100;

/** An error on stderr, for people; with `json` also one document on stdout, for machines. */
export function printError(error: SidescanError, json: boolean): void {
  const paint = painter(process.stderr);
  const lines = [`${paint("red", "sidescan:")} ${printable(error.message)}`];
  for (const detail of error.details) lines.push(paint("dim", `  | ${printable(detail)}`));
  if (error.hint !== null) lines.push(`  ${paint("bold", "What to do:")} ${printable(error.hint)}`);
  process.stderr.write(`${lines.join("\n")}\n`);
  if (json) {
    const { exitCode, message, hint, details } = error;
    process.stdout.write(
      `${JSON.stringify({ verdict: "none", exitCode, error: { message, hint, details } }, null, 2)}\n`,
    );
  }
}
