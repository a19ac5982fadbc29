/** Which engine a target runs on. */
import { findAuditor } from "../setup/auditor.ts";
import { runtimeHome, scannerDir, suppliedTools } from "../setup/home.ts";
import type { Target } from "../target/target.ts";
import type { Engine } from "./engine.ts";
import type { ClusterSettings } from "./kubernetes/manifest/types.ts";
import { localEngine } from "./local/local.ts";
import type { LocalRuntime } from "./local/runtime.ts";

/** Of all options of a scan, what tells which engine. */
export type EngineOptions = {
  /** An installed cinc-auditor or inspec to use instead of the pinned one: its name or path. */
  auditor?: string | undefined;
};

type Make = (options: EngineOptions, cluster: ClusterSettings | null) => Promise<Engine>;

const local: Make = async ({ auditor }) => localEngine(await localRuntime(auditor));

const kubernetes: Make = async (_options, cluster) => {
  if (cluster === null) throw new Error("a target in a cluster came without its settings");
  const { kubernetesEngine } = await import("./kubernetes/engine.ts");
  return kubernetesEngine(cluster);
};

const engines: Record<Target["kind"], Make> = {
  dir: local,
  pid: local,
  image: kubernetes,
  pod: kubernetes,
  workload: kubernetes,
};

/**
 * @param cluster of a target in a cluster, null for one on this machine
 * @throws SidescanError (exit code 2 or 3) when what the engine needs is not set up, with what to do
 */
export const chooseEngine = (
  target: Target,
  options: EngineOptions,
  cluster: ClusterSettings | null,
): Promise<Engine> => engines[target.kind](options, cluster);

async function localRuntime(auditor: string | undefined): Promise<LocalRuntime> {
  if (auditor === undefined) return runtimeHome();
  return { ...(await findAuditor(auditor)), tools: suppliedTools(), scannerDir };
}
