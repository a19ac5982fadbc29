/** `sidescan inject`: parses, calls injectScanner(), prints. */
import type { Command } from "commander";
import { usageError, type ExitCode } from "../errors.ts";
import type { ScanOptions } from "../options.ts";
import { accessOptionsOf, auditOptionsOf, limitOptionsOf } from "./option-groups.ts";
import type { ScanFlags } from "./scan-options.ts";

type InjectFlags = ScanFlags & { filename?: string };

export function registerInject(program: Command, done: (code: ExitCode) => void): void {
  const command = program
    .command("inject")
    .summary("a workload's manifest with the scanner in it")
    .description(
      "Print a workload's manifests with the scanner beside the target, and the ConfigMaps and Secret that it reads, for those who deploy them themselves. Each pod then audits itself when it starts; `sidescan scan pod/NAME` fetches the result.",
    )
    .requiredOption(
      "-f, --filename <file>",
      "manifests: YAML or JSON, several documents, Lists; - is standard input",
    );
  auditOptionsOf(command);
  accessOptionsOf(
    command.option("-c, --container <name>", "which container is audited, where there are several"),
  );
  limitOptionsOf(command)
    .option("--json", "print one List in JSON instead of YAML documents")
    .addHelpText(
      "after",
      `
Example:
  sidescan inject -f web.yaml -p ./profile | kubectl apply -f -`,
    )
    .action(async (flags: InjectFlags) => {
      const { filename = "-", ...rest } = flags;
      const [{ injectScanner, readManifests }, { optionsOf }, { stepComments, yamlOf }] = await Promise.all([
        import("../inject.ts"),
        import("./scan-run.ts"),
        import("../engines/kubernetes/manifest/yaml.ts"),
      ]);
      // A config file may name a target for scan; here the manifests do.
      const { target: _target, ...options } = await optionsOf("manifests", rest);
      if (filename === "-" && process.stdin.isTTY)
        throw usageError("There are no manifests on standard input.", "Name a file: -f workload.yaml");
      const { objects, steps } = await injectScanner(
        await readManifests(filename),
        filename === "-" ? "standard input" : filename,
        options satisfies Omit<ScanOptions, "target">,
      );
      process.stdout.write(
        flags.json === true
          ? `${JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }, null, 2)}\n`
          : yamlOf(
              [
                ...stepComments(steps),
                "",
                "The Secret holds what the auditor is told, inputs and their files included, in base64, which hides nothing.",
              ],
              objects,
            ),
      );
      done(0);
    });
}
