/** Runs the Ruby half's checks: each minitest suite in a process of its own, then RuboCop. Ends with 1 when any of them failed. */
import { spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { runtimeHome } from "../src/setup/home.ts";
import { rubyEnv } from "../src/setup/ruby.ts";

const home = runtimeHome();
const repository = join(import.meta.dirname, "..");
const env = { ...rubyEnv(), GEM_HOME: home.gemHome, GEM_PATH: home.gemHome };
if (!existsSync(join(home.gemHome, "bin", "rubocop")))
  throw new Error("the gems of the tests are missing: run `npm run setup -- --dev`");

const only = process.argv.slice(2);
const failed: string[] = [];
for (const suite of ["train-procroot", "agent", "tools"]) {
  const folder = join(home.scannerDir, suite);
  const files = globSync("test/**/*_test.rb", { cwd: folder }).toSorted();
  if (files.length === 0 || (only.length > 0 && !only.includes(suite))) continue;
  // Minitest reads the same arguments: a skipped test says why.
  const load = "ARGV.grep(/_test[.]rb$/) { |file| require File.expand_path(file) }";
  check(`minitest ${suite}`, folder, ["-e", load, "--", ...files, "--show-skips"]);
}
if (only.length === 0 || only.includes("rubocop"))
  check("rubocop", repository, ["-S", "rubocop", "--format", "simple", "scanner", "demo/profile", "scripts"]);

if (failed.length > 0) process.stderr.write(`failed: ${failed.join(", ")}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;

function check(name: string, cwd: string, args: string[]): void {
  process.stdout.write(`== ${name}\n`);
  const path = `${join(home.gemHome, "bin")}:${process.env["PATH"] ?? ""}`;
  const ran = spawnSync(home.ruby, args, { cwd, env: { ...env, PATH: path }, stdio: "inherit" });
  if (ran.status !== 0) failed.push(name);
}
