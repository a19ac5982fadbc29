/** What a deployed agent says, as a Deployment: its log, how it ended, its stored files by exec, and the first thing that goes wrong. */
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { cannotScan, type SidescanError } from "../../errors.ts";
import { LinesLost } from "../../protocol/lines.ts";
import type { AgentEnd } from "../../protocol/reader.ts";
import type { TargetFacts } from "../../target/target.ts";
import type { Deployment, EngineContext } from "../engine.ts";
import type { Api } from "./api/client.ts";
import { execute } from "./api/exec.ts";
import { podTrouble } from "./failures.ts";
import { agentLog, logLost } from "./log.ts";
import type { ClusterOptions } from "./manifest/types.ts";
import { signalOf, statusOf, type Terminated } from "./pod-status.ts";
import { told, type Running } from "./start.ts";
import { explained } from "./api/refusals.ts";

/** Milliseconds that the pod's status may need to say why the agent lost its target. */
const STATUS_DELAY = 2000;

/**
 * @param agent the words that start the agent in its container
 * @param wait seconds in which the agent must have found the target, which runs
 */
export function listen(
  api: Api,
  running: Running,
  agent: string[],
  options: ClusterOptions,
  context: EngineContext,
  wait: number,
): Deployment {
  const { namespace, name, followed, cast } = running;
  const pod = { namespace, name, container: cast.scanner };
  const broken = new AbortController();
  const signal = AbortSignal.any([context.signal, broken.signal]);
  context.undo.defer("the connections to the pod", () => broken.abort(new Error("the scan is over")));
  let stored = false;
  // Once the result is stored, the target may go.
  const look = () =>
    running.removing ? null : podTrouble(followed.now(), stored ? { ...cast, target: "" } : cast);
  followed
    .until(look, signal)
    .then(async (trouble) => broken.abort(await told(api, running, trouble)))
    .catch((error: unknown) => broken.abort(error));

  const found = setTimeout(() => broken.abort(notFound(name, cast.target, wait)), wait * 1000);
  context.undo.defer("the wait for the target", () => clearTimeout(found));

  const wholeLog = new AbortController();
  const log = agentLog(api, pod, signal, () => scannerEnd(running) !== null);
  return {
    retrieve: options.retrieve,
    lines: lines(),
    ended: once(wholeLog.signal, "abort").then(() => ended(running, signal, log.stderr)),
    facts: () => factsOf(running),
    ...(options.retrieve === "logs"
      ? {}
      : {
          readStored: async (directory, file, take) => {
            try {
              const command = [...agent, "--print", file, "--results", directory];
              await execute(api, pod, command, signal, take);
              running.finished = true;
            } catch (error) {
              throw explained(error, { what: `read ${file} by exec`, namespace }, api.access);
            }
          },
        }),
  };

  async function* lines(): AsyncGenerator<string> {
    try {
      for await (const line of log.lines()) {
        if (/"event":"(?:identified|error)"/u.test(line.slice(0, 60))) clearTimeout(found);
        if (/"event":"stored"/u.test(line.slice(0, 60))) stored = true;
        if (targetLost.test(line)) await delay(STATUS_DELAY, undefined, { signal });
        if (/"event":"end"/u.test(line.slice(0, 60))) running.finished = true;
        yield line;
        if (stored && options.retrieve === "exec") return;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof LinesLost) throw stored && options.retrieve === "auto" ? error : logLost(error);
      throw explained(error, { what: `read the log of the pod ${name}`, namespace }, api.access);
    } finally {
      clearTimeout(found);
      wholeLog.abort();
    }
  }
}

const notFound = (pod: string, target: string, wait: number): SidescanError =>
  cannotScan(
    `The container ${target} of the pod ${pod} runs, but the scanner has not told within ${wait} s that it found it.`,
    {
      hint: "Allow more time with --wait; or look at the scanner's log and the pod's processes with --keep.",
    },
  );

/** An agent whose target went away sees that first, in one way or another; the pod's status says why. */
const targetLost =
  /^\{"v":\d+,"seq":\d+,"event":"error",.*"code":"(target-gone|target-not-found|auditor-failed|auditor-killed|internal)"/u;

function scannerEnd({ followed, cast }: Running): Terminated | null {
  const { pod, gone } = followed.now();
  return statusOf(pod, cast.scanner)?.state?.terminated ?? (gone ? { exitCode: 137 } : null);
}

/** From the container's status, which comes a moment after the log's end. */
async function ended(running: Running, signal: AbortSignal, stderr: () => string[]): Promise<AgentEnd> {
  const end = await running.followed.until(() => scannerEnd(running), signal).catch(() => null);
  const by = end === null ? null : signalOf(end);
  return { code: end === null || by !== null ? null : end.exitCode, signal: by, stderr: stderr() };
}

function factsOf({ namespace, name, followed, cast }: Running): TargetFacts {
  const { pod } = followed.now();
  const status = statusOf(pod, cast.target);
  const image = pod.spec?.containers.find((one) => one.name === cast.target)?.image;
  return {
    ...(image === undefined ? {} : { image }),
    ...(status?.imageID ? { imageID: status.imageID } : {}),
    namespace,
    pod: name,
    container: cast.target,
    ...(pod.spec?.nodeName === undefined ? {} : { node: pod.spec.nodeName }),
  };
}
