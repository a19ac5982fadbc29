/**
 * What the caller tells the agent: one JSON document, from a file or as the first line of its stdin.
 * schema/agent-spec.schema.json is generated from here.
 */
import { z } from "zod";
import { PROTOCOL_VERSION } from "./events.ts";

export const commandsModes = ["read-only", "any", "none"] as const;

/** Where a scanner in a cluster stands: each rung enters targets that the one before cannot. */
const rungs = ["restricted", "baseline", "default", "ptrace"] as const;

export const agentSpec = z.strictObject({
  protocol: z.literal(PROTOCOL_VERSION),
  run: z.string().describe("run id, repeated in `hello`"),
  target: z
    .union([
      z.strictObject({
        pid: z.int().positive(),
        start: z
          .string()
          .regex(/^\d+$/u)
          .optional()
          .describe(
            "field 22 of /proc/PID/stat as the caller saw it: another process of that number is refused",
          ),
      }),
      z.strictObject({ containerId: z.string().min(12) }),
      z
        .strictObject({ marker: z.string().regex(/^[^=]+=.+$/u) })
        .describe("NAME=value in the target's environment"),
      z.strictObject({}).describe("by elimination over cgroups and namespaces"),
    ])
    .describe("how to find the target's main process"),
  wait: z.number().positive().describe("seconds to wait for the target to start"),
  profiles: z
    .array(z.string())
    .min(1)
    .describe(
      "paths, as `inspec exec` takes them; PATH may lie there in parts PATH.000, PATH.001... (input and waiver files too)",
    ),
  auditor: z.strictObject({
    inputs: z.record(z.string(), z.unknown()).describe("as --input name=value, values already parsed"),
    inputFiles: z.array(z.string()),
    waiverFiles: z.array(z.string()),
    controls: z.array(z.string()),
    tags: z.array(z.string()),
  }),
  timeout: z.number().positive().describe("seconds for the whole audit"),
  commandTimeout: z.number().positive().describe("seconds for one command in the target"),
  commands: z.enum(commandsModes),
  virtualization: z.string().describe("what `virtualization.system` answers; `native` asks the target"),
  tools: z.string().nullable().describe("directory of the supplied shell and GNU tools"),
  ownership: z
    .enum(["visible", "hidden"])
    .describe("hidden in an unprivileged user namespace: owners are not what they seem"),
  work: z.string().describe("private scratch directory: HOME, cache; not visible to the target"),
  results: z.string().describe("directory where result.json and evidence.json are stored"),
  linger: z
    .number()
    .nonnegative()
    .optional()
    .describe("seconds to stay after the last event, so that stored files can be fetched; SIGTERM ends it"),
  toolsContainer: z
    .boolean()
    .optional()
    .describe("`tools` is a path in a container beside, whose process is `hold sidescan-tools RUN`"),
  access: z
    .enum(rungs)
    .optional()
    .describe("the rung a cluster's pod was made for, which hints name others by"),
  shareResults: z
    .boolean()
    .optional()
    .describe("`results` is mounted in the target too, so that any user may read what is stored there"),
});

export type AgentSpec = z.infer<typeof agentSpec>;
