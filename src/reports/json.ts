/** The result itself, HDF: as the auditor wrote it, with how the scan came about under `passthrough.sidescan`. */
import { answers, deniedLooks, type ReportInput } from "./input.ts";

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
    ...(evidence === null
      ? {}
      : {
          evidence: {
            answers: answers(evidence),
            denied: deniedLooks(input).map(({ control, ask, reason }) => ({
              control: control.id,
              ask,
              reason,
            })),
          },
        }),
    ...(threshold === null
      ? {}
      : {
          threshold: { verdict: threshold.verdict, violations: threshold.violations, error: threshold.error },
        }),
  };
  return `${JSON.stringify({ ...document, passthrough: { ...passthrough, sidescan } })}\n`;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
