/** `sidescan scan`: parses, calls scan(), prints. */
import type { Command } from "commander";
import type { ExitCode } from "../errors.ts";
import { scanOptionsOf } from "./option-groups.ts";
import type { ScanFlags } from "./scan-options.ts";

export function registerScan(program: Command, done: (code: ExitCode) => void): void {
  const command = program
    .command("scan")
    .summary("audit a target; the main job")
    .description(
      "Audit a target with one or more profiles, judge it, write reports, and leave nothing behind.",
    );
  scanOptionsOf(command)
    .addHelpText(
      "after",
      `
Examples:
  sidescan scan dir:./rootfs -p ./profile
  sidescan scan dir:./rootfs --image-config config.json --run -p ./profile -t threshold.yml
  sidescan scan pid:1234 -p ./stig.tar.gz --input port=8080 --waiver-file waivers.yml --json
  sidescan scan registry/app:1.2 -p ./profile -t threshold.yml -n scans
  sidescan scan deployment/web -p ./profile -n shop
  sidescan scan pod/web-0 -c app -p ./profile -n shop`,
    )
    .action(async (target: string | undefined, flags: ScanFlags) => {
      const { runScan } = await import("./scan-run.ts");
      done(await runScan(target, flags));
    });
}
