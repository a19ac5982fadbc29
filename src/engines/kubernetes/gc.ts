/** Removes what killed callers left in a cluster: found by label, judged by its own expiry, and never a run that may still be going on. */
import type { V1ConfigMap, V1Pod, V1Secret } from "./manifest/api.ts";
import type { Remains } from "../../undo.ts";
import { connect, type Api } from "./api/client.ts";
import { isRefusal } from "./api/exchange.ts";
import { clusterAccess } from "./api/cluster-access.ts";
import { expiresAnnotation, managedBy, runLabel } from "./manifest/labels.ts";
import { scannerContainer } from "./manifest/names.ts";
import type { Thing } from "./objects.ts";
import { removeAll } from "./remove.ts";
import { explained } from "./api/refusals.ts";
import { statusOf } from "./pod-status.ts";

export type GcOptions = {
  kubeconfig?: string | undefined;
  context?: string | undefined;
  namespace?: string | undefined;
  allNamespaces: boolean;
  /** Milliseconds: runs of this age that are over, too, although they have not expired. */
  olderThan: number | null;
  dryRun: boolean;
};

/** An object of a run that is over. */
export type Found = {
  kind: string;
  namespace: string;
  name: string;
  run: string;
  /** Seconds. */
  age: number;
  why: string;
};

export type GcOutcome = {
  found: Found[];
  /** Of `found`, what could not be removed. */
  remains: Remains[];
  /** Kinds that may not be listed: those of a run go with its pod. */
  unseen: string[];
};

type Item = (V1Pod | V1ConfigMap | V1Secret) & { kind?: string };

const kinds = { Pod: "pods", ConfigMap: "configmaps", Secret: "secrets" } as const;

/** @throws SidescanError (exit code 2 or 3) when the cluster cannot be asked for the pods */
export async function collectGarbage(options: GcOptions): Promise<GcOutcome> {
  const api = connect(clusterAccess(options));
  const unseen: string[] = [];
  const lists = await Promise.all(
    Object.entries(kinds).map(async ([kind, plural]) => {
      try {
        return (await listed(api, plural, options)).map((item): Item => Object.assign(item, { kind }));
      } catch (error) {
        if (kind === "Pod" || !isRefusal(error, 403))
          throw explained(error, { what: `list ${plural}`, namespace: api.access.namespace }, api.access);
        unseen.push(plural);
        return [];
      }
    }),
  );
  const rubbish = judge(lists.flat(), options.olderThan, Date.now());
  if (options.dryRun) return { found: rubbish.map(({ found }) => found), remains: [], unseen };
  const remains: Remains[] = [];
  for (const run of new Set(rubbish.map(({ found }) => found.run))) {
    const things = rubbish.flatMap(({ found, thing }) => (found.run === run ? [thing] : []));
    remains.push(...(await removeAll(api, things, run, { followed: null, nodeAlive: false })));
  }
  return { found: rubbish.map(({ found }) => found), remains, unseen };
}

async function listed(api: Api, plural: string, { allNamespaces }: GcOptions): Promise<Item[]> {
  const where = allNamespaces ? "" : `/namespaces/${api.access.namespace}`;
  const labelSelector = [
    ...Object.entries(managedBy).map(([key, value]) => `${key}=${value}`),
    "app.kubernetes.io/component=scan",
    runLabel,
  ].join(",");
  const items: Item[] = [];
  let next: string | undefined;
  do {
    const page = await api.call<{ items?: Item[]; metadata?: { continue?: string } }>(
      "GET",
      `/api/v1${where}/${plural}`,
      { query: { labelSelector, limit: "200", ...(next ? { continue: next } : {}) } },
    );
    items.push(...(page.items ?? []));
    next = page.metadata?.continue;
  } while (next);
  return items;
}

/** What may go, and why. Pure. */
export function judge(
  items: Item[],
  olderThan: number | null,
  now: number,
): { found: Found; thing: Thing }[] {
  const going = new Set(items.filter((item) => isGoingOn(item, now)).map(runOf));
  const withPod = new Set(items.filter(({ kind }) => kind === "Pod").map(runOf));
  return items.flatMap((item) => {
    const run = runOf(item);
    const age = (now - Date.parse(String(item.metadata?.creationTimestamp))) / 1000;
    // What has no pod of its own may belong to a scan in somebody else's: only its expiry tells.
    const isOver = olderThan !== null && age * 1000 >= olderThan && withPod.has(run);
    if (run === "" || going.has(run) || !(hasExpired(item, now) || isOver)) return [];
    const { name = "", namespace = "", uid = null } = item.metadata ?? {};
    const kind = item.kind as keyof typeof kinds;
    const path = `/api/v1/namespaces/${namespace}/${kinds[kind]}`;
    const why = hasExpired(item, now) ? "expired" : "over";
    return [
      {
        found: { kind, namespace, name, run, age: Math.round(age), why },
        thing: { kind, name, path, state: "there", uid, pending: null },
      },
    ];
  });
}

const runOf = ({ metadata }: Item): string => metadata?.labels?.[runLabel] ?? "";

/** No date, or one that cannot be read, is none that has passed. */
const hasExpired = ({ metadata }: Item, now: number): boolean =>
  Date.parse(metadata?.annotations?.[expiresAnnotation] ?? "") < now;

/** A pod whose scanner has not ended, and may: somebody may be waiting for its result. */
function isGoingOn(item: Item, now: number): boolean {
  if (item.kind !== "Pod" || hasExpired(item, now)) return false;
  const pod = item as V1Pod;
  const phase = pod.status?.phase;
  return (
    phase !== "Succeeded" &&
    phase !== "Failed" &&
    statusOf(pod, scannerContainer)?.state?.terminated === undefined
  );
}
