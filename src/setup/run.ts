/** Runs one program to its end: an argument array, never a shell; output line by line to whoever shows progress. */
import { spawn } from "node:child_process";

export type Ran = {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  missing: boolean;
};

type Options = {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Milliseconds; the program is killed after it. */
  timeout?: number;
  /** The program is killed when it aborts. */
  signal?: AbortSignal | undefined;
  /** Called with every line of stdout and stderr as it comes. */
  line?: (line: string) => void;
};

/** Never throws for what the program does: a program that is not there is `missing`. Keeps the last 64 KiB of each stream. */
export function run(file: string, args: string[], options: Options = {}): Promise<Ran> {
  const keep = 64 * 1024;
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      stdio: ["ignore", "pipe", "pipe"],
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    // Not spawn's own timeout, whose timer keeps this process waiting when there is no such program.
    const timer =
      options.timeout === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), options.timeout);
    const abort = (): void => void child.kill("SIGKILL");
    const over = (): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", abort);
    };
    options.signal?.addEventListener("abort", abort, { once: true });
    if (options.signal?.aborted === true) abort();
    const text = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      let partial = "";
      child[stream].setEncoding("utf8").on("data", (data: string) => {
        text[stream] = (text[stream] + data).slice(-keep);
        if (options.line === undefined) return;
        const lines = (partial + data).split("\n");
        partial = (lines.pop() ?? "").slice(-keep);
        lines.forEach(options.line);
      });
    }
    child.on("error", (error: NodeJS.ErrnoException) => {
      over();
      resolve({
        code: null,
        signal: null,
        stdout: "",
        stderr: error.message,
        missing: error.code === "ENOENT",
      });
    });
    child.on("close", (code, signal) => {
      over();
      resolve({ code, signal, ...text, missing: false });
    });
  });
}

/** The last `count` lines that say something, for an error's details. */
export const lastLines = (text: string, count = 12): string[] =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-count);

/** How a person would type it. */
export const shown = (file: string, args: string[]): string =>
  [file, ...args]
    .map((word) => (/^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(" ");
