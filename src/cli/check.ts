/** `sidescan check`: parses; its work is check-run.ts. */
import type { Command } from "commander";
import type { ExitCode } from "../errors.ts";
import type { CheckFlags } from "./check-run.ts";

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
    .action(async (results: string, flags: CheckFlags) => {
      const { runCheck } = await import("./check-run.ts");
      done(await runCheck(results, flags));
    });
}
