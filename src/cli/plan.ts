/** `sidescan plan`: parses, calls plan(), prints. */
import type { Command } from "commander";
import type { PlanStep } from "../engines/engine.ts";
import type { ExitCode } from "../errors.ts";
import type { ScanPlan } from "../plan.ts";
import { scanOptionsOf } from "./option-groups.ts";
import type { ScanFlags } from "./scan-options.ts";
import { painter } from "./terminal.ts";

export function registerPlan(program: Command, done: (code: ExitCode) => void): void {
  const command = program
    .command("plan")
    .summary("what scan would do, and why")
    .description(
      "Check everything that scan would need, and tell what it would make and why; nothing is started. For a target in a cluster: the objects that scan would create, as YAML that kubectl reads, with the reasons as comments.",
    );
  scanOptionsOf(command).action(async (target: string | undefined, flags: ScanFlags) => {
    const [{ planEach }, { optionsOf }, yaml] = await Promise.all([
      import("../scan-each.ts"),
      import("./scan-run.ts"),
      import("../engines/kubernetes/manifest/yaml.ts"),
    ]);
    const asYaml = (one: ScanPlan): string => yaml.yamlOf(commentsOf(one, yaml.stepComments), one.manifests);
    const planned = await planEach(await optionsOf(target, flags));
    process.stdout.write(
      flags.json === true
        ? `${JSON.stringify(planned.length === 1 ? planned[0] : planned, null, 2)}\n`
        : planned.map((one) => (one.manifests.length > 0 ? asYaml(one) : asText(one))).join("---\n"),
    );
    done(0);
  });
}

function asText(planned: ScanPlan): string {
  const paint = painter(process.stdout);
  const line = (what: string, why: string): string => `${what}\n    ${paint("dim", why)}\n`;
  return [
    line(paint("bold", planned.target), `engine: ${planned.engine}`),
    ...planned.profiles.map(({ name, version, sha256 }) =>
      line(`profile: ${[name, version].filter(Boolean).join(" ")}`, `sha256 ${sha256}`),
    ),
    ...planned.steps.map(({ what, why }) => line(what, why)),
  ].join("");
}

const commentsOf = (planned: ScanPlan, stepComments: (steps: PlanStep[]) => string[]): string[] => [
  `sidescan plan ${planned.target}`,
  ...planned.profiles.map(
    ({ name, version, sha256 }) => `profile: ${[name, version].filter(Boolean).join(" ")}, sha256 ${sha256}`,
  ),
  "",
  ...stepComments(planned.steps),
  "",
  "scan creates these objects in this order. Its run id and expiry are its own, and every object after the first",
  "gets an owner reference to that one, whose uid is only known then: so all are gone when the first is.",
  "The Secret holds what the auditor is told, inputs and their files included, in base64, which hides nothing.",
];
