/**
 * A child process that speaks lines and lives no longer than this process: its standard input is a lifeline whose other end the
 * kernel closes when this process ends, however it ends.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { cannotScan, messageOf } from "../../errors.ts";
import { splitLines, withoutControls } from "../../protocol/lines.ts";
import type { AgentEnd } from "../../protocol/reader.ts";

const KEPT_LINES = 40;
const KEPT_CHARACTERS = 16_384;

/** A child that runs. */
export type Child = {
  lines: AsyncIterable<string>;
  /** What comes on descriptor 3; nothing without `channel`. */
  channel: AsyncIterable<string>;
  /** Settles when the process and its output have ended; never rejects. */
  ended: Promise<AgentEnd>;
  /** One line to its standard input, which stays open. */
  say: (line: string) => void;
  /** Ends it and waits until it is gone. @throws Error when it will not go */
  stop: () => Promise<void>;
};

/**
 * Starts a program in a session of its own, so that Ctrl-C on a terminal reaches only this process, which then cleans up in order.
 * @param register called with `stop` before anything can go wrong
 * @throws SidescanError (exit 3) when the program cannot be started
 */
export async function startChild(
  [program, ...args]: [string, ...string[]],
  env: NodeJS.ProcessEnv,
  register: (stop: () => Promise<void>) => void,
  { channel = false }: { channel?: boolean } = {},
): Promise<Child> {
  const child = spawn(program, args, {
    cwd: "/",
    detached: true,
    env,
    stdio: ["pipe", "pipe", "pipe", channel ? "pipe" : "ignore"],
  });
  const gone = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const stop = (): Promise<void> => stopChild(child, gone);
  register(stop);
  // Writing to a child that has just died is told by how it ended.
  child.stdin?.on("error", () => {});
  const stderr = lastLines(child.stderr as Readable);
  const ended = new Promise<AgentEnd>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal, stderr: stderr() }));
    child.once("error", (error) => resolve({ code: null, signal: null, stderr: [messageOf(error)] }));
  });
  try {
    await once(child, "spawn");
  } catch (error) {
    throw cannotScan(`Cannot start ${program}: ${messageOf(error)}`, { cause: error });
  }
  return {
    lines: splitLines(child.stdout as Readable),
    channel: splitLines((child.stdio[3] as Readable | null) ?? Readable.from([])),
    ended,
    say: (line) => void child.stdin?.write(`${line}\n`),
    stop,
  };
}

/** Closing the lifeline is the polite way, and the only one that also works after this process was killed. */
async function stopChild(child: ChildProcess, gone: Promise<void>): Promise<void> {
  child.stdin?.destroy();
  for (const stream of [child.stdout, child.stdio[3]]) (stream as Readable | null)?.destroy();
  if (await within(3000, gone)) return;
  kill(child);
  if (!(await within(3000, gone))) throw new Error(`process ${child.pid} does not end, even when killed`);
}

/** The whole process group: the child leads one. */
function kill(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
}

async function within(milliseconds: number, event: Promise<void>): Promise<boolean> {
  const timer = new AbortController();
  const late = delay(milliseconds, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([event.then(() => true), late]);
  } finally {
    timer.abort();
  }
}

function lastLines(stream: Readable): () => string[] {
  let text = "";
  stream.setEncoding("utf8");
  stream.on("data", (piece: string) => {
    text = (text + piece).slice(-KEPT_CHARACTERS);
  });
  return () =>
    text
      .split("\n")
      .map(withoutControls)
      .filter((line) => line !== "")
      .slice(-KEPT_LINES);
}
