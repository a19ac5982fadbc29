/** `sidescan plan`: parses, calls plan(), prints. */
import type { Command } from "commander";
import type { ExitCode } from "../errors.ts";
import { scanOptionsOf } from "./scan.ts";
import type { ScanFlags } from "./scan-options.ts";
import { painter } from "./terminal.ts";

export function registerPlan(program: Command, done: (code: ExitCode) => void): void {
  const command = program
    .command("plan")
    .summary("what scan would do, and why")
    .description(
      "Check everything that scan would need, and tell what it would make and why; nothing is started.",
    );
  scanOptionsOf(command).action(async (target: string | undefined, flags: ScanFlags) => {
    const [{ plan }, { optionsOf }] = await Promise.all([import("../plan.ts"), import("./scan-run.ts")]);
    const planned = await plan(await optionsOf(target, flags));
    if (flags.json === true) {
      process.stdout.write(`${JSON.stringify(planned, null, 2)}\n`);
    } else {
      const paint = painter(process.stdout);
      const line = (what: string, why: string): string => `${what}\n    ${paint("dim", why)}\n`;
      process.stdout.write(
        [
          line(paint("bold", planned.target), `engine: ${planned.engine}`),
          ...planned.profiles.map(({ name, version, sha256 }) =>
            line(`profile: ${[name, version].filter(Boolean).join(" ")}`, `sha256 ${sha256}`),
          ),
          ...planned.steps.map(({ what, why }) => line(what, why)),
        ].join(""),
      );
    }
    done(0);
  });
}
