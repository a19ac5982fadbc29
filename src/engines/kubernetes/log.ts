/**
 * A container's log as lines, followed from its start through broken connections: every event of the agent once, in its order, and
 * what is lost is told, never passed over. The agent's stderr, which comes in the same log, is kept apart.
 */
import { setTimeout as delay } from "node:timers/promises";
import { cannotScan, messageOf, type SidescanError } from "../../errors.ts";
import { LinesLost, splitLines, withoutControls } from "../../protocol/lines.ts";
import type { Api } from "./api/client.ts";
import { isRefusal, Refusal } from "./api/exchange.ts";
import { Silence, silenceAfter, untilSilent } from "./api/silence.ts";
import { unreachable } from "./api/unreachable.ts";

type AgentLog = {
  /** The agent's events as raw lines, until its last one, or until the container has ended and its log was read to the end. */
  lines: () => AsyncGenerator<string>;
  /** The last lines that were no events. */
  stderr: () => string[];
};

const KEPT_LINES = 20;
/** Milliseconds without any answer from the server until the log is given up. */
const PATIENCE = 60_000;

/** Milliseconds that a log may be silent when its container has ended: what it holds comes at once. */
const LAST_SILENCE = 5000;

const eventLine = /^\{"v":\d+,"seq":(\d+),"event":"(\w+)"/u;

/**
 * @param hasEnded whether the container is known to have ended, so that a log that stops has stopped for good
 */
export function agentLog(
  api: Api,
  pod: { namespace: string; name: string; container: string },
  signal: AbortSignal,
  hasEnded: () => boolean,
): AgentLog {
  const path = `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/log`;
  const stderr: string[] = [];
  let next = 0;
  /** Time of the last line, as the kubelet wrote it. */
  let last = "";
  let silent = 0;

  /** One connection's new lines. */
  async function* connection(): AsyncGenerator<{ line: string; event: string }> {
    const query: Record<string, string> = {
      container: pod.container,
      follow: "true",
      timestamps: "true",
      // It counts whole seconds, so some lines come again; those are known by their number or time.
      ...(last === "" ? {} : { sinceTime: `${last.slice(0, 19)}Z` }),
    };
    const resumedAt = last;
    const body = await api.stream(path, query, signal);
    const patient = silenceAfter(silent);
    const pieces = untilSilent(body, () => (hasEnded() ? LAST_SILENCE : patient));
    for await (const stamped of splitLines(pieces)) {
      const space = stamped.indexOf(" ");
      const [time, line] = [stamped.slice(0, space), stamped.slice(space + 1)];
      const found = eventLine.exec(line);
      if (found === null) {
        if (later(time, resumedAt)) remember(line);
      } else {
        const seq = Number(found[1]);
        if (seq < next) continue;
        if (seq > next) throw new LinesLost(`line ${next} of the agent is missing, ${seq} came`);
        next += 1;
        yield { line, event: found[2] ?? "" };
      }
      last = time;
    }
  }

  const remember = (line: string): void => {
    const text = withoutControls(line.slice(0, 2000));
    if (text === "") return;
    stderr.push(text);
    if (stderr.length > KEPT_LINES) stderr.shift();
  };

  async function* lines(): AsyncGenerator<string> {
    let failures = 0;
    let answered = performance.now();
    for (;;) {
      const ended = hasEnded();
      const before = next;
      try {
        for await (const { line, event } of connection()) {
          yield line;
          answered = performance.now();
          failures = 0;
          silent = 0;
          if (event === "end" || event === "error") return;
        }
        // A last look after the end is known, since a connection may have broken just before.
        if (ended && next === before) return;
        answered = performance.now();
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof LinesLost) throw error;
        if (error instanceof Silence) {
          // It was asked for with the end known, and has nothing more to say.
          if (ended && next === before) return;
          silent += 1;
          answered = performance.now();
          continue;
        }
        if (error instanceof Refusal && !isWaiting(error)) throw error;
        if (performance.now() - answered > PATIENCE)
          throw error instanceof Refusal ? error : unreachable(api.access, error);
      }
      failures += 1;
      await delay(Math.min(2000, 25 * 2 ** failures), undefined, { signal });
    }
  }

  return { lines, stderr: () => [...stderr] };
}

/** The container has not started yet, or its node does not answer: both may pass. */
const isWaiting = (error: Refusal): boolean =>
  error.code >= 500 || error.code === 429 || isRefusal(error, 400);

/** RFC 3339; runtimes differ in how many digits they give to fractions of a second. */
function later(one: string, other: string): boolean {
  return other === "" || digits(one) > digits(other);
}

const digits = (time: string): string =>
  time
    .replace(/Z$/u, "")
    .replace(/(?<=:\d\d)$/u, ".")
    .padEnd(29, "0");

/** The last lines of a container, as far as they can be had. */
export async function lastLines(
  api: Api,
  pod: { namespace: string; name: string; container: string },
  signal?: AbortSignal,
): Promise<string[]> {
  const given = AbortSignal.any([AbortSignal.timeout(3000), ...(signal === undefined ? [] : [signal])]);
  try {
    const body = await api.stream(
      `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/log`,
      { container: pod.container, tailLines: "20", limitBytes: "65536" },
      given,
    );
    const found: string[] = [];
    for await (const line of splitLines(body)) found.push(withoutControls(line.slice(0, 2000)));
    return found.filter((line) => line !== "").slice(-20);
  } catch (error) {
    return [`(its log cannot be read: ${messageOf(error)})`];
  }
}

/** The error (exit 3) of a result that only the log could have brought. */
export const logLost = (error: LinesLost): SidescanError =>
  cannotScan(`The log of the scanner lost something: ${error.message}.`, {
    hint: "It was rotated while the agent wrote. Allow reading the stored result by exec: --retrieve auto (needs pods/exec).",
  });
