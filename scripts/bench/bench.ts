/**
 * `npm run bench`: the figures that the README states, measured on this machine: probes through the transport, a whole scan against the
 * bare auditor, how fast the command line starts, what judging costs, and the memory of a scan; where KUBECONFIG names a cluster, also
 * a scan there. Ends with 1 when a figure is missed.
 */
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runtimeHome, runtimeRoot } from "../../src/setup/home.ts";
import { rubyEnv } from "../../src/setup/ruby.ts";
import { run } from "../../src/setup/run.ts";
import { buildDemoTarget } from "../demo/target.ts";
import { atLeast, atMost, type Figure } from "./figure.ts";
import { clusterFigures } from "./kubernetes.ts";
import { median, processorSeconds, timed } from "./measure.ts";
import { peakMemory } from "./memory.ts";
import { resultOf } from "./result.ts";

const repository = join(import.meta.dirname, "..", "..");
const home = runtimeHome();
if (home.tools === null) throw new Error("the supplied tools are missing: run `sidescan doctor`");
const env = { ...rubyEnv(), GEM_HOME: home.gemHome, GEM_PATH: home.gemHome };
const scratch = await mkdtemp(join(tmpdir(), "sidescan-bench-"));
const rootfs = join(runtimeRoot(), "demo", "rootfs");
const cli = join(repository, "dist", "cli.js");
const profile = join(repository, "demo", "profile");
const image = join(repository, "demo", "image-config.json");
const scanOptions = ["--image-config", image, "--run", "-p", profile, "--output", join(scratch, "results")];
const scanArgs = [cli, "scan", `dir:${rootfs}`, ...scanOptions];

try {
  await buildDemoTarget(rootfs);
  const figures = [
    ...(await probes()),
    ...(await scans()),
    ...(await commandLine()),
    ...(await againstSaf()),
    ...(await memory()),
    ...(await clusterFigures(scratch, say)),
  ];
  process.stdout.write("\n");
  for (const { what, measured, limit, met } of figures)
    process.stdout.write(`${met ? "met   " : "MISSED"}  ${what.padEnd(52)}${measured.padEnd(34)}${limit}\n`);
  process.exitCode = figures.every((figure) => figure.met) ? 0 : 1;
} finally {
  await rm(scratch, { recursive: true, force: true });
}

/** 1,000 mixed questions, through Train's local transport and through procroot. */
async function probes(): Promise<Figure[]> {
  say("1,000 mixed probes");
  const ran = await run(home.ruby, [join(import.meta.dirname, "probes.rb"), home.tools ?? ""], {
    env,
    cwd: scratch,
  });
  if (ran.code !== 0) throw new Error(`probes.rb ended with ${ran.code ?? ran.signal}: ${ran.stderr}`);
  const { questions, times, differ } = JSON.parse(ran.stdout.trim().split("\n").at(-1) ?? "") as {
    questions: Record<string, number>;
    times: Record<"local" | "procroot", Record<string, number>>;
    differ: unknown[];
  };
  const total = { local: 0, procroot: 0 };
  const ratios = new Map<string, number>();
  for (const [kind, count] of Object.entries(questions)) {
    const local = times.local[kind] ?? 0;
    const procroot = times.procroot[kind] ?? 0;
    total.local += local;
    total.procroot += procroot;
    ratios.set(kind, local / procroot);
    say(
      `  ${String(count).padStart(4)} ${kind.padEnd(26)}${ms(local)} local ${ms(procroot)} procroot  ${(local / procroot).toFixed(1)}x`,
    );
  }
  if (differ.length > 0) say(`  answered differently: ${JSON.stringify(differ.slice(0, 5))}`);
  const stat = ratios.get("stat with owner and mode") ?? 0;
  return [
    atLeast("probes: all, against Train's local transport", total.local / total.procroot, 10),
    atLeast("probes: stat with owner and mode", stat, 100),
  ];
}

