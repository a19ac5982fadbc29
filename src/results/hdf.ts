/**
 * The shape of a result: InSpec's ExecJSON, also called HDF. Required is what inspecjs, and so MITRE SAF and Heimdall, require;
 * whatever else a file holds is kept as it is.
 */
import {
  anything,
  list,
  number,
  object,
  oneOf,
  optional,
  text,
  textOrBoolean,
  type TypeOf,
} from "./shape.ts";

const optionalText = optional(text);

const result = object({
  status: optional(oneOf("passed", "failed", "skipped", "error")),
  code_desc: text,
  start_time: text,
  run_time: optional(number),
  message: optionalText,
  skip_message: optionalText,
  exception: optionalText,
  /** Its presence alone, even empty, makes the result an error. */
  backtrace: optional(list(text)),
});

const control = object({
  id: text,
  title: optionalText,
  desc: optionalText,
  descriptions: optional(list(object({ label: text, data: text }))),
  impact: number,
  refs: list(object({})),
  tags: object({ severity: optionalText, severityoverride: optionalText }),
  code: optionalText,
  source_location: object({ ref: optionalText, line: optional(number) }),
  waiver_data: optional(
    object({
      justification: optionalText,
      skipped_due_to_waiver: optional(textOrBoolean),
    }),
  ),
  attestation_data: optional(
    object({
      control_id: text,
      explanation: text,
      frequency: text,
      status: oneOf("passed", "failed"),
      updated: text,
      updated_by: text,
    }),
  ),
  results: list(result),
});

const profile = object({
  name: text,
  version: optionalText,
  title: optionalText,
  sha256: text,
  parent_profile: optionalText,
  status: optionalText,
  status_message: optionalText,
  skip_message: optionalText,
  supports: list(object({})),
  attributes: list(object({})),
  groups: list(object({ id: text, controls: list(text) })),
  controls: list(control),
});

export const execJson = object({
  platform: object({ name: text, release: text }),
  profiles: list(profile),
  statistics: object({ duration: optional(number) }),
  version: text,
  passthrough: anything,
});

export type ExecJson = TypeOf<typeof execJson>;
export type HdfProfile = ExecJson["profiles"][number];
export type HdfControl = HdfProfile["controls"][number];
export type HdfResult = HdfControl["results"][number];
