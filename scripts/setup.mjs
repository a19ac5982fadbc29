/**
 * Sets up a checkout on any Node from 20 on: npm packages (which bring the Node 24 that runs TypeScript as it stands), then what
 * `sidescan setup` brings. Quick when all is there. `--dev` adds what the Ruby tests need.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lock = join(root, "package-lock.json");
const stamp = join(root, "node_modules", ".sidescan-lock");
const node = join(root, "node_modules", ".bin", "node");
const digest = createHash("sha256").update(readFileSync(lock)).digest("hex");

if (!packagesAreCurrent()) {
  process.stderr.write("setup: installing npm packages\n");
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
}
// Where npm was told to run no install scripts, the `node` package is there without its program.
if (!nodeRuns()) run("npm", ["rebuild", "--ignore-scripts=false", "node"]);
if (!nodeRuns())
  fail(`${node} does not run.`, "npm must be allowed to run the install script of the package `node`");
// Whole or not at all, and only when it says something new: another set-up of this checkout that reads half a note would empty the packages.
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== digest) {
  writeFileSync(`${stamp}.${process.pid}`, digest);
  renameSync(`${stamp}.${process.pid}`, stamp);
}

run(node, [join(root, "src", "cli", "main.ts"), "setup", ...process.argv.slice(2)]);

/** By our own note; without one (someone ran npm by hand), by npm's note being newer than the lock. */
function packagesAreCurrent() {
  // A link leads to the packages of another checkout, which npm ci would empty.
  if (lstatSync(join(root, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink()) return true;
  if (existsSync(stamp)) return readFileSync(stamp, "utf8") === digest;
  const note = statSync(join(root, "node_modules", ".package-lock.json"), { throwIfNoEntry: false });
  return note !== undefined && note.mtimeMs >= statSync(lock).mtimeMs;
}

function nodeRuns() {
  return existsSync(stamp) || spawnSync(node, ["--version"], { stdio: "ignore" }).status === 0;
}

/** @param {string} file @param {string[]} args */
function run(file, args) {
  const ran = spawnSync(file, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (ran.error !== undefined)
    fail(`${file} cannot be started: ${ran.error.message}`, "is it installed and in PATH?");
  if (ran.status !== 0) process.exit(ran.status ?? 1);
}

/** @param {string} what @param {string} hint */
function fail(what, hint) {
  process.stderr.write(`setup: ${what}\n       ${hint}\n`);
  process.exit(3);
}
