/** `sidescan setup`: parses, calls setup(), prints. */
import type { Command } from "commander";
import type { ExitCode } from "../errors.ts";

export function registerSetup(program: Command, done: (code: ExitCode) => void): void {
  program
    .command("setup")
    .summary("install the auditor and the supplied tools, once")
    .description(
      "Install what a scan on this machine needs: Ruby (Debian's, when there is none), the pinned CINC Auditor gems and the supplied shell and GNU tools, all in one folder (SIDESCAN_HOME). What is there already is left alone.",
    )
    .option("--dev", "also what the project's own Ruby tests need")
    .option("--json", "print one JSON document on stdout")
    .action(async (flags: { dev?: boolean; json?: boolean }) => {
      const { setup } = await import("../setup/setup.ts");
      const report = await setup({ dev: flags.dev ?? false });
      if (flags.json === true) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
      else if (report.did.length > 0) process.stderr.write(`setup: ready in ${report.root}\n`);
      if (report.toolsMissing !== null) {
        process.stderr.write(
          `setup: no supplied tools: ${report.toolsMissing}\n  Targets without a shell can be audited, but commands in them will be errors.\n`,
        );
      }
      done(0);
    });
}
