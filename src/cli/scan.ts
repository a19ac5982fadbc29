/** `sidescan scan`: parses, calls scan(), prints. */
import { InvalidArgumentError, Option, type Command } from "commander";
import type { ExitCode } from "../errors.ts";
import type { ScanFlags } from "./scan-options.ts";

export function registerScan(program: Command, done: (code: ExitCode) => void): void {
  const command = program
    .command("scan")
    .summary("audit a target; the main job")
    .description(
      "Audit a target with one or more profiles, judge it, write reports, and leave nothing behind.",
    );
  scanOptionsOf(command)
    .addHelpText(
      "after",
      `
Examples:
  sidescan scan dir:./rootfs -p ./profile
  sidescan scan dir:./rootfs --image-config config.json --run -p ./profile -t threshold.yml
  sidescan scan pid:1234 -p ./stig.tar.gz --input port=8080 --waiver-file waivers.yml --json`,
    )
    .action(async (target: string | undefined, flags: ScanFlags) => {
      const { runScan } = await import("./scan-run.ts");
      done(await runScan(target, flags));
    });
}

/** Target and options of a scan; `plan` takes the same, so that one word turns the one into the other. */
export const scanOptionsOf = (command: Command): Command =>
  command
    .argument("[target]", "dir:PATH (a root file system) or pid:N (a process that runs), on this machine")
    .optionsGroup("What to audit with:")
    .option("-p, --profile <profile>", "profile directory or archive (.tar.gz, .zip); repeats", collect)
    .option(
      "-t, --threshold <file>",
      "threshold file in SAF's format; without it every control must have run",
    )
    .option("--input <name=value...>", "an input of the profiles; repeats; the value is read as YAML")
    .option("--input-file <file...>", "YAML files of inputs")
    .option("--waiver-file <file...>", "waiver files")
    .option("--controls <id...>", "only these controls: ids, or /regular expressions/")
    .option("--tags <tag...>", "only controls with these tags")
    .option("--auditor <name>", "use an installed cinc-auditor or inspec (4 to 7): its name or path")
    .optionsGroup("The target:")
    .option("--user <uid[:gid]>", "who the main process of dir: is; numbers or names of the target")
    .option(
      "--image-config <file>",
      "OCI image config of dir:: user, environment, working directory, program",
    )
    .option("--run", "start the image config's program as the main process, instead of only holding the root")
    .addOption(
      new Option("--commands <mode>", "what commands in the target may do (default: read-only)").choices([
        "read-only",
        "any",
        "none",
      ]),
    )
    .option(
      "--virtualization <name>",
      "what `virtualization.system` answers; native asks the target (default: docker)",
    )
    .optionsGroup("Results:")
    .option("-o, --output <dir>", "directory for report files (default: sidescan-results)")
    .option(
      "--reporter <name:file...>",
      "cli, json, html, junit, sarif, markdown, csv or codequality; without a file: stdout (default: cli, and json and html files)",
    )
    .option("--json", "print one JSON document on stdout instead")
    .option("--no-require-evidence", "let a control pass although something it asked could not be looked at")
    .optionsGroup("Limits (seconds):")
    .option("--timeout <seconds>", "the whole audit (default: 1800)", seconds)
    .option("--command-timeout <seconds>", "one command in the target (default: 60)", seconds)
    .option("--wait <seconds>", "for the target to start (default: 60)", seconds)
    .option("--config <file>", "options from a YAML file; the command line overrules it");

function seconds(text: string): number {
  const number = Number(text);
  if (text.trim() === "" || !(number > 0))
    throw new InvalidArgumentError("It is a number of seconds above 0.");
  return number;
}

const collect = (value: string, before: string[] = []): string[] => [...before, value];
