/** What sidescan relies on must still hold in a pod that overrides were merged into. Pure. */
import type { V1Container, V1Pod, V1PodSpec } from "./api.ts";
import { isDeepStrictEqual } from "node:util";
import { usageError } from "../../../errors.ts";
import { holdContainer, scannerContainer, toolsContainer } from "./names.ts";

/** Of our containers this may be changed: it decides where and how well they run, not what they do. */
const free = new Set(["resources", "imagePullPolicy"]);

/** Fields of the pod's spec that must stay as they were made, and why. */
const fixed: Partial<Record<keyof V1PodSpec, string>> = {
  shareProcessNamespace: "without it the scanner cannot see the target's processes",
  restartPolicy: "a container that starts again would be audited twice, or never be done",
  automountServiceAccountToken: "neither container may hold a token of the cluster",
  hostPID: "the scanner would see the processes of the node",
  enableServiceLinks: "services of the namespace would appear in the target's environment",
};

/**
 * @param made the pod before the merge
 * @throws SidescanError (exit code 2) that names the field and why it must stay
 */
export function checkReliance(made: V1Pod, merged: V1Pod, target: string): void {
  for (const field of ["name", "namespace", "generateName"] as const)
    if (made.metadata?.[field] !== merged.metadata?.[field])
      throw refused(
        `metadata.${field}`,
        field === "namespace" ? "the namespace is given by --namespace" : "the name is given by --pod-name",
      );
  for (const kind of ["labels", "annotations"] as const)
    for (const [key, value] of Object.entries(made.metadata?.[kind] ?? {}))
      if (merged.metadata?.[kind]?.[key] !== value)
        throw refused(`metadata.${kind}.${key}`, "by it the run is found again, and removed");
  const [before, after] = [made.spec as V1PodSpec, merged.spec as V1PodSpec];
  for (const [field, why] of Object.entries(fixed) as [keyof V1PodSpec, string][])
    if (!isDeepStrictEqual(before[field], after[field])) throw refused(`spec.${field}`, why);
  const deadline = after.activeDeadlineSeconds;
  if (typeof deadline !== "number" || deadline > (before.activeDeadlineSeconds as number))
    throw refused(
      "spec.activeDeadlineSeconds",
      "a run that nobody watches must end by then; it can only be shortened",
    );
  checkOurs(before.containers, after.containers, "containers");
  checkOurs(before.initContainers ?? [], after.initContainers ?? [], "initContainers");
  checkTarget(after, before.containers, target);
  for (const volume of before.volumes ?? [])
    if (
      volume.name.startsWith("sidescan-") &&
      !isDeepStrictEqual(
        volume,
        after.volumes?.find(({ name }) => name === volume.name),
      )
    )
      throw refused(`spec.volumes.${volume.name}`, "the scanner's files travel in it");
}

function checkOurs(before: V1Container[], after: V1Container[], list: string): void {
  const ours = before.filter(({ name }) => isOurs(name));
  for (const [index, container] of ours.entries()) {
    const path = `spec.${list}.${container.name}`;
    const now = after[index];
    if (now?.name !== container.name) throw refused(path, "it must be there, and start before the others");
    const changed = [...new Set([...Object.keys(container), ...Object.keys(now)])].find(
      (field) => !free.has(field) && !isDeepStrictEqual(read(container, field), read(now, field)),
    );
    if (changed !== undefined)
      throw refused(
        `${path}.${changed}`,
        changed === "image"
          ? "the scanner's image is given by --scanner-image"
          : changed === "securityContext"
            ? "what the scanner may do is given by --access"
            : "the scanner works only as it was made; its resources can be changed",
      );
  }
}

function checkTarget(spec: V1PodSpec, before: V1Container[], target: string): void {
  const found = spec.containers.find(({ name }) => name === target);
  if (found === undefined) throw refused(`spec.containers.${target}`, "it is what is audited");
  const same = before.find(({ name }) => name === target);
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
    if (isOurs(container.name)) continue;
    for (const { name, mountPath } of container.volumeMounts ?? []) {
      const made =
        container.name === target &&
        same?.volumeMounts?.some((one) => one.name === name && one.mountPath === mountPath);
      if (name.startsWith("sidescan-") && made !== true)
        throw refused(
          `spec.containers.${container.name}.volumeMounts`,
          `${name} belongs to the scanner; results are mounted in the target by --mount-results`,
        );
    }
  }
}

const isOurs = (name: string): boolean => [scannerContainer, toolsContainer, holdContainer].includes(name);

const read = (container: V1Container, field: string): unknown =>
  (container as unknown as Record<string, unknown>)[field];

const refused = (path: string, why: string): ReturnType<typeof usageError> =>
  usageError(`The overrides change ${path}: ${why}.`, "Leave it out of the overrides.");
