/**
 * The agent's events: one JSON object per line on the agent's stdout, read from a child process (local engine) or
 * from a container's log (Kubernetes). This file is the one description of the protocol; schema/agent-events.schema.json
 * is generated from it, and both sides' tests check against that.
 */
import { z } from "zod";

/** Raised whenever an event changes in a way an older reader would misread. */
export const PROTOCOL_VERSION = 1;

/** Bytes of base64 text a `chunk` carries at most; a log line stays far below the 16 KiB at which runtimes split lines. */
const CHUNK_BYTES = 12_000;

const seq = z.int().nonnegative().describe("number of the line within the run, from 0, without gaps");
const seconds = z.number().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/u);

/** The steps of the agent, in their order; an `error` names the one it happened in. */
export const agentPhases = ["start", "identify", "access", "audit", "store", "deliver"] as const;

/** Why an agent could not do its work. Each code maps to one exit code of the command line (all are 3, but `usage` is 2). */
export const agentErrorCodes = [
  "usage", // the run's specification is wrong
  "target-not-found", // no candidate within the wait
  "target-ambiguous", // more than one candidate; `details` lists them
  "target-gone", // it ended, or its pid was reused, while being looked at
  "access-denied", // its root cannot be entered or read; `hint` names the rung that could
  "auditor-missing", // no usable CINC Auditor or InSpec
  "auditor-failed", // it ended with an exit code that is no verdict
  "auditor-killed", // it died from a signal
  "auditor-timeout", // it did not finish within the limit
  "profile-failed", // a profile did not load: syntax, dependencies, unsupported version
  "result-invalid", // the auditor wrote no result, or one that is not whole
  "storage", // the result cannot be written: disk full, read-only
  "internal", // a bug
] as const;

const user = z.object({
  uid: z.int(),
  gid: z.int(),
  groups: z.array(z.int()),
  capabilities: z
    .string()
    .regex(/^[0-9a-f]{16}$/u)
    .describe("permitted set, as in CapPrm of /proc/PID/status"),
});

const file = z.object({
  name: z.enum(["result.json", "evidence.json"]),
  bytes: z.int().nonnegative().describe("length of the file before compression"),
  sha256: sha256.describe("digest of the file before compression"),
});

const event = <Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.object({ v: z.literal(PROTOCOL_VERSION), seq, event: z.literal(name), ...shape });

export const agentEvent = z.discriminatedUnion("event", [
  /** First line: who speaks. */
  event("hello", { agent: z.string(), run: z.string(), ruby: z.string() }),
  /** The target is not there yet; sent once when waiting begins. */
  event("waiting", { reason: z.string(), limit: seconds }),
  /** The target's main process was found. */
  event("identified", {
    how: z.enum(["pid", "container-id", "marker", "elimination"]),
    pid: z.int().positive(),
    start: z.string().regex(/^\d+$/u).describe("field 22 of /proc/PID/stat, in clock ticks since boot"),
    command: z.array(z.string()),
    containerId: z.string().nullable(),
    processes: z.int().positive(),
    user,
  }),
  /** The target's root can be entered and read; `limits` says in plain words what cannot be seen from here. */
  event("access", {
    files: z.boolean(),
    commands: z.enum(["target-shell", "supplied-shell", "none"]),
    readOnly: z.enum(["landlock", "off", "unavailable"]),
    limits: z.array(z.object({ what: z.string(), why: z.string() })),
  }),
  /** The auditor is loaded and ready. */
  event("auditor", { name: z.string(), version: z.string(), seconds }),
  /**
   * The profiles are loaded: exactly these controls must be in the result, those of the profiles they depend on too.
   * A list too long for one line comes in several `loaded` events, which add up; `total` is the same in each.
   */
  event("loaded", {
    profiles: z.array(
      z.object({
        name: z.string(),
        version: z.string().nullable(),
        title: z.string().nullable(),
        sha256: z.string().nullable(),
        controls: z.array(z.string()).describe("ids in the order of the profile"),
      }),
    ),
    total: z.int().nonnegative().describe("controls that will run; each gets one `progress`"),
  }),
  /** One control is done. */
  event("progress", {
    control: z.string(),
    profile: z.string(),
    title: z.string().nullable(),
    status: z.enum(["passed", "failed", "skipped", "error"]),
    impact: z.number(),
    done: z.int().positive(),
    total: z.int().nonnegative(),
  }),
  /** The auditor ended and its result is on the results volume. */
  event("stored", {
    directory: z.string(),
    files: z.array(file),
    auditor: z.object({ exit: z.int(), meaning: z.string(), seconds }),
  }),
  /** A piece of one file, gzip then base64; pieces of one file are numbered from 0. */
  event("chunk", {
    file: z.enum(["result.json", "evidence.json"]),
    n: z.int().nonnegative(),
    data: z.base64().max(CHUNK_BYTES),
  }),
  /** One file was delivered whole: what its pieces must add up to. */
  event("delivered", { file, chunks: z.int().nonnegative(), gzipBytes: z.int().nonnegative() }),
  /** Last line of a good run. */
  event("end", { seconds }),
  /** Something the user should know; the run goes on. */
  event("notice", { level: z.enum(["info", "warning"]), message: z.string() }),
  /** Last line of a bad run: what happened, why, and what to do next. */
  event("error", {
    phase: z.enum(agentPhases),
    code: z.enum(agentErrorCodes),
    message: z.string(),
    hint: z.string().nullable(),
    details: z.array(z.string()).describe("such as candidates, or the last lines of the auditor's stderr"),
  }),
]);

export type AgentEvent = z.infer<typeof agentEvent>;
export type AgentEventOf<Name extends AgentEvent["event"]> = Extract<AgentEvent, { event: Name }>;
