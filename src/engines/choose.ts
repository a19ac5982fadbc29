/** Which engine a target runs on. */
import { cannotScan } from "../errors.ts";
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

const kubernetes: Make = () =>
  Promise.reject(
    cannotScan("Targets in a cluster are not built yet.", {
      hint: "Targets on this machine are dir:PATH and pid:N.",
    }),
  );

const engines: Record<Target["kind"], Make> = {
  dir: local,
  pid: local,
  image: kubernetes,
  pod: kubernetes,
  workload: kubernetes,
};

/** @throws SidescanError (exit code 3) when what the engine needs is not set up, with what to run */
export const chooseEngine = (target: Target, options: EngineOptions): Promise<Engine> =>
  engines[target.kind](options);

async function localRuntime(auditor: string | undefined): Promise<LocalRuntime> {
  if (auditor === undefined) return runtimeHome();
  return { ...(await findAuditor(auditor)), tools: suppliedTools(), scannerDir };
}
