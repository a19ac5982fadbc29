/**
 * The scanner written into a workload's manifest, for those who deploy it themselves. The agent audits the target once in each of its pods and then
 * stays, so that `sidescan scan pod/NAME` can fetch the result at any time. Pure.
 */
import type { V1ConfigMap, V1ObjectMeta, V1PodSpec, V1PodTemplateSpec, V1Secret, V1Volume } from "./api.ts";
import { createHash } from "node:crypto";
import { usageError } from "../../../errors.ts";
import type { AuditRequest, PlanStep } from "../../engine.ts";
import { planAccess } from "./access.ts";
import { identityOf } from "./identity.ts";
import {
  annotationsOf,
  injectedAnnotation,
  labelsOf,
  profileDigestAnnotation,
  targetContainerAnnotation,
} from "./labels.ts";
import { agentSpecOf, fileNames, specSecret } from "./agent-spec.ts";
import { readOnly, resultsVolume, scannerOf, secretVolume, volumeNames, workVolume } from "./containers.ts";
import { profileMaps, profilesVolume } from "./profiles.ts";
import type { PodOptions, RequestFiles } from "./types.ts";
import { markerVariable, ownedName, paths, scannerContainer } from "./names.ts";

/** Ten years: the agent stays as long as its pod. */
const FOREVER = 315_360_000;
const tokenVolume: V1Volume = { name: "sidescan-no-token", emptyDir: { sizeLimit: "1Mi" } };

/** An object of a manifest, of which only the kind says whether it has pods. */
export type Workload = {
  apiVersion?: string;
  kind?: string;
  metadata?: V1ObjectMeta;
  spec?: Record<string, unknown>;
};

/** `owned`: what the workload mounts. */
export type Injected = { workload: Workload; owned: (V1ConfigMap | V1Secret)[]; steps: PlanStep[] };

const templated = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"];

/** Whether an object is one that has pods. */
export const hasPods = ({ kind }: Workload): boolean =>
  kind !== undefined && [...templated, "Pod", "Job", "CronJob"].includes(kind);

/** As users name it: deployment/web. */
export const nameOfWorkload = ({ kind, metadata }: Workload): string =>
  `${(kind ?? "").toLowerCase()}/${metadata?.name ?? ""}`;

/** Containers that could be audited. */
export const containersIn = (workload: Workload): string[] =>
  (templateOf(workload).spec?.containers ?? []).map(({ name }) => name);

/**
 * @returns a new workload; the argument is not changed. The same input gives the same names, so that applying it again changes nothing.
 * @throws SidescanError (exit code 2) for what cannot hold a scanner, with the reason
 */
