/** Waiting until scanner and target run, and telling meanwhile what takes time, or at once why they never will. */
import { setTimeout as delay } from "node:timers/promises";
import { cannotScan, type SidescanError } from "../../errors.ts";
import type { AuditRequest, EngineContext } from "../engine.ts";
import type { Api } from "./api/client.ts";
import { explained } from "./api/refusals.ts";
import { podTrouble } from "./failures.ts";
import type { Cast, Trouble } from "./failures/trouble.ts";
import { schedulingTrouble, unschedulable } from "./failures/whole-pod.ts";
import type { Followed, Sight } from "./follow.ts";
import { lastLines } from "./log.ts";
import type { V1Pod } from "./manifest/api.ts";
import type { ClusterOptions } from "./manifest/types.ts";
import { statusOf } from "./pod-status.ts";

/** A pod with scanner and target, from when it is there until it is undone. */
export type Running = {
  namespace: string;
  name: string;
  followed: Followed;
  cast: Cast;
  /** The agent's last word has just come from its node. */
  finished: boolean;
  /** It is being deleted by us. */
  removing: boolean;
};

/** Until scanner and target run. @throws SidescanError (exit 3) as soon as it is known that they will not */
export async function started(
  api: Api,
  running: Running,
  request: AuditRequest,
  options: ClusterOptions,
  context: EngineContext,
): Promise<void> {
  const { followed, cast } = running;
  const waiting = new AbortController();
  const signal = AbortSignal.any([context.signal, waiting.signal]);
  const tell = teller(running, context.notice);
  const settled = followed.until<"started" | Trouble>((sight) => {
    tell(sight);
    const trouble = podTrouble(sight, cast);
    if (trouble !== null) return trouble;
    if (options.scheduleWait === 0) {
      const said = unschedulable(sight);
      if (said !== null) return schedulingTrouble(sight.pod, said, 0);
    }
    return isStarted(sight.pod, cast, options.waitReady) ? "started" : null;
  }, signal);
  try {
    const outcome = await Promise.race([settled, patience(running, request, options, signal)]);
    if (outcome !== "started") throw await told(api, running, outcome);
  } catch (error) {
    const { namespace, name } = running;
    throw explained(error, { what: `follow the pod ${name}`, namespace }, api.access);
  } finally {
    waiting.abort();
    settled.catch(() => {});
  }
}

/** @param ready whether the target must be ready, too */
export function isStarted(pod: V1Pod, { scanner, target }: Cast, ready: boolean): boolean {
  const [ours, theirs] = [statusOf(pod, scanner), statusOf(pod, target)];
  const begun = ours?.state?.running !== undefined || ours?.state?.terminated !== undefined;
  return begun && theirs?.state?.running !== undefined && (!ready || theirs.ready);
}

/**
 * How long nothing may happen. A pod that no node takes has its own limit; while an image is pulled, which may take long and says
 * nothing meanwhile, the limit is that of the whole audit.
 */
async function patience(
  { followed, cast }: Running,
  request: AuditRequest,
  options: ClusterOptions,
  signal: AbortSignal,
): Promise<Trouble> {
  let seen = followed.now().pod.metadata?.resourceVersion;
  let events = followed.now().events.length;
  let since = performance.now();
  for (;;) {
    await delay(250, undefined, { signal });
    const sight = followed.now();
    const version = sight.pod.metadata?.resourceVersion;
    const waited = (performance.now() - since) / 1000;
    const said = unschedulable(sight);
    if (said !== null) {
      if (options.scheduleWait > 0 && waited > options.scheduleWait)
        return schedulingTrouble(sight.pod, said, options.scheduleWait);
      continue;
    }
    if (version !== seen || sight.events.length !== events) {
      [seen, events, since] = [version, sight.events.length, performance.now()];
      continue;
    }
    const limit = isPulling(sight) ? Math.max(request.timeout, request.wait) : request.wait;
    if (waited > limit) return silence(sight, cast, limit);
  }
}

/** Where events may not be read, every pause may be a pull. */
const isPulling = ({ events }: Sight): boolean =>
  events.length === 0 || events.findLast(({ reason }) => reason?.startsWith("Pull"))?.reason === "Pulling";

function silence({ pod, events }: Sight, cast: Cast, limit: number): Trouble {
  const last = events.findLast(({ type }) => type === "Warning");
  const late = [cast.scanner, cast.target].filter(
    (name) => statusOf(pod, name)?.state?.running === undefined,
  );
  return {
    message: `The pod ${pod.metadata?.name} did not start within ${limit} s: ${late.join(" and ") || "its target is not ready"}.`,
    details: last === undefined ? [] : [`${last.reason}: ${last.message}`],
    hint: "Allow more time with --wait, or look at the pod with --keep.",
  };
}

/** A cause as the user is told it, with the last lines of the container that it is about. */
export async function told(
  api: Api,
  { namespace, name }: { namespace: string; name: string },
  { message, hint, details = [], logsOf }: Trouble,
): Promise<SidescanError> {
  const lines = logsOf === undefined ? [] : await lastLines(api, { namespace, name, container: logsOf });
  return cannotScan(message, { details: [...details, ...lines], ...(hint === undefined ? {} : { hint }) });
}

/** What takes time is told while it does. */
function teller({ namespace, name }: Running, notice: EngineContext["notice"]): (sight: Sight) => void {
  const said = new Set<string>();
  const once = (text: string): void => {
    if (said.has(text)) return;
    said.add(text);
    notice("info", text);
  };
  return (sight) => {
    const node = sight.pod.spec?.nodeName;
    if (node !== undefined) once(`Pod ${namespace}/${name} on node ${node}`);
    const waiting = unschedulable(sight);
    if (waiting !== null) once(`Waiting for a node: ${waiting}`);
    for (const { reason, message = "", type } of sight.events) {
      if (reason === "Pulling" || (reason === "Pulled" && message.startsWith("Successfully"))) once(message);
      else if (type === "Warning" && reason === "FailedCreatePodSandBox") once(message);
      else if (/^(TriggeredScaleUp|NotTriggerScaleUp)$/u.test(reason ?? "")) once(message);
    }
  };
}
