/** One pod and what is said about it, as they change: the one watch that deploying, listening and cleaning up all wait on. */
import type { CoreV1Event, V1Pod } from "./manifest/api.ts";
import type { Api } from "./api/client.ts";
import { watch } from "./api/watch.ts";

/** What is known of the pod at one moment. */
export type Sight = {
  pod: V1Pod;
  /** It is not in the API any more. */
  gone: boolean;
  /** Oldest first; empty where events may not be read. */
  events: CoreV1Event[];
};

/** A pod that is watched until `stop`. */
export type Followed = {
  now: () => Sight;
  /** Resolves with the first answer that is not null, to what is there and to every change. @throws when aborted, or the watch breaks for good */
  until: <Answer>(look: (sight: Sight) => Answer | null, signal?: AbortSignal) => Promise<Answer>;
  stop: () => void;
};

const KEPT_EVENTS = 100;

/** @param pod as the server answered when it was created or read */
export function follow(api: Api, pod: V1Pod, { events: withEvents }: { events: boolean }): Followed {
  const { name = "", uid = "", namespace = api.access.namespace, resourceVersion } = pod.metadata ?? {};
  const sight: Sight = { pod, gone: false, events: [] };
  const stopped = new AbortController();
  const watchers = new Set<() => void>();
  let broken: Error | null = null;
  const tell = (): void => {
    for (const watcher of watchers) watcher();
  };

  const followPod = async (): Promise<void> => {
    const changes = watch<V1Pod>(
      api,
      `/api/v1/namespaces/${namespace}/pods`,
      { fieldSelector: `metadata.name=${name}` },
      { from: resourceVersion, signal: stopped.signal },
    );
    for await (const { type, object } of changes) {
      // Another pod of that name is not ours, but says that ours is gone.
      if (object.metadata?.uid === uid) sight.pod = object;
      sight.gone ||= type === "gone" || object.metadata?.uid !== uid;
      tell();
    }
  };
  const followEvents = async (): Promise<void> => {
    const changes = watch<CoreV1Event>(
      api,
      `/api/v1/namespaces/${namespace}/events`,
      { fieldSelector: `involvedObject.uid=${uid}` },
      { signal: stopped.signal, patience: Infinity },
    );
    for await (const { type, object } of changes) {
      if (type === "gone") continue;
      sight.events = [
        ...sight.events.filter((one) => one.metadata.uid !== object.metadata.uid),
        object,
      ].slice(-KEPT_EVENTS);
      tell();
    }
  };
  followPod().catch((error: unknown) => {
    broken = error instanceof Error ? error : new Error(String(error));
    tell();
  });
  // Without permission for events, the pod's own status has to do.
  if (withEvents) followEvents().catch(() => {});

  return {
    now: () => sight,
    until: (look, signal) =>
      new Promise((resolve, reject) => {
        const settle = (done: () => void): void => {
          watchers.delete(check);
          signal?.removeEventListener("abort", check);
          done();
        };
        const check = (): void => {
          try {
            const answer = look(sight);
            if (answer !== null) settle(() => resolve(answer));
            else if (signal?.aborted === true) settle(() => reject(signal.reason));
            else if (broken !== null) settle(() => reject(broken));
          } catch (error) {
            settle(() => reject(error));
          }
        };
        watchers.add(check);
        signal?.addEventListener("abort", check, { once: true });
        check();
      }),
    stop: () => stopped.abort(),
  };
}
