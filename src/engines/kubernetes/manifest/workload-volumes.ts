/** Which volumes of a workload its throw-away copy may have, and which only read-only, empty or not at all. Pure. */
import { usageError } from "../../../errors.ts";
import type { PlanStep } from "../../engine.ts";
import type { V1PodSpec, V1Volume } from "./api.ts";
import type { PodOptions } from "./types.ts";

/** Volumes that belong to the pod alone: they are made anew, or are the same for every reader. */
const harmless = new Set([
  "name",
  "configMap",
  "secret",
  "emptyDir",
  "downwardAPI",
  "projected",
  "ephemeral",
  "csi",
  "image",
  "gitRepo",
]);

/** What the copy mounts, and by name what its containers mount otherwise than the original. */
export type Data = {
  volumes: V1Volume[];
  steps: PlanStep[];
  /** Of service accounts: left out. */
  tokens: Set<string>;
  readOnly: Set<string>;
  /** Block devices of these are left out. */
  gone: Set<string>;
};

/** Claims, host paths, network volumes: what others write to, and what may be mounted only once. */
export function dataVolumes(spec: V1PodSpec, reference: string, how: PodOptions["volumes"]): Data {
  const tokens = new Set(tokenVolumes(spec));
  const own = (spec.volumes ?? []).filter(({ name }) => !tokens.has(name));
  const missing = claimTemplates(spec, reference);
  const all = [...own, ...missing];
  const shared = all.filter((volume) => Object.keys(volume).some((kind) => !harmless.has(kind)));
  if (shared.length > 0 && how === "refuse")
    throw usageError(
      `${reference} mounts ${shared.map(described).join(", ")}, which a throw-away copy must not write to and may not be able to mount.`,
      "Add --volumes empty (empty directories instead) or --volumes keep (the same, read-only); or scan a pod that runs: pod/NAME",
    );
  const names = new Set(shared.map(({ name }) => name));
  const empty = how === "empty";
  return {
    tokens,
    gone: empty ? names : new Set(),
    readOnly: empty ? new Set() : names,
    volumes: all.map((volume) => {
      if (!names.has(volume.name)) return volume;
      return empty ? { name: volume.name, emptyDir: {} } : readOnlyClaim(volume);
    }),
    steps:
      shared.length === 0
        ? []
        : [
            {
              what: `volumes: ${shared.map(described).join(", ")}: ${empty ? "empty directories instead" : "mounted read-only"}`,
              why: empty
                ? "--volumes empty; controls about their content see an empty directory"
                : "--volumes keep; the target may refuse to start without writing to them (--hold keeps it alive), and a claim that only one node may mount keeps the pod from starting on another",
            },
          ],
  };
}

/** A pod that runs holds the token that its service account was given: the copy gets none. */
const tokenVolumes = (spec: V1PodSpec): string[] =>
  [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ volumeMounts = [] }) =>
    volumeMounts
      .filter(({ mountPath }) => mountPath === "/var/run/secrets/kubernetes.io/serviceaccount")
      .map(({ name }) => name),
  );

/** A StatefulSet's template mounts volumes that only its controller adds to each pod; those of the first one stand for them. */
function claimTemplates(spec: V1PodSpec, reference: string): V1Volume[] {
  const known = new Set([...(spec.volumes ?? []).map(({ name }) => name), ...tokenVolumes(spec)]);
  const mounted = [...spec.containers, ...(spec.initContainers ?? [])].flatMap(
    ({ volumeMounts = [], volumeDevices = [] }) =>
      [...volumeMounts, ...volumeDevices].map(({ name }) => name),
  );
  return [...new Set(mounted)]
    .filter((name) => !known.has(name))
    .map((name) => ({
      name,
      persistentVolumeClaim: { claimName: `${name}-${reference.split("/").at(-1)}-0` },
    }));
}

/** A block device cannot be mounted read-only; its claim can be. */
const readOnlyClaim = (volume: V1Volume): V1Volume =>
  volume.persistentVolumeClaim === undefined
    ? volume
    : { ...volume, persistentVolumeClaim: { ...volume.persistentVolumeClaim, readOnly: true } };

function described(volume: V1Volume): string {
  if (volume.persistentVolumeClaim !== undefined)
    return `the claim ${volume.persistentVolumeClaim.claimName}`;
  if (volume.hostPath !== undefined) return `the node's ${volume.hostPath.path}`;
  const kind = Object.keys(volume).find((key) => !harmless.has(key));
  return `${volume.name} (${kind})`;
}
