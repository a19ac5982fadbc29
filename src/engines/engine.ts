/**
 * What every engine does for the six phases of src/scan.ts. An engine brings target and agent together, hands over the agent's
 * lines, and undoes everything; it knows nothing of thresholds or reports.
 */
import type { AgentEnd } from "../protocol/reader.ts";
import type { AgentSpec } from "../protocol/spec.ts";
import type { Target, TargetFacts } from "../target/target.ts";
import type { Undo } from "../undo.ts";

/** What to run beside the target; the engine adds what only it knows (paths, the target's process) to make an AgentSpec. */
export type AuditRequest = {
  run: string;
  profiles: string[];
  auditor: {
    inputs: Record<string, unknown>;
    inputFiles: string[];
    waiverFiles: string[];
    controls: string[];
    tags: string[];
  };
  /** Seconds. */
  timeout: number;
  /** Seconds. */
  commandTimeout: number;
  /** Seconds to wait for the target. */
  wait: number;
  commands: AgentSpec["commands"];
  virtualization: string;
};

/** What a scan lends to the engine. */
export type EngineContext = {
  /** Every undo is registered here before its do; scan.ts runs them in reverse order in the cleanup phase. */
  undo: Undo;
  signal: AbortSignal;
  notice: (level: "info" | "warning", message: string) => void;
};

/** Retrieving by the lines alone, by direct reading alone, or by that only when the lines lost something. */
export type Retrieve = "logs" | "exec" | "auto";

/** A target with the agent beside it. Lines come until the agent ends; the engine never interprets them. */
export type Deployment = {
  /** Whose agent it is, when it was there before this scan. */
  run?: string;
  /** Raw lines of the agent's stdout, in order, without newline. */
  lines: AsyncIterable<string>;
  /** How the agent ended, once `lines` is exhausted. */
  ended: Promise<AgentEnd>;
  /** One stored file, gzipped, read directly, piece by piece: the fallback when the lines lost something, or, with `retrieve` exec, the only way. */
  readStored?: (directory: string, name: string, take: (piece: Uint8Array) => Promise<void>) => Promise<void>;
  /** With `exec`, the lines end at "stored". */
  retrieve?: Retrieve;
  /** What else is known of the target, as it is at the moment. */
  facts?: () => TargetFacts;
};

/** One thing that a scan would make or do, and why it is so. */
export type PlanStep = { what: string; why: string };

/** What a scan would do; `manifests` are exactly the objects that it would create, in that order. */
export type EnginePlan = { steps: PlanStep[]; manifests: object[] };

/** What src/engines/choose.ts picks by the kind of the target. */
export type Engine = {
  name: string;
  /** What `deploy` would do. @throws SidescanError as it would, for what can be known before */
  plan: (target: Target, request: AuditRequest) => Promise<EnginePlan>;
  deploy: (target: Target, request: AuditRequest, context: EngineContext) => Promise<Deployment>;
  /** Of a target that is several containers: their names, each a target of its own. */
  containersOf?: (target: Target) => Promise<string[]>;
};
