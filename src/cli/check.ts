/** `sidescan check`: parses, calls checkThreshold(), prints. */
import type { Command } from "commander";
import { cannotScan, exitCodes, usageError, type ExitCode } from "../errors.ts";
import { columnsOf, print, wantsColour } from "./terminal.ts";

type Flags = { threshold?: string; suggest?: boolean; safCompat?: boolean; saf?: boolean; json?: boolean };

export function registerCheck(program: Command, done: (code: ExitCode) => void): void {
  program
    .command("check")
    .summary("judge results that are already there")
    .description(
      "Judge a result file (HDF, as InSpec's json reporter writes it) by a threshold file in MITRE SAF's format.",
    )
    .argument("<results>", "result file; - reads standard input")
    .option("-t, --threshold <file>", "threshold file")
    .option(
      "--suggest",
      "print the tightest threshold file that these results pass, so that a team can ratchet",
    )
    .option("--saf-compat", "SAF 1.5.3's meaning exactly, quirks and all, instead of the strict reading")
    .option(
      "--saf",
      "ask MITRE's SAF CLI (saf, on PATH) too, and pass only when it does; it must agree, or there is no verdict",
    )
    .option("--json", "print one JSON document on stdout")
    .addHelpText(
      "after",
      `
Exit codes: 0 passed, 1 failed, 2 the threshold file cannot be used, 3 the results cannot be judged

Examples:
  sidescan check results.json -t threshold.yml
  sidescan check results.json -t threshold.yml --json | jq .violations
  sidescan check results.json -t threshold.yml --saf
  sidescan check results.json --suggest > threshold.yml`,
    )
    .action(async (results: string, flags: Flags) => {
      if (flags.suggest === true) {
        if (flags.threshold !== undefined)
          throw usageError("--suggest makes a threshold file; it takes none.");
        if (flags.saf === true || flags.safCompat === true || flags.json === true)
          throw usageError(
            "--suggest prints a threshold file; it judges nothing.",
            "Leave the other options out.",
          );
        const [{ suggestThreshold }, { readInput }] = await Promise.all([
          import("../thresholds/suggest.ts"),
          import("./input.ts"),
        ]);
        process.stdout.write(suggestThreshold(await readInput(results, "results")));
        return;
      }
      const file = flags.threshold;
      if (file === undefined) throw usageError("There is no threshold file.", "Name one: -t threshold.yml");
      const [{ checkThreshold }, { readInput }, { cliOutcome }] = await Promise.all([
        import("../thresholds/check.ts"),
        import("./input.ts"),
        import("../reports/cli.ts"),
      ]);
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
      done(exitCode);
    });
}
