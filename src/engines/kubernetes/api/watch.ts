/** Watches: every change of a few objects as it happens, through expired versions, closed and broken connections. */
import { setTimeout as delay } from "node:timers/promises";
import { splitLines } from "../../../protocol/lines.ts";
import type { Api } from "./client.ts";
import { isRefusal, Refusal, type Status } from "./exchange.ts";
import { Silence, silenceAfter, untilSilent } from "./silence.ts";
import { unreachable } from "./unreachable.ts";

type Watched = { metadata?: { resourceVersion?: string; uid?: string } };

/** `there`: made, changed, or there already; `gone`: as it was last seen. */
export type Change<Kind> = { type: "there" | "gone"; object: Kind };

type WatchLine =
  | { type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK"; object: Watched }
  | { type: "ERROR"; object: Status };

/** Seconds after which the server closes a watch by itself, and it is begun anew. */
const LIFETIME = 600;
/** Milliseconds without any answer from the server until a watch gives up. */
const PATIENCE = 60_000;
const LONGEST_OBJECT = 8 * 1024 * 1024;

/**
 * Changes of the objects of one collection that fit the selector.
 * @param from the resourceVersion after which to listen; without it, what is there already comes first
 * @param patience milliseconds without the server until it throws
 * @throws Refusal when the server does not allow it, SidescanError (exit 3) when it stays away; never after `signal` aborted
 */
export async function* watch<Kind extends Watched>(
  api: Api,
  path: string,
  selector: Record<string, string>,
  {
    from,
    signal,
    patience = PATIENCE,
  }: { from?: string | undefined; signal: AbortSignal; patience?: number },
): AsyncGenerator<Change<Kind>> {
  const known = new Map<string, Kind>();
  let version = from;
  let failures = 0;
  let silent = 0;
  let answered = performance.now();

  const heard = (): void => {
    failures = 0;
    silent = 0;
    answered = performance.now();
  };

  while (!signal.aborted) {
    try {
      const query = {
        ...selector,
        watch: "1",
        allowWatchBookmarks: "true",
        timeoutSeconds: String(LIFETIME),
        ...(version === undefined ? {} : { resourceVersion: version }),
      };
      const body = await api.stream(path, query, signal);
      answered = performance.now();
      const patient = silenceAfter(silent);
      const pieces = untilSilent(body, () => patient);
      for await (const line of splitLines(pieces, LONGEST_OBJECT)) {
        const change = JSON.parse(line) as WatchLine;
        if (change.type === "ERROR") throw new Refusal(change.object.code ?? 500, change.object);
        heard();
        version = change.object.metadata?.resourceVersion ?? version;
        if (change.type === "BOOKMARK") continue;
        const object = change.object as Kind;
        const uid = object.metadata?.uid ?? "";
        if (change.type === "DELETED") known.delete(uid);
        else known.set(uid, object);
        yield { type: change.type === "DELETED" ? "gone" : "there", object };
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Silence) {
        silent += 1;
        answered = performance.now();
        continue;
      }
      if (isRefusal(error, 410)) {
        // The version has expired: look at everything, and tell what went away meanwhile.
        const list = await api.call<{ metadata?: { resourceVersion?: string }; items?: Kind[] }>(
          "GET",
          path,
          {
            query: selector,
            signal,
            patience,
          },
        );
        const items = list.items ?? [];
        const there = new Set(items.map((item) => item.metadata?.uid));
        for (const [uid, object] of known) {
          if (there.has(uid)) continue;
          known.delete(uid);
          yield { type: "gone", object };
        }
        for (const object of items) {
          known.set(object.metadata?.uid ?? "", object);
          yield { type: "there", object };
        }
        version = list.metadata?.resourceVersion;
        heard();
        continue;
      }
      if (error instanceof Refusal && error.code < 500 && error.code !== 429) throw error;
      if (performance.now() - answered > patience)
        throw error instanceof Refusal ? error : unreachable(api.access, error);
    }
    // A server that closes at once is not asked without end.
    failures += 1;
    await delay(Math.min(2000, 25 * 2 ** failures), undefined, { signal }).catch(() => {});
  }
}
