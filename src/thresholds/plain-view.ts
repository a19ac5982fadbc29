/**
 * What SAF counts, for the results that nearly all are: one profile, every field of the type that inspecjs wants. For anything else
 * inspecjs itself decides (saf-view.ts); it takes longer to load and to read than all the rest of a check. scripts/saf/fuzz.ts holds
 * both against the real CLI.
 */
import type { ExecJson } from "../results/hdf.ts";
import { controlSeverity, controlStatus } from "../results/rules.ts";
import {
  isText,
  list,
  number,
  object,
  oneOf,
  optional,
  problemsOf,
  text,
  textOrBoolean,
} from "../results/shape.ts";
import type { SafControl } from "./saf-control.ts";

const maybe = optional(text);
const texts = (...names: string[]): Record<string, typeof maybe> =>
  Object.fromEntries(names.map((name) => [name, maybe]));
const total = optional(object({ total: number }));

/** inspecjs 2.12's own types, and nothing that it takes in one form only. */
const shape = object({
  platform: object({ name: text, release: text, target_id: maybe }),
  version: text,
  statistics: object({
    duration: optional(number),
    controls: optional(object({ failed: total, passed: total, skipped: total })),
  }),
  profiles: list(
    object({
      name: text,
      sha256: text,
      ...texts("copyright", "copyright_email", "description", "inspec_version", "license", "maintainer"),
      ...texts("parent_profile", "skip_message", "status", "status_message", "summary", "title", "version"),
      attributes: list(object({})),
      depends: optional(
        list(
          object(
            texts(
              "branch",
              "compliance",
              "git",
              "name",
              "path",
              "status",
              "status_message",
              "supermarket",
              "url",
            ),
          ),
        ),
      ),
      groups: list(object({ id: text, title: maybe, controls: list(text) })),
      supports: list(
        object(texts("os-family", "os-name", "platform", "platform-family", "platform-name", "release")),
      ),
      controls: list(
        object({
          id: text,
          impact: number,
          ...texts("code", "desc", "title"),
          attestation_data: optional(
            object({
              control_id: text,
              explanation: text,
              frequency: text,
              updated: text,
              updated_by: text,
              status: oneOf("passed", "failed"),
            }),
          ),
          descriptions: optional(list(object({ data: text, label: text }))),
          refs: list(object({})),
          source_location: object({ ref: maybe, line: optional(number) }),
          tags: object({ severity: maybe, severityoverride: maybe }),
          waiver_data: optional(
            object({
              ...texts("expiration_date", "justification", "message"),
              run: optional(textOrBoolean),
              skipped_due_to_waiver: optional(textOrBoolean),
            }),
          ),
          results: list(
            object({
              code_desc: text,
              start_time: text,
              status: optional(oneOf("passed", "failed", "skipped", "error")),
              ...texts("exception", "message", "resource", "resource_id", "skip_message"),
              backtrace: optional(list(text)),
              run_time: optional(number),
            }),
          ),
        }),
      ),
    }),
  ),
});

type Control = ExecJson["profiles"][number]["controls"][number];

/** Null when inspecjs has to decide. */
export function plainView(document: unknown): SafControl[] | null {
  if (problemsOf(document, shape).length > 0) return null;
  const { profiles } = document as ExecJson;
  const [profile] = profiles;
  if (profiles.length !== 1 || profile === undefined || profile.parent_profile === profile.name) return null;
  const { controls } = profile;
  if (!controls.every(isPlain)) return null;
  const byId = new Map<string, Control[]>();
  for (const control of controls) {
    const same = byId.get(control.id);
    if (same === undefined) byId.set(control.id, [control]);
    else same.push(control);
  }
  return controls.flatMap((control) => {
    const same = byId.get(control.id) ?? [];
    // Of those that share an id the first with results stands for each of the others, and is itself not counted.
    const root = same.find(({ results }) => results.length > 0) ?? same[0] ?? control;
    if (root === control && same.length > 1) return [];
    const { severity, raw } = controlSeverity(root);
    return [{ id: root.id, status: controlStatus(root), severity: raw ?? severity }];
  });
}

/** The places where inspecjs is stricter than a type: tags that it reads, texts of references, a waiver's `run`. */
function isPlain({ tags, refs, waiver_data: waiver }: Control): boolean {
  const nist = tags["nist"];
  return (
    (nist === undefined || isText(nist) || (Array.isArray(nist) && nist.every(isText))) &&
    refs.every((ref) => Object.values(ref).every(isText)) &&
    typeof waiver?.["run"] !== "string"
  );
}
