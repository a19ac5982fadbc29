/** The work behind `sidescan scan`: signals, progress, and what is printed at the end. */
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { exitCodes, messageOf, SidescanError, usageError, type ExitCode } from "../errors.ts";
import type { ScanOptions } from "../options.ts";
import { checkConfig } from "../options.ts";
import type { ScanOutcome } from "../scan.ts";
import { scanEach, worstExitCode, type Scanned } from "../scan-each.ts";
import { abortOnSignals } from "./interrupt.ts";
import { progress } from "./progress.ts";
import { withoutSecrets } from "./redact.ts";
import { optionsFrom, type ScanFlags } from "./scan-options.ts";
import { columnsOf, print, printError, wantsColour } from "./terminal.ts";

/** @throws SidescanError as scanEach() does */
export async function runScan(target: string | undefined, flags: ScanFlags): Promise<ExitCode> {
  const options = await optionsOf(target, flags);
  const shown = progress(process.stderr);
  const interrupt = abortOnSignals(shown.line);
  try {
    const scanned = await scanEach(options, (container, number, of) => {
      if (container !== null) shown.line(`Container ${container} (${number} of ${of})`);
      return {
        signal: interrupt.signal,
        onEvent: shown.onEvent,
        commandLine: ["sidescan", ...withoutSecrets(process.argv.slice(2))],
        terminal: { columns: columnsOf(process.stdout), colour: wantsColour(process.stdout) },
      };
    });
    shown.end();
    if (flags.json === true) process.stdout.write(`${JSON.stringify(documentOf(scanned), null, 2)}\n`);
    for (const one of scanned) {
      if (flags.json !== true && "outcome" in one) print(process.stdout, one.outcome.printed);
      for (const error of "outcome" in one ? complaints(one.outcome) : [one.error]) printError(error, false);
    }
    return worstExitCode(scanned);
  } finally {
    shown.end();
    interrupt.release();
  }
}

/** The command line's options on top of the config file's. @throws SidescanError (exit code 2) */
export async function optionsOf(target: string | undefined, flags: ScanFlags): Promise<ScanOptions> {
  const config = flags.config === undefined ? {} : await readConfig(flags.config);
  return optionsFrom(target, flags, config, (text) => parse(text) as unknown);
}

/** What is wrong although there is a result. */
function complaints({ problem, exitCode, remains }: ScanOutcome): SidescanError[] {
  return [
    ...(problem === null ? [] : [new SidescanError(problem, { exitCode })]),
    ...(remains.length === 0
      ? []
      : [
          new SidescanError("Not everything that was started could be cleaned up.", {
            exitCode: exitCodes.cleanupIncomplete,
            details: remains.map(({ what, why }) => `${what}: ${why}`),
          }),
        ]),
  ];
}

async function readConfig(file: string): Promise<Record<string, unknown>> {
  let content: unknown;
  try {
    content = parse(await readFile(file, "utf8"));
  } catch (error) {
    throw usageError(`Cannot read the config file ${file}: ${messageOf(error)}`);
  }
  if (content === null || typeof content !== "object" || Array.isArray(content)) {
    throw usageError(
      `The config file ${file} is not a YAML mapping.`,
      "It holds the names of schema/config.schema.json, such as `target: dir:./rootfs`.",
    );
  }
  return checkConfig(content, file);
}

/** What `--json` prints: one document, or a list of them where the target is several containers. */
const documentOf = (scanned: Scanned[]): unknown => {
  const documents = scanned.map((one) => ({
    ...(one.container === null ? {} : { container: one.container }),
    ...("outcome" in one
      ? outcomeDocument(one.outcome)
      : {
          verdict: "none",
          exitCode: one.error.exitCode,
          error: { message: one.error.message, hint: one.error.hint, details: one.error.details },
        }),
  }));
  return documents.length === 1 ? documents[0] : documents;
};

const outcomeDocument = (outcome: ScanOutcome): Record<string, unknown> => ({
  verdict: outcome.verdict,
  exitCode: outcome.exitCode,
  target: outcome.target,
  compliance: outcome.summary.compliance,
  counts: outcome.summary.counts,
  violations: outcome.threshold?.violations ?? [],
  ...(outcome.problem === null ? {} : { problem: outcome.problem }),
  files: outcome.files,
  evidence: outcome.evidenceSummary,
  durations: outcome.durations,
  remains: outcome.remains,
});
