/** What a scan would do, and why: every check of its input is made, and nothing is started. */
import { chooseEngine } from "./engines/choose.ts";
import type { PlanStep } from "./engines/engine.ts";
import { checkOptions, type ScanOptions } from "./options.ts";
import { prepare } from "./scan/prepare.ts";
import { Undo } from "./undo.ts";

export type ScanPlan = {
  target: string;
  engine: string;
  profiles: { name: string; version: string | null; source: string; sha256: string }[];
  steps: PlanStep[];
  /** Exactly the objects that a scan would create in a cluster, in that order; on this machine there are none. */
  manifests: object[];
};

const commandRules = {
  "read-only": {
    what: "commands: read-only, kept by the kernel (Landlock, seccomp)",
    why: "a profile's commands may look at the target and change nothing; where the kernel cannot keep it, they are refused",
  },
  any: {
    what: "commands: may write in the target",
    why: "the default in a throw-away pod, elsewhere --commands any",
  },
  none: { what: "commands: none; only what is answered natively", why: "--commands none" },
} satisfies Record<string, PlanStep>;

/** @throws SidescanError (exit code 2 or 3) for whatever would keep the scan from starting */
export async function plan(options: ScanOptions): Promise<ScanPlan> {
  const checked = checkOptions(options);
  const undo = new Undo();
  try {
    const prepared = await prepare(checked, undo);
    const engine = await chooseEngine(prepared.target, checked, prepared.cluster);
    const { steps, manifests } = await engine.plan(prepared.target, prepared.request);
    return {
      target: checked.target,
      engine: engine.name,
      profiles: prepared.profiles.map(({ name, version, source, sha256 }) => ({
        name,
        version,
        source,
        sha256,
      })),
      steps: [...steps, commandRules[prepared.request.commands]],
      manifests,
    };
  } finally {
    await undo.run();
  }
}
