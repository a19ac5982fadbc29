/**
 * How a result came about, read back from the JSON report (`passthrough.sidescan`), so that `sidescan report` on a scan's own file shows
 * what the scan's reports showed. The file may be anyone's: what has not the right shape is left out.
 */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { z } from "zod";
import { evidence as evidenceShape, type Evidence } from "../results/evidence.ts";
import type { ThresholdOutcome } from "../results/model.ts";
import { isRecord } from "../results/shape.ts";
import type { RunDetails } from "./input.ts";

const text = z.string();

const run = z.object({
  target: text,
  profiles: z.array(text).default([]),
  started: text,
  durations: z.record(text, z.number()).default({}),
  tools: z.record(text, text).default({}),
  notices: z.array(text).default([]),
  commandLine: z.array(text).default([]),
  facts: z
    .object({ image: text, imageID: text, pod: text, namespace: text, container: text, node: text })
    .partial()
    .optional(),
});

const judged = z.object({
  verdict: z.enum(["pass", "fail", "none"]),
  violations: z.array(z.object({ rule: text, message: text, controls: z.array(text) })),
  notes: z.array(text).optional(),
  error: text.optional(),
});

const sidecar = z.object({ file: text, sha256: text });

export type Origin = {
  run: RunDetails | null;
  evidence: Evidence | null;
  threshold: ThresholdOutcome | null;
  /** Where the evidence is, when it was too large for the result: the name of a file beside it. */
  sidecar: { file: string; sha256: string } | null;
};

export function originOf(passthrough: Record<string, unknown> | null): Origin {
  const told = record(passthrough?.["sidescan"]);
  const looked = record(told["evidence"]);
  const found = sidecar.safeParse(looked).data;
  return {
    run: (run.safeParse(told["run"]).data ?? null) as RunDetails | null,
    evidence: evidenceShape.safeParse({ version: 1, controls: looked["controls"] }).data ?? null,
    threshold: outcome(judged.safeParse(told["threshold"]).data),
    // A result from elsewhere must not lead to any other file.
    sidecar: found !== undefined && basename(found.file) === found.file ? found : null,
  };
}

/** The evidence of a sidecar file, or why it is not that of the result. */
export function sidecarEvidence(content: string, sha256: string): Evidence | string {
  if (createHash("sha256").update(content).digest("hex") !== sha256) return "it was changed since the scan";
  try {
    return evidenceShape.parse(JSON.parse(content));
  } catch {
    return "it is no evidence file";
  }
}

function outcome(told: z.infer<typeof judged> | undefined): ThresholdOutcome | null {
  if (told === undefined) return null;
  const { verdict, violations, notes = [], error } = told;
  return {
    verdict,
    compliance: null,
    counts: null,
    violations,
    notes: [...new Set([...notes, "the verdict is that of the scan"])],
    ...(error === undefined ? {} : { error }),
  };
}

const record = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {});
