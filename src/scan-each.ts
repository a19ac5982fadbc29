/** A pod or workload without a chosen container stands for all of its containers: one scan each, one after the other. */
import { chooseEngine } from "./engines/choose.ts";
import { clusterSettings } from "./engines/kubernetes/manifest/pod-options.ts";
import { exitCodes, messageOf, SidescanError, usageError, type ExitCode } from "./errors.ts";
import { checkOptions, type CheckedOptions, type ScanOptions } from "./options.ts";
import { plan, type ScanPlan } from "./plan.ts";
import { parseReporters } from "./reports/report.ts";
import { scan, type ScanContext, type ScanOutcome } from "./scan.ts";
import { targetOf } from "./scan/prepare.ts";

/** How the scan of one container ended; `container` is null for a target that is a single one. */
export type Scanned = { container: string | null } & ({ outcome: ScanOutcome } | { error: SidescanError });

/** What scanEach() would do. @throws SidescanError as plan() and it do */
export async function planEach(options: ScanOptions): Promise<ScanPlan[]> {
  const containers = await containersOf(checkOptions(options));
  if (containers.length < 2) return [await plan(options)];
  const planned: ScanPlan[] = [];
  for (const container of containers) planned.push(await plan({ ...options, container }));
  return planned;
}

/**
 * Audits every container that the target stands for. What goes wrong with one does not keep the others from being scanned, save an abort.
 * @param contextOf called before each scan, with the container, its number from 1, and how many there are
 * @throws SidescanError with exit code 2 or 3 when it cannot be known what to scan, and as scan() does for a single container
 */
export async function scanEach(
  options: ScanOptions,
  contextOf: (container: string | null, number: number, of: number) => ScanContext,
): Promise<Scanned[]> {
  const containers = await containersOf(checkOptions(options));
  const [only] = containers;
  if (containers.length < 2 || only === undefined)
    return [{ container: null, outcome: await scan(options, contextOf(null, 1, 1)) }];
  mustBeApart(options);
  const scanned: Scanned[] = [];
  for (const [index, container] of containers.entries()) {
    try {
      const one = { ...options, container, ...apart(options, container) };
      scanned.push({
        container,
        outcome: await scan(one, contextOf(container, index + 1, containers.length)),
      });
    } catch (error) {
      if (!(error instanceof SidescanError) || error.exitCode === exitCodes.interrupted) throw error;
      scanned.push({ container, error: named(container, error) });
    }
  }
  return scanned;
}

const named = (container: string, error: SidescanError): SidescanError =>
  new SidescanError(`Container ${container}: ${error.message}`, {
    exitCode: error.exitCode,
    details: error.details,
    ...(error.hint === null ? {} : { hint: error.hint }),
    cause: error,
  });

/** The exit code that says the most about all of them: what could not be scanned or judged outweighs what failed. */
export function worstExitCode(scanned: Scanned[]): ExitCode {
  const order: ExitCode[] = [0, 4, 1, 3, 2, 130];
  const codes = scanned.map((one) => ("outcome" in one ? one.outcome.exitCode : one.error.exitCode));
  return codes.reduce(
    (worst, code) => (order.indexOf(code) > order.indexOf(worst) ? code : worst),
    exitCodes.passed,
  );
}

/** Empty where the target is not several, or the user chose one. */
async function containersOf(options: CheckedOptions): Promise<string[]> {
  const target = targetOf(options);
  if ((target.kind !== "pod" && target.kind !== "workload") || target.container !== null) return [];
  const settings = clusterSettings(
    { ...options, overrides: undefined },
    { overrides: null, scannerImage: undefined, profileNames: [] },
  );
  const engine = await chooseEngine(target, options, settings);
  try {
    return (await engine.containersOf?.(target)) ?? [];
  } catch (error) {
    if (error instanceof SidescanError) throw error;
    throw new SidescanError(`Cannot find out which containers ${options.target} has: ${messageOf(error)}`, {
      exitCode: exitCodes.cannotScan,
      cause: error,
    });
  }
}

/** Reports on stdout one after the other are for people only. */
function mustBeApart({ reporters = [] }: ScanOptions): void {
  const joined = parseReporters(reporters).filter(({ name, file }) => file === null && name !== "cli");
  if (joined.length > 0)
    throw usageError(
      `The target has several containers, and reports of ${joined.map(({ name }) => name).join(", ")} would follow each other on stdout.`,
      "Choose one with --container, or give the reports files: --reporter NAME:FILE",
    );
}

/** A file named for all of them gets each container's name, before its extension. */
const apart = ({ reporters }: ScanOptions, container: string): Pick<ScanOptions, "reporters"> =>
  reporters === undefined
    ? {}
    : {
        reporters: parseReporters(reporters).map(({ name, file }) =>
          file === null
            ? name
            : `${name}:${file.replace(/(\.[^./]*)?$/u, (extension) => `.${container}${extension}`)}`,
        ),
      };
