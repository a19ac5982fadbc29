/** Removing the objects of a run until it is known that none of them is there, or told what remains. */
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../errors.ts";
import type { Remains } from "../../undo.ts";
import type { Api } from "./api/client.ts";
import { isRefusal } from "./api/exchange.ts";
import type { Followed } from "./follow.ts";
import type { V1Pod } from "./manifest/api.ts";
import { runLabel } from "./manifest/labels.ts";
import { wordsOf, type Thing } from "./objects.ts";

/** Milliseconds for the whole cleanup of a run, also while the server cannot be reached. */
export const CLEANUP_BUDGET = 30_000;

/** What else is known of the pod when it is removed. */
export type Cleanup = {
  /** The pod's watch, when there is one. */
  followed: Followed | null;
  /** Its node has just been heard, and will stop the containers of a pod that is no more. */
  nodeAlive: boolean;
};

/**
 * Deletes everything that may exist, all at once, and sees to it that it is gone.
 * @returns what remains
 */
export async function removeAll(api: Api, things: Thing[], run: string, pod: Cleanup): Promise<Remains[]> {
  const until = AbortSignal.timeout(CLEANUP_BUDGET - 2000);
  await soon(Promise.all(things.flatMap(({ pending }) => pending ?? [])), CLEANUP_BUDGET / 2);
  const possible = things.filter(({ state }) => state === "asked" || state === "there");
  const remains = await Promise.all(
    possible.map(async (thing): Promise<Remains[]> => {
      try {
        if (thing.kind === "Pod") await removePod(api, thing, run, pod, until);
        else await removePlain(api, thing, until);
        return [];
      } catch (error) {
        return [{ what: wordsOf(thing), why: whyNot(error, until, thing) }];
      }
    }),
  );
  return remains.flat();
}

async function soon(work: Promise<unknown>, milliseconds: number): Promise<void> {
  const done = new AbortController();
  const late = delay(milliseconds, undefined, { signal: done.signal }).catch(() => {});
  await Promise.race([work, late]);
  done.abort();
}

function whyNot(error: unknown, until: AbortSignal, { kind, name, path }: Thing): string {
  const namespace = path.split("/").at(-2);
  const self = `kubectl delete ${kind.toLowerCase()} ${name} --namespace ${namespace}`;
  const why = until.aborted ? "it was still there after 30 s" : messageOf(error);
  return `${why}; remove it with: ${self}`;
}

/** Without rights to look at Secrets: a second delete that finds nothing is the proof. */
async function removePlain(api: Api, thing: Thing, signal: AbortSignal): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await api.call("DELETE", `${thing.path}/${thing.name}`, { signal, patience: CLEANUP_BUDGET });
    } catch (error) {
      if (!isRefusal(error, 404)) throw error;
      // A create whose answer was lost may be carried out a moment later.
      if (tries > 0 || thing.state === "there") return;
      await delay(500, undefined, { signal });
    }
    if (tries > 0) await delay(Math.min(1000, 50 * 2 ** tries), undefined, { signal });
  }
}

/** With a grace of its own, and at once when every container has stopped: the kubelet itself takes seconds more to say so. */
async function removePod(
  api: Api,
  thing: Thing,
  run: string,
  { followed, nodeAlive }: Cleanup,
  signal: AbortSignal,
): Promise<void> {
  const uid = thing.uid ?? (await uidOfLost(api, thing, run, signal));
  if (uid === null) return;
  const remove = (gracePeriodSeconds: number): Promise<boolean> =>
    deletePod(api, thing, uid, gracePeriodSeconds, signal);
  if (!(await remove(nodeAlive ? 0 : 1))) return;
  const seen = await followed
    ?.until(({ pod, gone }) => (gone ? "gone" : hasStopped(pod) && !nodeAlive ? "stopped" : null), signal)
    .catch(() => "unseen");
  if (seen === "gone") return;
  if (seen === "stopped" && !(await remove(0))) return;
  for (let tries = 0; ; tries += 1) {
    const found = await readPod(api, thing, signal);
    if (found?.metadata?.uid !== uid) return;
    if (hasStopped(found)) await remove(0);
    await delay(Math.min(1000, 50 * 2 ** tries), undefined, { signal });
  }
}

/** False when it is gone already. */
async function deletePod(
  api: Api,
  { path, name }: Thing,
  uid: string,
  gracePeriodSeconds: number,
  signal: AbortSignal,
): Promise<boolean> {
  const body = {
    apiVersion: "v1",
    kind: "DeleteOptions",
    gracePeriodSeconds,
    propagationPolicy: "Background",
    // Another pod of that name is somebody else's.
    preconditions: { uid },
  };
  try {
    await api.call("DELETE", `${path}/${name}`, { body, signal, patience: CLEANUP_BUDGET });
    return true;
  } catch (error) {
    if (isRefusal(error, 404) || isRefusal(error, 409)) return false;
    throw error;
  }
}

function hasStopped({ status }: V1Pod): boolean {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return all.length > 0 && all.every(({ state }) => state?.running === undefined);
}

const readPod = (api: Api, { path, name }: Thing, signal: AbortSignal): Promise<V1Pod | null> =>
  api.call<V1Pod>("GET", `${path}/${name}`, { signal, patience: CLEANUP_BUDGET }).catch((error: unknown) => {
    if (isRefusal(error, 404)) return null;
    throw error;
  });

/** Of a pod whose creation was never answered. Null when there is none of ours. */
async function uidOfLost(api: Api, thing: Thing, run: string, signal: AbortSignal): Promise<string | null> {
  for (let tries = 0; tries < 2; tries += 1) {
    const found = await readPod(api, thing, signal);
    if (found !== null)
      return found.metadata?.labels?.[runLabel] === run ? (found.metadata.uid ?? null) : null;
    // It may be carried out a moment later.
    if (tries === 0) await delay(1000, undefined, { signal });
  }
  return null;
}
