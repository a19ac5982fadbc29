/** The command line's grammar: every command registers itself; none of them loads its work before it is called. */
import { Command, CommanderError } from "commander";
import { exitCodes, messageOf, sentence, SidescanError, usageError } from "../errors.ts";
import { registerCheck } from "./check.ts";
import { registerDiff } from "./diff.ts";
import { registerDoctor } from "./doctor.ts";
import { registerGc } from "./gc.ts";
import { registerInject } from "./inject.ts";
import { registerPlan } from "./plan.ts";
import { registerReport } from "./report.ts";
import { registerScan } from "./scan.ts";
import { registerSetup } from "./setup.ts";
import { printError } from "./terminal.ts";
import { version } from "../version.ts";

/** In the order of the help. */
const commands = new Map([
  ["scan", registerScan],
  ["plan", registerPlan],
  ["inject", registerInject],
  ["check", registerCheck],
  ["report", registerReport],
  ["diff", registerDiff],
  ["doctor", registerDoctor],
  ["gc", registerGc],
  ["setup", registerSetup],
]);

/** Runs one command line and returns its exit code; never throws. `argv` is without node and script. */
export async function main(argv: string[]): Promise<number> {
  const program = new Command("sidescan")
    .description(
      "Audit any Linux container, distroless ones too, with the real CINC Auditor (InSpec), from beside it: the target needs no shell and is never changed.",
    )
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    // What is wrong with a command line is told like every other error, below.
    .configureOutput({ outputError: () => {} })
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .addHelpText(
      "after",
      `
Examples:
  sidescan setup                                       install the auditor, once
  sidescan scan dir:./rootfs -p ./profile              audit a root file system
  sidescan scan pid:1234 -p ./profile -t threshold.yml audit a running container, and judge
  sidescan scan registry/app:1.2 -p ./profile -n scans audit an image in a cluster
  sidescan check results.json -t threshold.yml         judge results that are already there

Exit codes: 0 passed, 1 threshold failed, 2 usage or configuration, 3 could not scan or judge,
            4 scanned but cleanup is incomplete, 130 interrupted`,
    );
  const json = argv.includes("--json");
  let exitCode = 0;
  const done = (code: number): void => {
    exitCode = code;
  };
  // The others' options are many, and nobody sees them where one command is named.
  const asked = commands.get(argv[0] ?? "");
  for (const register of asked === undefined ? commands.values() : [asked]) register(program, done);
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      // Without any word the help was printed, which says it all.
      if (argv.length > 0) printError(badCommandLine(error, program, argv), json);
      return exitCodes.usage;
    }
    if (error instanceof SidescanError) {
      printError(error, json);
      return error.exitCode;
    }
    printError(
      new SidescanError(`sidescan itself failed: ${messageOf(error)}`, {
        exitCode: exitCodes.cannotScan,
        hint: "This is a bug; please report it with the lines below.",
        details: error instanceof Error ? (error.stack ?? "").split("\n").slice(1, 8) : [],
      }),
      json,
    );
    return exitCodes.cannotScan;
  }
}

/** Commander's own words for a user: `error: unknown option '--x'`, and below it perhaps `(Did you mean --y?)`. */
function badCommandLine(error: CommanderError, program: Command, argv: string[]): SidescanError {
  const [what = "", meant] = error.message.replace(/^error: /u, "").split("\n");
  const command = program.commands.find((one) => one.name() === argv[0]);
  return usageError(
    sentence(what),
    meant?.replace(/^\((.*)\)$/u, "$1") ??
      `Run: sidescan ${command === undefined ? "" : `${command.name()} `}--help`,
  );
}
