/** `sidescan doctor`: parses, calls doctor(), prints. */
import type { Command } from "commander";
import { exitCodes, type ExitCode } from "../errors.ts";
import { painter, print } from "./terminal.ts";

export function registerDoctor(program: Command, done: (code: ExitCode) => void): void {
  program
    .command("doctor")
    .summary("what works here, what is missing, how to get it")
    .description(
      "Check what scans on this machine can do, what is missing, and how to get it. Exit code 3 when scans cannot work.",
    )
    .option("--json", "print one JSON document on stdout")
    .action(async (flags: { json?: boolean }) => {
      const { doctor } = await import("../setup/doctor.ts");
      const report = await doctor();
      if (flags.json === true) {
        process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
      } else {
        const paint = painter(process.stdout);
        const marks = { ok: paint("green", "✓"), warning: paint("yellow", "!"), missing: paint("red", "✗") };
        for (const check of report.checks) {
          print(process.stdout, `${marks[check.status]} ${paint("bold", check.name)}: ${check.found}\n`);
          if (check.means !== null) process.stdout.write(`    ${check.means}\n`);
          if (check.fix !== null) process.stdout.write(`    ${paint("cyan", check.fix)}\n`);
        }
      }
      done(report.works ? exitCodes.passed : exitCodes.cannotScan);
    });
}