/** The demo scan from the command line, against the bare auditor with its local transport on the same profile. */
async function scans(): Promise<Figure[]> {
  say("the demo scan against the bare auditor");
  const script =
    'require "inspec"; require "inspec/cli"; Inspec::InspecCLI.start(ARGV, enforce_license: false)';
  const bare = ["exec", profile, "--no-create-lockfile", "--reporter", `json:${join(scratch, "bare.json")}`];
  const bareEnv = { ...env, HOME: scratch };
  const times = { sidescan: [] as number[], bare: [] as number[] };
  for (let round = 0; round < 5; round += 1) {
    times.bare.push(
      await timed(home.ruby, ["-e", script, "--", ...bare], [100, 101, 0], { env: bareEnv, cwd: scratch }),
    );
    times.sidescan.push(await timed(process.execPath, scanArgs, [0], { cwd: scratch }));
  }
  const [ours, theirs] = [median(times.sidescan), median(times.bare)];
  say(`  sidescan ${ours.toFixed(2)} s, bare auditor ${theirs.toFixed(2)} s (medians of 5)`);
  return [atMost("demo scan, wall time against the bare auditor", ours / theirs, 1.3)];
}

async function commandLine(): Promise<Figure[]> {
  say("starting, and judging 1 MB");
  const times = { help: [] as number[], nothing: [] as number[] };
  for (let round = 0; round < 15; round += 1) {
    times.nothing.push(await timed(process.execPath, ["-e", "0"], [0]));
    times.help.push(await timed(process.execPath, [cli, "--help"], [0]));
  }
  const [help, nothing] = [median(times.help), median(times.nothing)];
  say(`  --help ${ms(help * 1000)}, node -e 0 ${ms(nothing * 1000)} (medians of 15)`);

  const { results, bytes } = await resultOf(1_000_000, scratch);
  const check = [cli, "check", results, "-t", join(repository, "demo", "threshold.yml")];
  const seconds: number[] = [];
  for (let round = 0; round < 5; round += 1)
    seconds.push(await processorSeconds(process.execPath, check, [0, 1]));
  say(`  check of ${bytes} bytes: ${median(seconds).toFixed(2)} s of processor time (median of 5)`);
  return [
    atMost("--help against node -e 0", help / nothing, 3),
    atMost("check of a 1 MB result, processor seconds", median(seconds), 0.5, " s"),
  ];
}

/** MITRE's own CLI on the same two files, in turns; it is no package of ours, so without it there is no figure. */
async function againstSaf(): Promise<Figure[]> {
  const saf = join(repository, ".sidescan", "saf", "bin", "saf");
  if (!existsSync(saf)) {
    say("check against MITRE's SAF CLI: skipped, it is not installed (node scripts/saf/install.mjs)");
    return [];
  }
  say("check against MITRE's SAF CLI");
  const { results } = await resultOf(1_000_000, scratch);
  const threshold = join(scratch, "threshold.yml");
  await writeFile(threshold, "failed: {total: {max: 100000}}\nerror: {total: {max: 0}}\n");
  const times = { ours: [] as number[], saf: [] as number[] };
  for (let round = 0; round < 7; round += 1) {
    times.ours.push(await timed(process.execPath, [cli, "check", results, "-t", threshold], [0]));
    const args = ["validate", "threshold", "--input", results, "--templateFile", threshold];
    times.saf.push(await timed(saf, args, [0], { cwd: scratch }));
  }
  const [ours, theirs] = [median(times.ours), median(times.saf)];
  say(`  sidescan check ${ms(ours * 1000)}, saf validate threshold ${ms(theirs * 1000)} (medians of 7)`);
  return [atLeast("check of 1 MB against saf validate threshold", theirs / ours, 20)];
}

async function memory(): Promise<Figure[]> {
  say("memory of a scan");
  const peak = await peakMemory(process.execPath, scanArgs, scratch);
  const parts = peak.processes.map(({ name, mebibytes }) => `${name} ${mebibytes}`).join(", ");
  say(`  at the peak, MiB: ${parts}`);
  const { results, bytes } = await resultOf(50_000_000, scratch);
  const threshold = join(repository, "demo", "threshold.yml");
  const check = await peakMemory(process.execPath, [cli, "check", results, "-t", threshold], scratch);
  say(`  check of ${bytes} bytes: ${check.mebibytes} MiB`);
  return [
    {
      what: "peak memory of check on a 50 MB result",
      measured: `${check.mebibytes} MiB (PSS)`,
      limit: "",
      met: true,
    },
    {
      what: "peak memory of all processes of a scan",
      measured: `${peak.mebibytes} MiB (PSS)`,
      limit: "",
      met: true,
    },
  ];
}

function ms(milliseconds: number): string {
  return `${milliseconds.toFixed(0)} ms`.padStart(8);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
