/**
 * What SAF counts, for the results that nearly all are: one profile, every field of the type that inspecjs wants. For anything else
 * inspecjs itself decides (saf-view.ts); it takes longer to load and to read than all the rest of a check. scripts/saf/fuzz.ts holds
 * both against the real CLI.
 */
import { execJson, type ExecJson } from "../results/hdf.ts";
import { controlSeverity, controlStatus } from "../results/rules.ts";
import {
  isText,
  list,
  number,
  object,
  optional,
  problemsOf,
  text,
  textOrBoolean,
  type Shape,
} from "../results/shape.ts";
import type { SafControl } from "./saf-control.ts";

const texts = (...names: string[]): Record<string, Shape<string | null | undefined>> =>
  Object.fromEntries(names.map((name) => [name, optional(text)]));
const total = optional(object({ total: number }));

/** What inspecjs 2.12's own types ask for beyond ExecJSON as it is read here, and nothing that it takes in one form only. */
const shape = object({
  platform: object(texts("target_id")),
  statistics: object({ controls: optional(object({ failed: total, passed: total, skipped: total })) }),
  profiles: list(
    object({
      ...texts("copyright", "copyright_email", "description", "inspec_version", "license", "maintainer"),
      ...texts("summary"),
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
      groups: list(object(texts("title"))),
      supports: list(
        object(texts("os-family", "os-name", "platform", "platform-family", "platform-name", "release")),
      ),
      controls: list(
        object({
          waiver_data: optional(
            object({ ...texts("expiration_date", "message"), run: optional(textOrBoolean) }),
          ),
          results: list(object(texts("resource", "resource_id"))),
        }),
      ),
    }),
  ),
});

type Control = ExecJson["profiles"][number]["controls"][number];

/**
 * Null when inspecjs has to decide.
 * @param checked whether `document` is known to be ExecJSON
 */
export function plainView(document: unknown, checked = false): SafControl[] | null {
  if (!checked && problemsOf(document, execJson).length > 0) return null;
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
