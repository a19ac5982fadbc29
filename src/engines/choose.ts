/** Which engine a target runs on. */
import { findAuditor } from "../setup/auditor.ts";
import { runtimeHome, scannerDir, suppliedTools } from "../setup/home.ts";
import type { Target } from "../target/target.ts";
import type { Engine } from "./engine.ts";
import { localEngine, type LocalRuntime } from "./local/local.ts";

export type EngineOptions = {
  /** An installed cinc-auditor or inspec to use instead of the pinned one: its name or path. */
  auditor?: string | undefined;
};

type Make = (options: EngineOptions) => Promise<Engine>;

const local: Make = async ({ auditor }) => localEngine(await localRuntime(auditor));

const engines: Record<Target["kind"], Make> = { dir: local, pid: local };

/** @throws SidescanError (exit code 3) when what the engine needs is not set up, with what to run */
export const chooseEngine = (target: Target, options: EngineOptions): Promise<Engine> =>
  engines[target.kind](options);

async function localRuntime(auditor: string | undefined): Promise<LocalRuntime> {
  if (auditor === undefined) return runtimeHome();
  return { ...(await findAuditor(auditor)), tools: suppliedTools(), scannerDir };
}
