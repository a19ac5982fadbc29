/** The whole story of a scan: deploy, identify, scan, retrieve, process, clean up; whatever happens, everything made is undone. */
import {
  prepareOutput,
  reportBaseName,
  reportersOf,
  writeReports,
  type ReportFiles,
} from "./scan/deliver.ts";
import { chooseEngine } from "./engines/choose.ts";
import { exitCodes, SidescanError } from "./errors.ts";
import { confirmed, judge, type Judgement } from "./scan/judge.ts";
import { checkOptions, type ScanOptions } from "./options.ts";
import { Phases, type Phase, type ScanEvent } from "./scan/phases.ts";
import { prepare } from "./scan/prepare.ts";
import { converse } from "./scan/converse.ts";
import type { CliOptions } from "./reports/report.ts";
import { runDetails } from "./scan/run-details.ts";
import { Undo, type Remains } from "./undo.ts";

export type ScanContext = {
  /** Aborting it cleans up and rejects with exit code 130. */
  signal?: AbortSignal;
  onEvent?: (event: ScanEvent) => void;
  /** For reports; never interpreted. */
  commandLine?: string[];
  /** How reports on stdout are to look. */
  terminal?: CliOptions;
};

export type ScanOutcome = Judgement & {
  target: string;
  files: ReportFiles;
  /** What belongs on stdout. */
  printed: string;
  /** Seconds. */
  durations: Record<Phase, number>;
  /** What could not be cleaned up; exit code 4 when that is all that is wrong. */
  remains: Remains[];
};

/**
 * Audits one target with one or more profiles.
 * @throws SidescanError with exit code 2 (bad input), 3 (could not scan) or 130 (aborted); everything is cleaned up by then
 */
export async function scan(options: ScanOptions, context: ScanContext = {}): Promise<ScanOutcome> {
  const started = new Date();
  const checked = checkOptions(options);
  const signal = context.signal ?? new AbortController().signal;
  const phases = new Phases(signal, context.onEvent ?? (() => {}));
  const undo = new Undo();
  let cleaned: Promise<Remains[]> | undefined;
  const cleanUp = (): Promise<Remains[]> => (cleaned ??= phases.run("cleanup", () => undo.run(), "always"));
  try {
    const output = await prepareOutput(checked);
    const prepared = await prepare(checked, undo);
    const engine = await chooseEngine(prepared.target, checked, prepared.cluster);

    const deployment = await phases.run("deploy", () =>
      engine.deploy(prepared.target, prepared.request, { undo, signal, notice: phases.notice }),
    );
    const agent = converse(deployment, deployment.run ?? prepared.request.run, phases.heard);
    await phases.run("identify", () => agent.until("access"));
    await phases.run("scan", () => agent.until("stored"));
    const files = await phases.run("retrieve", () => agent.files());
    const facts = deployment.facts?.();
    const judgement = await phases.run("process", async () =>
      confirmed(judge(files, agent.told, prepared, checked), prepared, checked, signal),
    );
    const remains = await cleanUp();

    const run = runDetails({
      started,
      checked,
      prepared,
      told: agent.told,
      phases,
      commandLine: context.commandLine ?? [],
      facts,
    });
    const reporters = reportersOf(output, reportBaseName(prepared, started));
    const reports = await writeReports({ ...judgement, run }, reporters, context.terminal ?? {});
    const exitCode =
      remains.length > 0 && judgement.exitCode === exitCodes.passed
        ? exitCodes.cleanupIncomplete
        : judgement.exitCode;
    return {
      ...judgement,
      ...reports,
      exitCode,
      target: checked.target,
      durations: phases.durations,
      remains,
    };
  } catch (error) {
    const remains = await cleanUp();
    throw withRemains(interrupted(signal, error), remains);
  }
}

/** Whatever broke while an abort was under way broke because of it. */
function interrupted(signal: AbortSignal, error: unknown): unknown {
  if (!signal.aborted) return error;
  return new SidescanError("Interrupted; everything that was started has been cleaned up.", {
    exitCode: exitCodes.interrupted,
    cause: error,
  });
}

function withRemains(error: unknown, remains: Remains[]): unknown {
  if (remains.length === 0 || !(error instanceof SidescanError)) return error;
  return new SidescanError(error.message, {
    exitCode: error.exitCode,
    details: [...error.details, ...remains.map(({ what, why }) => `left behind: ${what} (${why})`)],
    ...(error.hint === null ? {} : { hint: error.hint }),
    cause: error,
  });
}
