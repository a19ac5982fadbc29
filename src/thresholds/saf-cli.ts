/**
 * MITRE's own SAF CLI as a second judge. It fails open: it exits 0 on files that it cannot read, and some versions also on a failed
 * threshold. So only its exit code and its words together are a verdict; its absence, a crash and silence are errors.
 */
import { access, constants, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { cannotScan } from "../errors.ts";
import type { SafAnswer, ThresholdOutcome } from "../results/model.ts";
import { scratchDirectory } from "../scratch.ts";
import { lastLines, run, type Ran } from "../setup/run.ts";
import { Undo } from "../undo.ts";
import { checkThreshold } from "./check.ts";

/** Milliseconds. It needs seconds for megabytes. */
const timeout = 300_000;

const hint =
  "Install MITRE's CLI (npm install --global @mitre/saf), or leave --saf out: sidescan judges alone.";

/** Before a scan starts. @throws SidescanError (exit code 3) when there is no `saf` on PATH */
export async function requireSaf(): Promise<void> {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const there = await access(join(folder, "saf"), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (there) return;
  }
  throw missing();
}

/**
 * Judges the same texts with `saf` and requires that it agrees with what we take for its meaning.
 * @returns the outcome with SAF's answer in it; a pass only when both pass
 * @throws SidescanError (exit code 3) when `saf` is missing, crashes, gives no verdict or disagrees
 */
export async function confirmWithSaf(
  outcome: ThresholdOutcome,
  results: string,
  threshold: string,
  signal?: AbortSignal,
): Promise<ThresholdOutcome> {
  const answer = await askSaf(results, threshold, signal);
  const ours = checkThreshold(results, threshold, { mode: "saf" });
  if (ours.verdict !== answer.verdict) {
    throw cannotScan("MITRE's SAF CLI and sidescan do not agree, so there is no verdict.", {
      details: [
        `saf: ${told(answer)}`,
        `sidescan, in SAF's meaning: ${ours.verdict}${ours.violations[0] === undefined ? "" : `: ${ours.violations[0].message}`}${ours.error ?? ""}`,
      ],
      hint: "Compare the version (saf --version) with 1.5.3, whose meaning sidescan has; please report the two files if it is that one.",
    });
  }
  const words = ours.violations[0]?.message ?? null;
  const notes = [
    ...(outcome.notes ?? []),
    ...(outcome.verdict === "fail" && answer.verdict === "pass"
      ? ["MITRE's SAF CLI passes these results; what fails them here is the strict reading"]
      : []),
    ...(words === answer.message
      ? []
      : [`MITRE's SAF CLI fails these results too, with other words: ${answer.message}`]),
  ];
  // Strictly nothing passes that SAF fails; should that ever be wrong, its word counts.
  const violations =
    outcome.verdict === "pass" && answer.verdict === "fail" ? ours.violations : outcome.violations;
  return {
    ...outcome,
    verdict: violations.length > 0 ? "fail" : outcome.verdict,
    violations,
    ...(notes.length === 0 ? {} : { notes }),
    saf: answer,
  };
}

const told = ({ verdict, message }: SafAnswer): string =>
  message === null ? verdict : `${verdict}: ${message}`;

/** It writes a log into its working directory, so it gets one of its own. */
async function askSaf(results: string, threshold: string, signal?: AbortSignal): Promise<SafAnswer> {
  const undo = new Undo();
  try {
    const folder = await scratchDirectory(undo);
    const files = { results: join(folder, "results.json"), threshold: join(folder, "threshold.yml") };
    const cwd = join(folder, "work");
    await Promise.all([writeFile(files.results, results), writeFile(files.threshold, threshold), mkdir(cwd)]);
    const args = ["validate", "threshold", "--input", files.results, "--templateFile", files.threshold];
    return answerOf(await run("saf", args, { cwd, timeout, signal, env: quiet() }));
  } finally {
    await undo.run();
  }
}

/** No question about new versions, no colours around the words that are looked for. */
const quiet = (): NodeJS.ProcessEnv => ({
  ...process.env,
  SAF_SKIP_NEW_VERSION_CHECK: "true",
  NO_COLOR: "1",
  FORCE_COLOR: "0",
});

/** A Node that crashes ends with 1 as well, and also prints `Error: ...`; a violation has one of these forms. */
const violation =
  /^Error: (Overall compliance (?:min|max)imum was not satisfied|\w+\.\w+(?:\.\w+)?: Threshold not met\.[^]*|Expected \w+\.\w+\.controls to contain [^]*)$/u;

function answerOf(ran: Ran): SafAnswer {
  const passed = ran.stdout.split("\n").some((line) => line.trim() === "All validation tests passed");
  const message = violation.exec(ran.stderr.trim())?.[1] ?? null;
  if (ran.code === 0 && passed) return { verdict: "pass", message: null };
  if (ran.code === 1 && !passed && message !== null) return { verdict: "fail", message };
  throw broken(ran);
}

const missing = (): Error =>
  cannotScan("There is no `saf` on PATH, and --saf asks for its verdict.", { hint });

function broken(ran: Ran): Error {
  if (ran.missing) return missing();
  const ended = ran.code === null ? `was ended by ${ran.signal ?? "the system"}` : `ended with ${ran.code}`;
  const said = lastLines(`${ran.stdout}\n${ran.stderr}`);
  return cannotScan(
    `MITRE's SAF CLI gave no verdict: it ${ended} ${said.length === 0 ? "without a word" : "and neither passed nor failed the results"}.`,
    { details: said, hint: "Run `saf validate threshold` by hand to see why, or leave --saf out." },
  );
}
