/** The part of a profile's inspec.yml that a scan needs before the auditor reads the whole. */
import { parseDocument } from "yaml";
import { z } from "zod";
import { usageError } from "../errors.ts";

const metadata = z.looseObject({
  name: z.string().min(1),
  version: z.coerce.string().optional(),
  title: z.string().optional(),
  depends: z.array(z.looseObject({ name: z.string() })).optional(),
});

export type ProfileMetadata = {
  name: string;
  version: string | null;
  title: string | null;
  dependencies: string[];
};

/**
 * Reads the text of an inspec.yml. `where` names it in errors.
 * @throws SidescanError (exit code 2) when it is not YAML or has no name
 */
export function readMetadata(text: string, where: string): ProfileMetadata {
  const document = parseDocument(text);
  const problem = document.errors[0];
  if (problem !== undefined) throw usageError(`${where} is not valid YAML: ${problem.message}`);
  const parsed = metadata.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw usageError(
      `${where} is not the metadata of a profile: ${issue?.path.join(".") || "its content"}: ${issue?.message ?? "invalid"}`,
      "An inspec.yml needs at least `name: my-profile`.",
    );
  }
  const { name, version, title, depends } = parsed.data;
  return {
    name,
    version: version ?? null,
    title: title ?? null,
    dependencies: (depends ?? []).map((dependency) => dependency.name),
  };
}
