/** The objects of one run, made so that it is always known what may exist. */
import type { V1ConfigMap, V1OwnerReference, V1Pod, V1Secret } from "./manifest/api.ts";
import type { Api } from "./api/client.ts";
import { Refusal } from "./api/exchange.ts";
import { runLabel } from "./manifest/labels.ts";
import { explained } from "./api/refusals.ts";

type Manifest = V1Pod | V1ConfigMap | V1Secret;

const collections: Record<string, string> = { Pod: "pods", ConfigMap: "configmaps", Secret: "secrets" };

/** One object of the run, as far as its fate is known. */
export type Thing = {
  kind: string;
  name: string;
  /** Path of its collection. */
  path: string;
  /** `asked`: the request was sent, and no answer has come (yet). */
  state: "planned" | "asked" | "there" | "refused";
  uid: string | null;
  pending: Promise<unknown> | null;
};

/** An object that has not been asked for yet. */
export function thingOf(manifest: Manifest, namespace: string): Thing {
  const kind = manifest.kind ?? "";
  return {
    kind,
    name: manifest.metadata?.name ?? "",
    path: `/api/v1/namespaces/${namespace}/${collections[kind]}`,
    state: "planned",
    uid: null,
    pending: null,
  };
}

/**
 * Creates it. The request itself is never cut short, since nobody would know then whether it was carried out; undoing waits for it.
 * @throws SidescanError (exit 3) when the server refuses it, or cannot be reached
 */
export function make<Kind extends Manifest>(
  api: Api,
  thing: Thing,
  manifest: Kind,
  run: string,
  signal: AbortSignal,
): Promise<Kind> {
  const work = async (): Promise<Kind> => {
    try {
      const created =
        (await api.create(thing.path, manifest, { signal })) ?? (await existing(api, thing, run));
      thing.state = "there";
      thing.uid = created?.metadata?.uid ?? null;
      return created ?? manifest;
    } catch (error) {
      if (error instanceof Refusal && error.code < 500) thing.state = "refused";
      throw explained(
        error,
        { what: `create the ${wordsOf(thing)}`, namespace: manifest.metadata?.namespace ?? "" },
        api.access,
      );
    }
  };
  thing.state = "asked";
  const made = work();
  thing.pending = made.catch(() => {});
  return made;
}

/** What "exists already" after a lost answer refers to. The names of all but the pod hold the run's id, so those are ours. */
async function existing<Kind extends Manifest>(api: Api, thing: Thing, run: string): Promise<Kind | null> {
  if (thing.kind !== "Pod") return null;
  const found = await api.call<Kind>("GET", `${thing.path}/${thing.name}`);
  if (found.metadata?.labels?.[runLabel] === run) return found;
  throw new Refusal(409, { reason: "AlreadyExists", details: { name: thing.name } });
}

/** With it, whatever the pod owns goes when the pod goes. */
export function ownerOf({ metadata }: V1Pod): V1OwnerReference {
  const { name = "", uid = "" } = metadata ?? {};
  return { apiVersion: "v1", kind: "Pod", name, uid, controller: false, blockOwnerDeletion: false };
}

export function ownedBy<Kind extends V1ConfigMap | V1Secret>(manifest: Kind, owner: V1OwnerReference): Kind {
  const copy = structuredClone(manifest);
  copy.metadata = Object.assign(copy.metadata ?? {}, { ownerReferences: [owner] });
  return copy;
}

/** Kind and name, for messages. */
export const wordsOf = ({ kind, name }: Thing): string => `${kind === "Pod" ? "pod" : kind} ${name}`;
