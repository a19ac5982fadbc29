/** The threshold file as a schema, for editors: what the strict reader accepts in its nested form. Generated to schema/threshold.schema.json. */
import { z } from "zod";
import { severities, statuses } from "../results/model.ts";
import { MAX_COUNT } from "./rules.ts";

const percent = z.number().min(0).max(100);
const count = z.int().min(0).max(MAX_COUNT);

const total = z.union([
  count.describe("exactly so many"),
  z.strictObject({ min: count.optional(), max: count.optional() }).refine(notEmpty).describe("a range"),
]);

const severity = z
  .strictObject({
    min: count.optional(),
    max: count.optional(),
    controls: z.array(z.string().min(1)).min(1).optional().describe("exactly these control ids"),
  })
  .refine(notEmpty);

const status = z
  .strictObject({
    total: total.optional(),
    ...record(severities, severity.optional()),
  })
  .refine(notEmpty);

export const threshold = z
  .strictObject({
    compliance: z
      .strictObject({ min: percent.optional(), max: percent.optional() })
      .refine(notEmpty)
      .optional()
      .describe("percentage of passed controls among those that apply, rounded as MITRE SAF does"),
    ...record(statuses, status.optional()),
  })
  .refine(notEmpty)
  .describe("MITRE SAF threshold file, as sidescan reads it");

function record<Key extends string, Schema>(keys: readonly Key[], schema: Schema): Record<Key, Schema> {
  return Object.fromEntries(keys.map((key) => [key, schema])) as Record<Key, Schema>;
}

function notEmpty(value: object): boolean {
  return Object.values(value).some((field) => field !== undefined);
}
