/** How many tests passed, failed and were skipped, from what each kind of suite says of itself. Silence is a failure. */
import { readFileSync } from "node:fs";

export type Counts = { passed: number; failed: number; skipped: number };

export const gateCounts = (passed: boolean): Counts => ({
  passed: passed ? 1 : 0,
  failed: passed ? 0 : 1,
  skipped: 0,
});

type VitestFile = { status: string; assertionResults: { status: string }[] };

/** From a file of `--reporter=json`. A file that could not be loaded, or an exit code that nothing explains, counts as one failure. */
export function vitestCounts(file: string, exitCode: number): Counts {
  let results: VitestFile[];
  try {
    results = (JSON.parse(readFileSync(file, "utf8")) as { testResults: VitestFile[] }).testResults;
  } catch {
    return gateCounts(false);
  }
  const counts = addUp(
    results.map(({ status, assertionResults }) => {
      const count = (...of: string[]): number =>
        assertionResults.filter((test) => of.includes(test.status)).length;
      const failed = count("failed");
      return {
        passed: count("passed"),
        failed: failed === 0 && status === "failed" ? 1 : failed,
        skipped: count("skipped", "pending", "todo", "disabled"),
      };
    }),
  );
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** From what minitest prints; several suites may have run. */
export function minitestCounts(output: string): Counts {
  const suites = [
    ...output.matchAll(/^(\d+) runs, \d+ assertions, (\d+) failures, (\d+) errors, (\d+) skips$/gmu),
  ];
  const begun = [...output.matchAll(/^== minitest /gmu)].length;
  const counts = addUp(
    suites.map((match) => {
      const [runs = 0, failures = 0, errors = 0, skips = 0] = match.slice(1).map(Number);
      return { passed: runs - failures - errors - skips, failed: failures + errors, skipped: skips };
    }),
  );
  // One that began and never summed up, or none at all.
  return { ...counts, failed: counts.failed + (begun === 0 ? 1 : begun - suites.length) };
}

export const addUp = (all: Counts[]): Counts =>
  all.reduce(
    (sum, { passed, failed, skipped }) => ({
      passed: sum.passed + passed,
      failed: sum.failed + failed,
      skipped: sum.skipped + skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
