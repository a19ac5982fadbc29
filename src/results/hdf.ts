/**
 * The shape of a result: InSpec's ExecJSON, also called HDF. Required is what inspecjs, and so MITRE SAF and Heimdall, require;
 * whatever else a file holds is kept as it is.
 */
import { z } from "zod";

const text = z.string();
const optionalText = text.nullish();

const result = z.looseObject({
  status: z.enum(["passed", "failed", "skipped", "error"]).nullish(),
  code_desc: text,
  start_time: text,
  run_time: z.number().nullish(),
  message: optionalText,
  skip_message: optionalText,
  exception: optionalText,
  /** Its presence alone, even empty, makes the result an error. */
  backtrace: z.array(text).nullish(),
});

const control = z.looseObject({
  id: text,
  title: optionalText,
  desc: optionalText,
  descriptions: z.array(z.looseObject({ label: text, data: text })).nullish(),
  impact: z.number(),
  refs: z.array(z.looseObject({})),
  tags: z.looseObject({ severity: optionalText, severityoverride: optionalText }),
  code: optionalText,
  source_location: z.looseObject({ ref: optionalText, line: z.number().nullish() }),
  waiver_data: z
    .looseObject({
      justification: optionalText,
      skipped_due_to_waiver: z.union([z.boolean(), text]).nullish(),
    })
    .nullish(),
  attestation_data: z
    .looseObject({
      control_id: text,
      explanation: text,
      frequency: text,
      status: z.enum(["passed", "failed"]),
      updated: text,
      updated_by: text,
    })
    .nullish(),
  results: z.array(result),
});

const profile = z.looseObject({
  name: text,
  version: optionalText,
  title: optionalText,
  sha256: text,
  parent_profile: optionalText,
  status: optionalText,
  status_message: optionalText,
  skip_message: optionalText,
  supports: z.array(z.looseObject({})),
  attributes: z.array(z.looseObject({})),
  groups: z.array(z.looseObject({ id: text, controls: z.array(text) })),
  controls: z.array(control),
});

export const execJson = z.looseObject({
  platform: z.looseObject({ name: text, release: text }),
  profiles: z.array(profile),
  statistics: z.looseObject({ duration: z.number().nullish() }),
  version: text,
  passthrough: z.unknown().optional(),
});

export type ExecJson = z.infer<typeof execJson>;
export type HdfProfile = ExecJson["profiles"][number];
export type HdfControl = HdfProfile["controls"][number];
export type HdfResult = HdfControl["results"][number];
