/**
 * One set-up at a time per folder. The lock is the kernel's, held by flock(1) of util-linux: it ends with the process that holds it,
 * however that ends, so there is never a stale one to guess about.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cannotScan } from "../errors.ts";

/** Does `work` under the lock on `file` (made when missing); `waiting` is called once when another process holds it. */
export async function locked<T>(file: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  // `cat` answers as soon as flock lets it run, and ends with its stdin: when we close it, or when we die.
  const holder = spawn("flock", ["--exclusive", file, "cat"], { stdio: ["pipe", "pipe", "inherit"] });
  const failed = new Promise<never>((_, reject) => {
    holder.on("error", (error) =>
      reject(
        cannotScan(`The set-up cannot be locked: ${error.message}`, { hint: "Install util-linux (flock)." }),
      ),
    );
    holder.on("exit", (code) =>
      reject(cannotScan(`The set-up cannot be locked: flock ${file} ended with ${code}.`)),
    );
  });
  failed.catch(() => undefined);
  holder.stdin.on("error", () => undefined);
  holder.stdin.write("\n");
  const slow = setTimeout(waiting, 500);
  try {
    await Promise.race([once(holder.stdout, "data"), failed]);
  } finally {
    clearTimeout(slow);
  }
  try {
    return await work();
  } finally {
    const ended = once(holder, "exit");
    holder.stdin.end();
    if (holder.exitCode === null && holder.signalCode === null) await ended;
  }
}
