/** Manifests as YAML documents that kubectl reads, with what there is to say about them as comments at their head. Pure. */
import { stringify } from "yaml";
import type { PlanStep } from "../../engine.ts";

/** kubectl reads YAML 1.1, in which `on` and `0777` are no strings. */
const document = (manifest: object): string =>
  stringify(manifest, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false });

export const yamlOf = (comments: string[], manifests: object[]): string =>
  [comments.map(comment).join(""), ...manifests.map(document)].filter(Boolean).join("---\n");

export const stepComments = (steps: PlanStep[]): string[] =>
  steps.flatMap(({ what, why }) => [what, `    ${why}`]);

/** Nothing that a user or a cluster named may end the comment. */
const comment = (line: string): string =>
  `# ${line.replaceAll(/[\p{Cc}\u2028\u2029]/gu, " ")}`.trimEnd() + "\n";
