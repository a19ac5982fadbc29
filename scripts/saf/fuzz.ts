/**
 * Holds `checkThreshold` against MITRE's own SAF CLI on made-up pairs: same verdict and same first violation in SAF mode; in strict mode no
 * pass that SAF does not give. Needs `npm run saf`. Arguments: how many pairs (5000), seed (by the clock). Ends with 1 on a disagreement.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as fc from "fast-check";
import { checkThreshold } from "../../src/thresholds/check.ts";
import { pairs } from "./pairs.ts";

const saf = join(import.meta.dirname, "..", "..", ".sidescan", "saf", "node_modules", "@mitre", "saf");
if (!existsSync(saf)) {
  process.stderr.write("SAF is not installed: run `node scripts/saf/install.mjs`\n");
  process.exit(3);
}
const wanted = Number(process.argv[2] ?? 5_000);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const folder = await mkdtemp(join(tmpdir(), "sidescan-saf-"));
const oracle = spawn(process.execPath, [join(import.meta.dirname, "oracle.cjs"), saf, folder], {
  stdio: ["pipe", "pipe", "inherit"],
});
const answers = createInterface({ input: oracle.stdout })[Symbol.asyncIterator]();

const verdicts = { pass: 0, fail: 0, none: 0 };
const differ: unknown[] = [];
try {
  for (const pair of fc.sample(pairs, { numRuns: wanted, seed })) {
    const results = join(folder, "results.json");
    const threshold = join(folder, "threshold.yml");
    await Promise.all([writeFile(results, pair.results), writeFile(threshold, pair.threshold)]);
    oracle.stdin.write(`${JSON.stringify({ results, threshold })}\n`);
    const { value } = (await answers.next()) as { value: string };
    const theirs = JSON.parse(value) as { verdict: "pass" | "fail" | "none"; message?: string };
    verdicts[theirs.verdict] += 1;
    const ours = checkThreshold(pair.results, pair.threshold, { mode: "saf" });
    const strict = checkThreshold(pair.results, pair.threshold);
    const message = ours.violations[0]?.message;
    const same = ours.verdict === theirs.verdict && (theirs.verdict !== "fail" || message === theirs.message);
    const milder = strict.verdict === "pass" && theirs.verdict !== "pass";
    if (!same || milder)
      differ.push({
        theirs,
        ours: { verdict: ours.verdict, message, error: ours.error },
        strict: strict.verdict,
        ...pair,
      });
  }
} finally {
  oracle.stdin.end();
  await rm(folder, { recursive: true, force: true });
}
for (const one of differ.slice(0, 10)) process.stdout.write(`${JSON.stringify(one, null, 1)}\n`);
process.stdout.write(
  `${wanted} pairs, seed ${seed}: SAF says pass ${verdicts.pass}, fail ${verdicts.fail}, none ${verdicts.none}; ${differ.length} differ\n`,
);
process.exitCode = differ.length === 0 ? 0 : 1;
