/**
 * A workload's pod template (or the spec of a pod that runs) -> the part of a throw-away pod that is audited: nothing of it serves, mounts,
 * or changes what belongs to the workload. Pure.
 */
import type { V1Affinity, V1Container, V1PodSpec, V1PodTemplateSpec } from "./api.ts";
import { cannotScan, usageError } from "../../../errors.ts";
import type { PlanStep } from "../../engine.ts";
import type { PodOptions } from "./types.ts";
import { dataVolumes, type Data } from "./workload-volumes.ts";
import { holdContainer, scannerContainer, toolsContainer } from "./names.ts";

type Clone = { spec: V1PodSpec; steps: PlanStep[] };

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
