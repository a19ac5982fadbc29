/** Which engine a target runs on. */
import { findAuditor } from "../setup/auditor.ts";
import { runtimeHome } from "../setup/home.ts";
import type { Target } from "../target/target.ts";
import type { Engine } from "./engine.ts";
import { localEngine } from "./local/local.ts";

export type EngineOptions = {
  /** An installed cinc-auditor or inspec to use instead of the pinned one: its name or path. */
  auditor?: string | undefined;
};

/** @throws SidescanError (exit code 3) when what the engine needs is not set up, with what to run */
export async function chooseEngine(target: Target, options: EngineOptions): Promise<Engine> {
  switch (target.kind) {
    case "dir":
    case "pid": {
      const home = runtimeHome();
      if (options.auditor === undefined) return localEngine(home);
      const { ruby, gemHome } = await findAuditor(options.auditor);
      return localEngine({ ...home, ruby, gemHome });
    }
  }
}
