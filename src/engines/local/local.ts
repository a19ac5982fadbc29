/** The local engine: this machine's own namespaces for a root directory, nothing at all for a process that already runs. */
import type { Engine } from "../engine.ts";
import { deployDirectory } from "./directory.ts";
import { planLocally } from "./plan.ts";
import { deployProcess } from "./process.ts";
import type { LocalRuntime } from "./runtime.ts";

export type { LocalRuntime } from "./runtime.ts";

export function localEngine(runtime: LocalRuntime): Engine {
  return {
    name: "local",
    plan: planLocally,
    deploy: (target, request, context) =>
      target.kind === "dir"
        ? deployDirectory(runtime, target, request, context)
        : deployProcess(runtime, target.pid, request, context),
  };
}
