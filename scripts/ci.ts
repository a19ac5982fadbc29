/**
 * The second half of .ci/run: runs every suite and gate after `npm test`, however the others end, and adds them up. A gate such as lint
 * counts as one test. Argument: the exit code of `npm test`.
 */
import { spawn } from "node:child_process";
import { globSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { buildMeanwhile, installationsOver, testCluster } from "./ci/cluster.ts";
import { addUp, gateCounts, minitestCounts, vitestCounts, type Counts } from "./ci/counts.ts";
import {
  lastWords,
  minitestFailures,
  minitestSkips,
  retell,
  vitestFailures,
  type Failure,
} from "./ci/failures.ts";
import { present } from "./ci/program.ts";

const repository = join(import.meta.dirname, "..");
const scratch = join(repository, ".sidescan", "ci");
mkdirSync(scratch, { recursive: true });
const minutes = 60_000;
// As npm scripts have it: programs of the packages, and the Node that they need, come first.
const env: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${join(repository, "node_modules", ".bin")}:${process.env["PATH"] ?? ""}`,
};
const lines: { name: string; counts: Counts; note: string }[] = [];
const failures: Failure[] = [];

/** The process group of what runs now. */
let running: number | undefined;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.once(signal, () => {
    if (running !== undefined) process.kill(-running, "SIGKILL");
    process.exit(1);
  });

const built = buildMeanwhile(repository);
const npmTest = Number(process.argv[2] ?? 1);
suite("npm test", join(scratch, "npm-test.json"), npmTest, "what it printed is at the very beginning");

await gate("types", ["run", "types"]);
await gate("lint", ["run", "lint"]);
await gate("format", ["run", "format:check"]);
await gate("dead code", ["run", "dead"]);
await gate("package", ["run", "package-check"]);
if (await present("shellcheck", "The shell scripts are checked with it."))
  await gate("shell", ["run", "shell"]);
else skip("shell", "there is no shellcheck, and it cannot be installed from here");
await vitest("package installed elsewhere", "package");

await installationsOver();
const ruby = await minitest("ruby", ["test:ruby"]);
const rubocop = /^\d+ files inspected, no offenses detected$/mu.test(ruby);
note("rubocop", gateCounts(rubocop));
if (!rubocop) failures.push(lastWords("rubocop", ruby));

if (process.getuid?.() !== 0) skip("fidelity", "only root can put the auditor into a target");
else if (await present("mmdebstrap", "The fidelity suite makes roots of Debian with it."))
  await minitest("fidelity", ["test:fidelity", "--", "--ci"], 25);
else skip("fidelity", "there is no mmdebstrap, and it cannot be installed from here");

if (globSync("test/browser/**/*.test.ts", { cwd: repository }).length === 0)
  skip("browser", "there are no such tests yet");
else if (await present("chromium", "The browser tests need Chromium.")) await vitest("browser", "browser");
else skip("browser", "there is no Chromium, and it cannot be installed from here");

if (globSync("test/kubernetes/**/*.test.ts", { cwd: repository }).length === 0)
  skip("kubernetes", "there are no such tests yet");
else await kubernetes();

const told = retell(failures);
if (told.length > 0) process.stdout.write(`\nWhat failed:\n${told.join("\n")}\n`);
const total = addUp(lines.map((line) => line.counts));
process.stdout.write("\n");
for (const { name, counts, note: text } of lines) {
  const mark = counts.failed > 0 ? "FAILED" : "ok";
  process.stdout.write(
    `${mark.padEnd(7)}${name.padEnd(28)}${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped${text === "" ? "" : ` (${text})`}\n`,
  );
}
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed === 0 && npmTest === 0 ? 0 : 1;

async function gate(name: string, args: string[]): Promise<void> {
  const ran = await npm(args);
  note(name, gateCounts(ran.code === 0));
  if (ran.code !== 0) failures.push(lastWords(name, ran.output));
}

/** Last, since a cluster of this machine's own takes some ten minutes the first time. */
async function kubernetes(): Promise<void> {
  await built;
  const cluster = await testCluster(repository, run);
  if ("skip" in cluster) return skip("kubernetes", cluster.skip);
  try {
    if ("kubeconfig" in cluster) {
      env.KUBECONFIG = cluster.kubeconfig;
      await vitest("kubernetes", "kubernetes", 60);
    } else {
      note("kubernetes", gateCounts(false), cluster.failed);
      failures.push({ name: "kubernetes: no cluster to test on", message: [cluster.failed] });
    }
  } finally {
    cluster.down();
  }
}

async function vitest(name: string, project: string, limit = 15): Promise<void> {
  const file = join(scratch, `${project}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const program = join(repository, "node_modules", ".bin", "vitest");
  const ran = await run(program, ["run", "--project", project, ...reporters], limit);
  suite(name, file, ran.code ?? 1, ran.output);
}

/** Counts a vitest suite by its report, and keeps what failed; where the report names nothing, the end of its output has to do. */
function suite(name: string, report: string, code: number, output: string): void {
  const counts = vitestCounts(report, code);
  const failed = vitestFailures(report);
  note(name, counts);
  failures.push(...failed);
  if (counts.failed > 0 && failed.length === 0) failures.push(lastWords(name, output));
}

/** Counts what a Ruby suite says of itself in minitest's words; what it printed. RuboCop, which test:ruby runs too, is counted by its own words. */
async function minitest(name: string, script: string[], limit = 15): Promise<string> {
  const { code, output } = await run("npm", ["run", ...script], limit);
  const counts = minitestCounts(output);
  const unexplained = code !== 0 && counts.failed === 0 && !output.includes("== rubocop");
  const failed = minitestFailures(output);
  note(name, unexplained ? { ...counts, failed: 1 } : counts, minitestSkips(output).join("; "));
  failures.push(...failed);
  if (unexplained || (counts.failed > 0 && failed.length === 0)) failures.push(lastWords(name, output));
  return output;
}

function npm(args: string[]): Promise<{ code: number | null; output: string }> {
  return run("npm", args);
}

/** Shows what it prints as it comes; a suite that hangs is killed with all that it started. */
function run(file: string, args: string[], limit = 15): Promise<{ code: number | null; output: string }> {
  process.stdout.write(`\n$ ${[file.replace(`${repository}/`, ""), ...args].join(" ")}\n`);
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: repository,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    running = child.pid;
    const timer = setTimeout(() => {
      process.stdout.write(`did not end within ${limit} minutes: killed\n`);
      if (running !== undefined) process.kill(-running, "SIGKILL");
    }, limit * minutes);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        process.stdout.write(text);
      });
    child.on("error", ({ message }) => {
      process.stdout.write(`${message}\n`);
      resolve({ code: 1, output: message });
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      running = undefined;
      resolve({ code, output });
    });
  });
}

function note(name: string, counts: Counts, text = ""): void {
  lines.push({ name, counts, note: text });
}

function skip(name: string, why: string): void {
  process.stdout.write(`\n${name}: skipped, ${why}\n`);
  note(name, { passed: 0, failed: 0, skipped: 1 }, why);
}
