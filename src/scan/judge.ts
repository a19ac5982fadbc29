/** The process phase: what was retrieved becomes a checked result, gated by its evidence, and a verdict with its reason. Pure, unless MITRE's CLI is to confirm it. */
import { cannotScan, exitCodes, messageOf, SidescanError, type ExitCode } from "../errors.ts";
import type { CheckedOptions } from "../options.ts";
import type { Prepared } from "./prepare.ts";
import type { Told } from "./converse.ts";
import { answers, deniedLooks } from "../reports/input.ts";
import { completeness } from "../results/complete.ts";
import { evidence as evidenceShape, type Evidence } from "../results/evidence.ts";
import { gate } from "../results/gate.ts";
import { readResults } from "../results/read.ts";
import type { Summary, ThresholdOutcome } from "../results/model.ts";
import { summarize } from "../results/summarize.ts";
import { checkThreshold } from "../thresholds/check.ts";
import { confirmWithSaf } from "../thresholds/saf-cli.ts";

export type Judgement = {
  /** `none`: it could not be judged; `problem` says why. */
  verdict: "passed" | "failed" | "none";
  exitCode: ExitCode;
  problem: string | null;
  summary: Summary;
  threshold: ThresholdOutcome | null;
  evidence: Evidence;
  evidenceSummary: EvidenceSummary;
  /** The result document (HDF), gated. */
  hdf: string;
};

export type EvidenceSummary = {
  /** Answers by how they were got. */
  answers: { native: number; target: number; supplied: number; none: number };
  /** Controls that rest on a look that was denied. */
  denied: { control: string; ask: string; reason: string }[];
};

/** @throws SidescanError (exit code 3) when the files are no whole result */
export function judge(
  files: Map<string, Uint8Array>,
  told: Told,
  prepared: Prepared,
  options: CheckedOptions,
): Judgement {
  const audited = readResults(text(files, "result.json"));
  const evidence = readEvidence(text(files, "evidence.json"));
  const gated = gate(audited, evidence, {
    requireEvidence: options.requireEvidence,
    sidescan: provenance(told, prepared, options),
  });
  const hdf = JSON.stringify(gated.hdf);
  const summary = summarize(gated.hdf);
  const threshold = prepared.threshold === null ? null : checkThreshold(hdf, prepared.threshold);
  const denied = deniedLooks({ hdf, summary, evidence, threshold, run: null }).map(
    ({ control, ask, reason }) => ({
      control: control.id,
      ask,
      reason,
    }),
  );
  const problems = completeness(audited, told.loaded?.profiles ?? null);
  return {
    ...verdictOf(problems, threshold, summary),
    summary,
    threshold,
    evidence,
    evidenceSummary: { answers: answers(evidence), denied },
    hdf,
  };
}

/** With `saf`: MITRE's own CLI must come to the same verdict. Its trouble costs the verdict, never the result. */
export async function confirmed(
  judgement: Judgement,
  prepared: Prepared,
  options: CheckedOptions,
  signal?: AbortSignal,
): Promise<Judgement> {
  const { threshold, summary, hdf } = judgement;
  if (!options.saf || threshold === null || prepared.threshold === null || judgement.verdict === "none")
    return judgement;
  try {
    const outcome = await confirmWithSaf(threshold, hdf, prepared.threshold, signal);
    return { ...judgement, ...verdictOf([], outcome, summary), threshold: outcome };
  } catch (error) {
    const details = error instanceof SidescanError ? error.details : [];
    const why = [messageOf(error), ...details].join("\n");
    return {
      ...judgement,
      ...none(why),
      threshold: { ...threshold, verdict: "none", violations: [], error: why, errorKind: "results" },
    };
  }
}

const none = (problem: string): Pick<Judgement, "verdict" | "exitCode" | "problem"> => ({
  verdict: "none",
  exitCode: exitCodes.cannotScan,
  problem,
});

function verdictOf(
  problems: string[],
  threshold: ThresholdOutcome | null,
  summary: Summary,
): Pick<Judgement, "verdict" | "exitCode" | "problem"> {
  if (problems.length > 0) return none(problems.join(" "));
  if (threshold?.verdict === "none") return none(threshold.error ?? "The threshold could not be judged.");
  if (threshold?.verdict === "fail")
    return { verdict: "failed", exitCode: exitCodes.thresholdFailed, problem: null };
  if (threshold === null && summary.counts.error.total > 0) {
    const ids = summary.controls.filter((control) => control.status === "error").map((control) => control.id);
    return none(
      `${ids.length} of ${summary.controls.length} controls could not be judged: ${ids.slice(0, 10).join(", ")}${ids.length > 10 ? ", ..." : ""}. ` +
        `Without a threshold every control must have run.`,
    );
  }
  return { verdict: "passed", exitCode: exitCodes.passed, problem: null };
}

function text(files: Map<string, Uint8Array>, name: string): string {
  const bytes = files.get(name);
  if (bytes === undefined) throw cannotScan(`The agent delivered no ${name}.`);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

function readEvidence(json: string): Evidence {
  try {
    return evidenceShape.parse(JSON.parse(json));
  } catch (error) {
    throw cannotScan(`The evidence of the scan cannot be read: ${messageOf(error)}`);
  }
}

/** Where a result comes from, so that it can be trusted, and repeated, without the scan's log. */
const provenance = (told: Told, prepared: Prepared, options: CheckedOptions): Record<string, unknown> => ({
  id: prepared.request.run,
  target: options.target,
  process:
    told.identified === null
      ? null
      : { pid: told.identified.pid, user: told.identified.user, containerId: told.identified.containerId },
  access:
    told.access === null
      ? null
      : { commands: told.access.commands, readOnly: told.access.readOnly, limits: told.access.limits },
  auditor: told.auditor === null ? null : { name: told.auditor.name, version: told.auditor.version },
  profiles: prepared.profiles.map(({ name, version, source, sha256 }) => ({ name, version, source, sha256 })),
});
