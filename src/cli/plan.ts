/** `sidescan plan`: parses, calls plan(), prints. */
import type { Command } from "commander";
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
    const [{ plan }, { optionsOf }] = await Promise.all([import("../plan.ts"), import("./scan-run.ts")]);
    const planned = await plan(await optionsOf(target, flags));
    process.stdout.write(
      flags.json === true
        ? `${JSON.stringify(planned, null, 2)}\n`
        : planned.manifests.length > 0
          ? await asYaml(planned)
          : asText(planned),
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

async function asYaml(planned: ScanPlan): Promise<string> {
  const { stepComments, yamlOf } = await import("../engines/kubernetes/manifest/yaml.ts");
  return yamlOf(
    [
      `sidescan plan ${planned.target}`,
      ...planned.profiles.map(
        ({ name, version, sha256 }) =>
          `profile: ${[name, version].filter(Boolean).join(" ")}, sha256 ${sha256}`,
      ),
      "",
      ...stepComments(planned.steps),
      "",
      "scan creates these objects in this order. Its run id and expiry are its own, and every object after the first",
      "gets an owner reference to that one, whose uid is only known then: so all are gone when the first is.",
      "The Secret holds what the auditor is told, inputs and their files included, in base64, which hides nothing.",
    ],
    planned.manifests,
  );
}
