/** Options of a scan, as the library, the command line and the config file share them; one description, checked once. */
import { z } from "zod";
import { usageError, type SidescanError } from "./errors.ts";
import { commandsModes } from "./protocol/spec.ts";
import { nearest } from "./thresholds/nearest.ts";

const seconds = z.number().positive().max(86_400);

/** schema/config.schema.json, for editors, is generated from this. */
export const scanOptions = z.strictObject({
  target: z.string().min(1).describe("dir:PATH, pid:N (this machine)"),
  profiles: z.array(z.string().min(1)).min(1).describe("profile directories or archives (.tar.gz, .zip)"),
  threshold: z
    .string()
    .optional()
    .describe("threshold file in SAF's format; without it every control must have run"),
  output: z
    .string()
    .default("sidescan-results")
    .describe("directory for report files that are given no path"),
  reporters: z
    .array(z.string())
    .optional()
    .describe("NAME or NAME:FILE, as InSpec; default: cli on stdout, json and html files in `output`"),
  inputs: z.record(z.string(), z.unknown()).default({}).describe("inputs of the profiles, by name"),
  inputFiles: z.array(z.string()).default([]).describe("YAML files of inputs"),
  waiverFiles: z.array(z.string()).default([]).describe("waiver files, as InSpec takes them"),
  controls: z.array(z.string()).default([]).describe("only these controls: ids, or /regular expressions/"),
  tags: z.array(z.string()).default([]).describe("only controls with these tags"),
  user: z.string().optional().describe("uid[:gid] or names: who the target's main process is (dir:)"),
  imageConfig: z
    .string()
    .optional()
    .describe("OCI image config: user, environment, working directory, program (dir:)"),
  run: z
    .boolean()
    .default(false)
    .describe("start the image config's program instead of only holding the root (dir:)"),
  commands: z.enum(commandsModes).default("read-only").describe("what commands in the target may do"),
  virtualization: z
    .string()
    .default("docker")
    .describe("answer of `virtualization.system`; native asks the target"),
  timeout: seconds.default(1800).describe("seconds for the whole audit"),
  commandTimeout: seconds.default(60).describe("seconds for one command in the target"),
  wait: seconds.default(60).describe("seconds to wait for the target to start"),
  requireEvidence: z.boolean().default(true).describe("a pass that rests on a denied look becomes an error"),
  auditor: z
    .string()
    .optional()
    .describe("an installed cinc-auditor or inspec (4 to 7) to use: name or path"),
});

export type ScanOptions = z.input<typeof scanOptions>;
export type CheckedOptions = z.output<typeof scanOptions>;

/** @throws SidescanError (exit code 2) that names the option and what is wrong with it */
export function checkOptions(options: unknown): CheckedOptions {
  const parsed = scanOptions.safeParse(options);
  if (parsed.success) return parsed.data;
  throw invalid("The options are not valid", parsed.error);
}

/** The same for a config file, which the command line may complete. */
export function checkConfig(content: unknown, file: string): Record<string, unknown> {
  const parsed = scanOptions.partial().safeParse(content);
  if (parsed.success) return content as Record<string, unknown>;
  throw invalid(`The config file ${file} is not valid`, parsed.error);
}

function invalid(what: string, { issues }: z.ZodError): SidescanError {
  const known = Object.keys(scanOptions.shape);
  const lines = issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => {
          const meant = nearest(key, known);
          return `there is no option ${key}${meant === null ? "" : ` (did you mean ${meant}?)`}`;
        })
      : [`${issue.path.join(".")}: ${issue.message}`],
  );
  return usageError(`${what}: ${lines.join("; ")}.`, `The options are: ${known.join(", ")}.`);
}
