/** The work behind `sidescan check`: reads, calls checkThreshold(), prints. Little more is loaded, as a gate runs often. */
import { cannotScan, exitCodes, usageError, type ExitCode } from "../errors.ts";
import { cliOutcome } from "../reports/cli.ts";
import { checkThreshold } from "../thresholds/check.ts";
import { readInput } from "./input.ts";
import { columnsOf, print, wantsColour } from "./terminal.ts";

export type CheckFlags = {
  threshold?: string;
  suggest?: boolean;
  safCompat?: boolean;
  saf?: boolean;
  json?: boolean;
};

export async function runCheck(results: string, flags: CheckFlags): Promise<ExitCode> {
  if (flags.suggest === true) return suggest(results, flags);
  const file = flags.threshold;
  if (file === undefined) throw usageError("There is no threshold file.", "Name one: -t threshold.yml");
  const text = await readInput(results, "results");
  const limits = await readInput(file, "threshold file");
  let outcome = checkThreshold(text, limits, { mode: flags.safCompat === true ? "saf" : "strict" });
  if (outcome.verdict === "none") {
    const message = outcome.error ?? "no reason was given";
    throw outcome.errorKind === "threshold"
      ? usageError(`The threshold file ${file} cannot be used: ${message}`)
      : cannotScan(`${results} cannot be judged: ${message}`);
  }
  if (flags.saf === true) {
    const { confirmWithSaf } = await import("../thresholds/saf-cli.ts");
    outcome = await confirmWithSaf(outcome, text, limits);
  }
  const exitCode = outcome.verdict === "pass" ? exitCodes.passed : exitCodes.thresholdFailed;
  if (flags.json === true) process.stdout.write(`${JSON.stringify({ exitCode, ...outcome }, null, 2)}\n`);
  else
    print(
      process.stdout,
      cliOutcome(outcome, { colour: wantsColour(process.stdout), columns: columnsOf(process.stdout) }),
    );
  return exitCode;
}

async function suggest(results: string, flags: CheckFlags): Promise<ExitCode> {
  if (flags.threshold !== undefined) throw usageError("--suggest makes a threshold file; it takes none.");
  if (flags.saf === true || flags.safCompat === true || flags.json === true)
    throw usageError("--suggest prints a threshold file; it judges nothing.", "Leave the other options out.");
  const { suggestThreshold } = await import("../thresholds/suggest.ts");
  process.stdout.write(suggestThreshold(await readInput(results, "results")));
  return exitCodes.passed;
}
