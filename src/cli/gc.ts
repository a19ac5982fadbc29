/** `sidescan gc`: parses, calls collectGarbage(), prints. */
import { InvalidArgumentError, type Command } from "commander";
import { exitCodes, SidescanError, type ExitCode } from "../errors.ts";
import { print, printError } from "./terminal.ts";

type GcFlags = {
  namespace?: string;
  allNamespaces?: boolean;
  context?: string;
  kubeconfig?: string;
  olderThan?: number;
  dryRun?: boolean;
  json?: boolean;
};

export function registerGc(program: Command, done: (code: ExitCode) => void): void {
  program
    .command("gc")
    .summary("remove what crashed runs left in a cluster")
    .description(
      "Remove runs that have expired: pods, Secrets and ConfigMaps that carry sidescan's labels, and nothing else. A run that may still be going on is left alone.",
    )
    .option("-n, --namespace <name>", "where to look (default: the context's namespace)")
    .option("-A, --all-namespaces", "look in all of them")
    .option("--context <name>", "context of the kubeconfig")
    .option("--kubeconfig <file>", "kubeconfig file")
    .option(
      "--older-than <duration>",
      "runs that are over and this old too, although they have not expired: 90s, 30m, 1h, 2d",
      duration,
    )
    .option("--dry-run", "only say what would be removed")
    .option("--json", "print one JSON document on stdout")
    .action(async (flags: GcFlags) => {
      const { collectGarbage } = await import("../engines/kubernetes/gc.ts");
      const { dryRun = false, allNamespaces = false, olderThan = null, json = false } = flags;
      const { found, remains, unseen } = await collectGarbage({ ...flags, dryRun, allNamespaces, olderThan });
      if (json) {
        const document = { [dryRun ? "wouldRemove" : "removed"]: found, remains, unseen };
        process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
      } else {
        for (const { kind, namespace, name, age, why } of found)
          print(
            process.stdout,
            `${dryRun ? "would remove" : "removed"} ${kind} ${namespace}/${name} (${why}, ${age} s old)\n`,
          );
        if (found.length === 0) print(process.stdout, "There is nothing to remove.\n");
      }
      for (const plural of unseen)
        print(process.stderr, `! ${plural} may not be listed here; those of a run go with its pod.\n`);
      if (remains.length > 0)
        printError(
          new SidescanError("Not everything could be removed.", {
            exitCode: exitCodes.cleanupIncomplete,
            details: remains.map(({ what, why }) => `${what}: ${why}`),
          }),
          false,
        );
      done(remains.length > 0 ? exitCodes.cleanupIncomplete : exitCodes.passed);
    });
}

const units: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function duration(text: string): number {
  const found = /^(\d+(?:\.\d+)?)([smhd])$/u.exec(text);
  if (found === null) throw new InvalidArgumentError("It is a duration such as 90s, 30m, 1h or 2d.");
  return Number(found[1]) * (units[found[2] ?? ""] ?? 0);
}
