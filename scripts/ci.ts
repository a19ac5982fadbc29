/**
 * The second half of .ci/run: runs every suite and gate after `npm test`, however the others end, and adds them up. A gate such as lint
 * counts as one test. Argument: the exit code of `npm test`.
 */
import { spawn } from "node:child_process";
import { globSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { addUp, gateCounts, minitestCounts, vitestCounts, type Counts } from "./ci/counts.ts";
import { present } from "./ci/program.ts";

const repository = join(import.meta.dirname, "..");
const scratch = join(repository, ".sidescan", "ci");
mkdirSync(scratch, { recursive: true });
const minutes = 60_000;
// As npm scripts have it: programs of the packages, and the Node that they need, come first.
const env = {
  ...process.env,
  PATH: `${join(repository, "node_modules", ".bin")}:${process.env["PATH"] ?? ""}`,
};
const lines: { name: string; counts: Counts; note: string }[] = [];

const npmTest = Number(process.argv[2] ?? 1);
note("npm test", vitestCounts(join(scratch, "npm-test.json"), npmTest));

await gate("types", ["run", "types"]);
await gate("lint", ["run", "lint"]);
await gate("format", ["run", "format:check"]);
await gate("dead code", ["run", "dead"]);
await gate("package", ["run", "package-check"]);
if (await present("shellcheck", "The shell scripts are checked with it."))
  await gate("shell", ["run", "shell"]);
else skip("shell", "there is no shellcheck, and it cannot be installed from here");
await vitest("package installed elsewhere", "package");

const ruby = await npm(["run", "test:ruby"]);
note("ruby", minitestCounts(ruby.output));
note("rubocop", gateCounts(/^\d+ files inspected, no offenses detected$/mu.test(ruby.output)));

if (globSync("test/browser/**/*.test.ts", { cwd: repository }).length === 0)
  skip("browser", "there are no such tests yet");
else if (await present("chromium", "The browser tests need Chromium.")) await vitest("browser", "browser");
else skip("browser", "there is no Chromium, and it cannot be installed from here");

if (globSync("test/kubernetes/**/*.test.ts", { cwd: repository }).length === 0)
  skip("kubernetes", "there are no such tests yet");
else if (process.env["KUBECONFIG"] === undefined) skip("kubernetes", "KUBECONFIG names no cluster");
else await vitest("kubernetes", "kubernetes");

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
}

async function vitest(name: string, project: string): Promise<void> {
  const file = join(scratch, `${project}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const ran = await run(join(repository, "node_modules", ".bin", "vitest"), [
    "run",
    "--project",
    project,
    ...reporters,
  ]);
  note(name, vitestCounts(file, ran.code ?? 1));
}

function npm(args: string[]): Promise<{ code: number | null; output: string }> {
  return run("npm", args);
}

/** Shows what it prints as it comes; a suite that hangs is killed with all that it started. */
function run(file: string, args: string[]): Promise<{ code: number | null; output: string }> {
  process.stdout.write(`\n$ ${[file.replace(`${repository}/`, ""), ...args].join(" ")}\n`);
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: repository,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const timer = setTimeout(() => {
      process.stdout.write("did not end within 15 minutes: killed\n");
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }, 15 * minutes);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        process.stdout.write(text);
      });
    child.on("error", (error) => resolve({ code: 1, output: error.message }));
    child.on("close", (code) => {
      clearTimeout(timer);
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
