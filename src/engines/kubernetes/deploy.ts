/** From manifests to a pod that runs: the pod first, then all else owned by it, at once; the first thing that is wrong ends the waiting. */
import type { AuditRequest, EngineContext } from "../engine.ts";
import type { Api } from "./api/client.ts";
import type { Cast } from "./failures/trouble.ts";
import { follow } from "./follow.ts";
import { keepHints } from "./keep.ts";
import type { ClusterOptions, RunManifests } from "./manifest/types.ts";
import { make, ownedBy, ownerOf, thingOf, type Thing } from "./objects.ts";
import { CLEANUP_BUDGET, removeAll } from "./remove.ts";
import { started, type Running } from "./start.ts";

/** @throws SidescanError (exit 3) with the cause; what was made until then is undone by the context's undo */
export async function deployPod(
  api: Api,
  manifests: RunManifests,
  request: AuditRequest,
  options: ClusterOptions,
  context: EngineContext,
  canHold: boolean,
): Promise<Running> {
  const { pod, owned, scanner, target } = manifests;
  const namespace = pod.metadata?.namespace ?? api.access.namespace;
  const name = pod.metadata?.name ?? "";
  const things = [pod, ...owned].map((manifest) => thingOf(manifest, namespace));
  let running: Running | null = null;
  context.undo.defer(
    `the pod ${name} and what belongs to it`,
    async () => {
      if (running !== null) running.removing = true;
      try {
        if (options.keep) return context.notice("info", keepHints(namespace, name, scanner, target));
        return await removeAll(api, things, request.run, {
          followed: running?.followed ?? null,
          nodeAlive: running?.finished ?? false,
        });
      } finally {
        running?.followed.stop();
      }
    },
    { budget: CLEANUP_BUDGET },
  );

  const [podThing, ...ownedThings] = things;
  const created = await make(api, podThing as Thing, pod, request.run, context.signal);
  context.signal.throwIfAborted();
  const owner = ownerOf(created);
  const cast: Cast = {
    scanner,
    target,
    own: new Set(things.map((thing) => thing.name)),
    canHold,
    shared: false,
  };
  running = {
    namespace,
    name,
    followed: follow(api, created, { events: true }),
    cast,
    finished: false,
    removing: false,
  };
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  try {
    await Promise.all([
      started(api, running, request, options, { ...context, signal }),
      ...owned.map((manifest, index) =>
        make(api, ownedThings[index] as Thing, ownedBy(manifest, owner), request.run, signal),
      ),
    ]);
  } finally {
    over.abort();
  }
  return running;
}
