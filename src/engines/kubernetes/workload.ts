/**
 * A workload's pod template (or the spec of a pod that runs) -> the part of a throw-away pod that is audited: nothing of it serves, mounts,
 * or changes what belongs to the workload. Pure.
 */
import type { V1Affinity, V1Container, V1PodSpec, V1PodTemplateSpec, V1Volume } from "./manifest/api.ts";
import { cannotScan, usageError } from "../../errors.ts";
import type { PlanStep } from "../engine.ts";
import type { PodOptions } from "./manifest/types.ts";
import { holdContainer, scannerContainer, toolsContainer } from "./names.ts";

type Clone = { spec: V1PodSpec; steps: PlanStep[] };

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

/**
 * @param reference as the user named it
 * @throws SidescanError (exit code 2 or 3) for what a copy cannot have, with the way round it
 */
export function throwAway(
  reference: string,
  template: V1PodTemplateSpec,
  target: string,
  volumes: PodOptions["volumes"],
): Clone {
  const spec = template.spec ?? { containers: [] };
  const names = spec.containers.map(({ name }) => name);
  if (!names.includes(target))
    throw usageError(
      `${reference} has no container ${target}.`,
      names.length === 0 ? undefined : `It has: ${names.join(", ")}.`,
    );
  const taken = names.find((name) => [scannerContainer, toolsContainer, holdContainer].includes(name));
  if (taken !== undefined)
    throw cannotScan(`${reference} already has a container ${taken}.`, {
      hint: "Where sidescan was injected, scan one of its pods: sidescan scan pod/NAME",
    });
  checkNode(reference, spec);
  const data = dataVolumes(spec, reference, volumes);
  const {
    nodeName: _node,
    ephemeralContainers: _ephemeral,
    readinessGates: _gates,
    hostNetwork,
    hostPID,
    hostIPC,
    hostname: _hostname,
    subdomain: _subdomain,
    setHostnameAsFQDN: _fqdn,
    schedulingGates: _scheduling,
    resourceClaims: _claims,
    // The first two are admission's own; the others keep the replicas apart, of which the copy is none.
    priority: _priority,
    preemptionPolicy: _preemption,
    topologySpreadConstraints: _spread,
    affinity,
    serviceAccount,
    serviceAccountName = serviceAccount,
    ...kept
  } = spec;
  const host = [
    ...(hostNetwork === true ? ["hostNetwork"] : []),
    ...(hostPID === true ? ["hostPID"] : []),
    ...(hostIPC === true ? ["hostIPC"] : []),
    ...(spec.containers.some(({ ports }) => ports?.some(({ hostPort }) => hostPort !== undefined))
      ? ["hostPort"]
      : []),
  ];
  return {
    spec: {
      ...kept,
      ...affinityOf(affinity),
      ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
      ...(spec.initContainers === undefined
        ? {}
        : { initContainers: spec.initContainers.map((container) => quiet(container, data)) }),
      containers: spec.containers.map((container) => quiet(container, data)),
      volumes: data.volumes,
    },
    steps: [
      {
        what: `target: container ${target} of a copy of ${reference}`,
        why: "its labels, probes, hooks, readiness gates and host ports are left out: no Service selects the copy, and nothing waits for it; the workload itself is not touched",
      },
      ...(names.length + (spec.initContainers?.length ?? 0) > 1
        ? [
            {
              what: `beside it: ${[...(spec.initContainers ?? []), ...spec.containers.filter(({ name }) => name !== target)].map(({ name }) => name).join(", ")}`,
              why: "the target may need its other containers to start; they run as in the workload",
            },
          ]
        : []),
      ...(host.length > 0
        ? [
            {
              what: `left out: ${host.join(", ")}`,
              why: "a copy must not take the node's ports nor see its processes; controls about them see the copy's own",
            },
          ]
        : []),
      ...data.steps,
    ],
  };
}

function affinityOf(affinity: V1Affinity | undefined): Pick<V1PodSpec, "affinity"> {
  const { podAntiAffinity: _apart, ...kept } = affinity ?? {};
  return Object.keys(kept).length === 0 ? {} : { affinity: kept };
}

function checkNode(reference: string, spec: V1PodSpec): void {
  if (spec.os?.name === "windows" || spec.nodeSelector?.["kubernetes.io/os"] === "windows")
    throw cannotScan(`${reference} runs on Windows; sidescan audits Linux containers.`);
}

type Data = {
  volumes: V1Volume[];
  steps: PlanStep[];
  tokens: Set<string>;
  readOnly: Set<string>;
  gone: Set<string>;
};

/** Claims, host paths, network volumes: what others write to, and what may be mounted only once. */
function dataVolumes(spec: V1PodSpec, reference: string, how: PodOptions["volumes"]): Data {
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

function quiet(container: V1Container, data: Data): V1Container {
  const {
    livenessProbe: _live,
    readinessProbe: _ready,
    startupProbe: _startup,
    lifecycle: _lifecycle,
    volumeMounts,
    volumeDevices,
    ports,
    resources,
    ...kept
  } = container;
  const mounts = volumeMounts
    ?.filter(({ name }) => !data.tokens.has(name))
    .map((mount) => (data.readOnly.has(mount.name) ? readOnlyMount(mount) : mount));
  const devices = volumeDevices?.filter(({ name }) => !data.gone.has(name));
  // Devices that a node hands out were left out with the claims for them.
  const { claims: _claims, ...amounts } = resources ?? {};
  return {
    ...kept,
    ...(resources === undefined ? {} : { resources: amounts }),
    ...(mounts === undefined ? {} : { volumeMounts: mounts }),
    ...(devices === undefined || devices.length === 0 ? {} : { volumeDevices: devices }),
    ...(ports === undefined ? {} : { ports: ports.map(({ hostPort: _port, hostIP: _ip, ...port }) => port) }),
  };
}

const readOnlyMount = <Mount extends { readOnly?: boolean; mountPropagation?: string }>(
  mount: Mount,
): Mount => {
  const { mountPropagation: _propagation, ...kept } = mount;
  return { ...kept, readOnly: true } as Mount;
};

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
