/** The local engine: this machine's own namespaces for a root directory, nothing at all for a process that already runs. */
import { isLocal, type LocalTarget, type Target } from "../../target/target.ts";
import type { Engine } from "../engine.ts";
import { deployDirectory } from "./directory.ts";
import { planLocally } from "./plan.ts";
import { deployProcess } from "./process.ts";
import type { LocalRuntime } from "./runtime.ts";

export function localEngine(runtime: LocalRuntime): Engine {
  return {
    name: "local",
    plan: async (target) => ({ steps: await planLocally(here(target)), manifests: [] }),
    deploy: (target, request, context) => {
      const local = here(target);
      return local.kind === "dir"
        ? deployDirectory(runtime, local, request, context)
        : deployProcess(runtime, local.pid, request, context);
    },
  };
}

function here(target: Target): LocalTarget {
  if (isLocal(target)) return target;
  throw new Error(`the local engine was given a target in a cluster: ${target.kind}`);
}
