/** The result itself, HDF: as the auditor wrote it, with how the scan came about under `passthrough.sidescan`. */
import { createHash } from "node:crypto";
import { answers, deniedLooks, evidenceSentence, type ReportInput } from "./input.ts";

/** Characters of evidence that a result takes along; more goes into a file beside it. */
const most = 1_048_576;

/** A result from elsewhere is returned byte for byte. Throws what JSON.parse throws. */
export function json(input: ReportInput): string {
  const { run, evidence, threshold } = input;
  if (run === null && evidence === null) return input.hdf;
  const document = JSON.parse(input.hdf) as Record<string, unknown>;
  const passthrough = isObject(document["passthrough"]) ? document["passthrough"] : {};
  const before = isObject(passthrough["sidescan"]) ? passthrough["sidescan"] : {};
  const sidescan = {
    ...before,
    ...(run === null ? {} : { run }),
    ...(evidence === null ? {} : { evidence: evidenceIn(input) }),
    ...(threshold === null
      ? {}
      : {
          threshold: {
            verdict: threshold.verdict,
            violations: threshold.violations,
            notes: threshold.notes,
            saf: threshold.saf,
            error: threshold.error,
          },
        }),
  };
  return `${JSON.stringify({ ...document, passthrough: { ...passthrough, sidescan } })}\n`;
}

/** The evidence as a file of its own when it is too large for the result; null when it is not. */
export function evidenceSidecar({ evidence }: ReportInput): string | null {
  const content = evidence === null ? "" : `${JSON.stringify(evidence)}\n`;
  return content.length > most ? content : null;
}

/** The sums and every denied look; all looks, or where they are. */
function evidenceIn(input: ReportInput): object | undefined {
  const { evidence, evidenceFile = null } = input;
  if (evidence === null) return undefined;
  const sidecar = evidenceSidecar(input);
  return {
    controls: sidecar === null ? evidence.controls : undefined,
    ...(sidecar === null || evidenceFile === null
      ? {}
      : { file: evidenceFile, sha256: createHash("sha256").update(sidecar).digest("hex") }),
    summary: evidenceSentence(input),
    answers: answers(evidence),
    denied: deniedLooks(input).map(({ control, ask, reason }) => ({ control: control.id, ask, reason })),
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
