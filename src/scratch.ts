/** Private temporary directories that are gone in the end, also when this process is killed and can remove nothing itself. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cannotScan, messageOf } from "./errors.ts";
import type { Undo } from "./undo.ts";

/**
 * The guard: it waits until its standard input ends, whose other end this process holds, and removes the directory "$1". What else
 * runs may still write into it, so it tries again.
 */
const guard = `trap '' INT TERM HUP
while read -r line; do :; done
tries=0
until rm -rf -- "$1" || [ "$tries" -ge 100 ]; do tries=$((tries + 1)); sleep 0.1; done`;

/**
 * Makes a directory that only this user can look into.
 * @throws SidescanError (exit code 3) when it cannot be made
 */
export async function scratchDirectory(undo: Undo): Promise<string> {
  const directory = join(tmpdir(), `sidescan-${process.pid}-${randomBytes(8).toString("hex")}`);
  try {
    // First its guard: there is no moment at which the directory would stay if we were killed.
    await startGuard(directory, undo);
    undo.defer("the scratch directory", () => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
    await mkdir(directory, { mode: 0o700 });
    return directory;
  } catch (error) {
    throw cannotScan(`Cannot make a scratch directory in ${tmpdir()}: ${messageOf(error)}`, {
      hint: "Free space there, or set TMPDIR to another directory.",
      cause: error,
    });
  }
}

async function startGuard(directory: string, undo: Undo): Promise<void> {
  const child = spawn("/bin/sh", ["-c", guard, "sidescan-guard", directory], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.stdin.on("error", () => {});
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  undo.defer("the guard of the scratch directory", async () => {
    child.stdin.destroy();
    if (child.pid !== undefined) await gone;
  });
  await once(child, "spawn");
}