export function inject(
  workload: Workload,
  container: string,
  request: AuditRequest,
  files: RequestFiles,
  options: PodOptions,
): Injected {
  const named = nameOfWorkload(workload);
  const template = structuredClone(templateOf(workload));
  const spec = template.spec as V1PodSpec;
  checkInjectable(workload, spec);
  const target = spec.containers.find(({ name }) => name === container);
  if (target === undefined)
    throw usageError(
      `${named} has no container ${container}.`,
      `It has: ${containersIn(workload).join(", ")}.`,
    );
  const run = runOf([named, container, request, options.scannerImage], files);
  const { namespace } = workload.metadata ?? {};
  const meta = (what: string): V1ObjectMeta => ({
    name: ownedName(run, what),
    ...(namespace === undefined ? {} : { namespace }),
    labels: labelsOf(run, "inject"),
    annotations: annotationsOf({ ...options, target: named, expires: null }),
  });
  const access = planAccess(identityOf(spec, target, options.user), {
    access: options.access,
    allowPtrace: options.allowPtrace,
    commands: request.commands,
    enforced: null,
  });
  const names = fileNames(request, files).profiles;
  const maps = profileMaps(
    files.profiles.map((bytes, index) => ({ name: names[index] as string, bytes })),
    (index) => meta(`profiles-${index}`),
  );
  const marked =
    spec.containers.length > 1 ||
    (spec.initContainers ?? []).some(({ restartPolicy }) => restartPolicy === "Always");
  const agent = agentSpecOf({ ...request, run }, files, {
    places: paths,
    target: marked ? { marker: `${markerVariable}=${run}` } : {},
    tools: paths.tools,
    toolsContainer: false,
    linger: FOREVER,
    access: access.rung,
  });
  const scanner = scannerOf(options, access, null);
  template.metadata = {
    ...template.metadata,
    annotations: {
      "kubectl.kubernetes.io/default-container": container,
      ...template.metadata?.annotations,
      [injectedAnnotation]: run,
      [targetContainerAnnotation]: container,
      // By it a later scan knows whether the audit was made with the profiles that it was asked for.
      [profileDigestAnnotation]: files.profiles.map(sha256).join(","),
    },
  };
  template.spec = {
    ...spec,
    shareProcessNamespace: true,
    containers: [
      {
        ...scanner,
        // A mount at that place keeps the token of the workload's service account out of the scanner.
        volumeMounts: [
          ...(scanner.volumeMounts ?? []),
          readOnly(tokenVolume.name, "/var/run/secrets/kubernetes.io/serviceaccount"),
        ],
      },
      ...spec.containers.map((one) =>
        marked && one.name === container
          ? { ...one, env: [...(one.env ?? []), { name: markerVariable, value: run }] }
          : one,
      ),
    ],
    volumes: [
      ...(spec.volumes ?? []),
      secretVolume(ownedName(run, "spec"), access),
      profilesVolume(volumeNames.profiles, maps),
      resultsVolume,
      workVolume,
      tokenVolume,
    ],
  };
  return {
    workload: withTemplate(workload, template),
    owned: [specSecret(agent, { ...request, run }, files, meta("spec")), ...maps],
    steps: [
      {
        what: `${named}: a container ${scannerContainer} beside ${container}, in every pod`,
        why: "each pod audits itself once, when it starts; fetch a result with: sidescan scan pod/NAME",
      },
      {
        what: "shareProcessNamespace: true",
        why: "the scanner sees the target's processes by it; so do the pod's other containers, and no container's program is process 1 any more",
      },
      ...access.steps,
    ],
  };
}

function checkInjectable(workload: Workload, spec: V1PodSpec): void {
  const named = nameOfWorkload(workload);
  if (workload.kind === "Job" || workload.kind === "CronJob")
    throw usageError(
      `${named}: a ${workload.kind} would never be complete beside an agent that stays.`,
      `Audit a copy of it instead: sidescan scan ${named}`,
    );
  if (spec.containers.some(({ name }) => name === scannerContainer))
    throw usageError(
      `${named} holds a container ${scannerContainer} already.`,
      "Inject into the manifest without it; injected objects are made anew from that each time.",
    );
  if (spec.hostPID === true)
    throw usageError(
      `${named} has hostPID, which Kubernetes does not allow beside a shared process namespace.`,
      `Audit a copy of it instead: sidescan scan ${named}`,
    );
  if (spec.shareProcessNamespace === false)
    throw usageError(
      `${named} says shareProcessNamespace: false, and without it a scanner cannot see the target.`,
      `Take that out, or audit a copy of it: sidescan scan ${named}`,
    );
}

function templateOf({ kind, metadata, spec }: Workload): V1PodTemplateSpec {
  if (kind === "Pod")
    return { ...(metadata === undefined ? {} : { metadata }), spec: spec as unknown as V1PodSpec };
  const template = (
    kind === "CronJob" ? (spec?.jobTemplate as Workload | undefined)?.spec?.template : spec?.template
  ) as V1PodTemplateSpec | undefined;
  if (!Array.isArray(template?.spec?.containers))
    throw usageError(
      `${(kind ?? "").toLowerCase()}/${metadata?.name ?? ""}: there is no pod template with containers in it.`,
    );
  return template;
}

const withTemplate = (workload: Workload, template: V1PodTemplateSpec): Workload =>
  workload.kind === "Pod"
    ? {
        ...workload,
        metadata: { ...workload.metadata, ...template.metadata },
        spec: template.spec as unknown as Record<string, unknown>,
      }
    : { ...workload, spec: { ...workload.spec, template } };

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

function runOf(words: unknown[], files: RequestFiles): string {
  const hash = createHash("sha256").update(
    JSON.stringify(words, (key, value: unknown) => (key === "run" || key === "profiles" ? undefined : value)),
  );
  for (const bytes of [...files.profiles, ...files.inputFiles, ...files.waiverFiles])
    hash.update(createHash("sha256").update(bytes).digest());
  return hash.digest("hex").slice(0, 16);
}
