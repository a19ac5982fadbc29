/**
 * The scanner as an ephemeral container beside a target that already runs. Such a container gets no new volumes, so everything that the agent needs
 * comes through its environment, from Secrets. Pure.
 */
import type { V1ContainerStatus, V1EnvVar, V1ObjectMeta, V1Pod, V1PodSpec, V1Secret } from "./api.ts";
import { gzipSync } from "node:zlib";
import { cannotScan, usageError } from "../../../errors.ts";
import type { AgentSpec } from "../../../protocol/spec.ts";
import type { UserSpec } from "../../../target/target.ts";
import type { AuditRequest } from "../../engine.ts";
import { planAccess, scannerSecurity } from "./access.ts";
import { identityOf } from "./identity.ts";
import { annotationsOf, labelsOf } from "./labels.ts";
import { ownedName, paths } from "./names.ts";
import { agentSpecOf, deadlinesOf, fileNames, lingerOf } from "./agent-spec.ts";
import { homeIn } from "./containers.ts";
import { base64 } from "./profiles.ts";
import type { AttachManifests, RequestFiles, RunSettings } from "./types.ts";

/** Linux takes at most 128 KiB in one variable, and a quarter of the stack's limit (2 MiB) in all of them. */
const PIECE = 96 * 1024;
const TOTAL = 18 * PIECE;
const PIECES_PER_SECRET = 9;

/** Its value is the number of pieces; each piece is a variable of this name, `_` and its number. */
export const bundleVariable = "SIDESCAN_BUNDLE";

const places = {
  spec: `${paths.attached}/spec`,
  profiles: `${paths.attached}/profiles`,
  results: `${paths.attached}/results`,
  work: `${paths.attached}/work`,
};

/**
 * @param subject the pod as it runs, which of its containers is audited, and how the user named it
 * @throws SidescanError (exit code 2 or 3) when the container does not run, the rung cannot enter it, or the profiles are too large
 */
export function attachManifestsOf(
  subject: { pod: V1Pod; container: string; reference: string },
  request: AuditRequest,
  files: RequestFiles,
  settings: RunSettings,
): AttachManifests {
  const { pod: options } = settings;
  const podSpec = subject.pod.spec as V1PodSpec;
  const target = podSpec.containers.find(({ name }) => name === subject.container);
  if (target === undefined)
    throw usageError(
      `${subject.reference} has no container ${subject.container}.`,
      `It has: ${podSpec.containers.map(({ name }) => name).join(", ")}.`,
    );
  const status = runningStatus(subject);
  const access = planAccess(identityOf(podSpec, target, options.user ?? runningUser(status)), {
    access: options.access,
    allowPtrace: options.allowPtrace,
    commands: request.commands,
    enforced: settings.enforced,
  });
  const spec = agentSpecOf(request, files, {
    places,
    target: { containerId: (status.containerID as string).replace(/^[\w.-]+:\/\//u, "") },
    tools: paths.tools,
    toolsContainer: false,
    linger: lingerOf(settings.cluster),
    access: access.rung,
  });
  const { expires } = deadlinesOf(request, settings.cluster, settings.now);
  const pieces = bundle(spec, request, files);
  const secrets = bundleSecrets(pieces, (index) => ({
    name: ownedName(request.run, `bundle-${index}`),
    namespace: settings.namespace,
    labels: labelsOf(request.run),
    annotations: annotationsOf({ ...options, expires }),
  }));
  return {
    container: {
      name: `sidescan-${request.run}`,
      targetContainerName: subject.container,
      image: options.scannerImage,
      imagePullPolicy: options.imagePullPolicy ?? "IfNotPresent",
      command: [paths.agent, "--spec-env", bundleVariable],
      env: [
        ...homeIn(places.work),
        { name: bundleVariable, value: String(pieces.length) },
        ...pieces.map((_, index) => reference(index, secrets)),
      ],
      // Without volumes, its own root is where it works.
      securityContext: { ...scannerSecurity(access), readOnlyRootFilesystem: false },
    },
    owned: secrets,
    rung: access.rung,
    steps: [
      {
        what: `target: container ${subject.container} of ${subject.reference}, as it runs`,
        why: "the scanner joins its process namespace as an ephemeral container; nothing of the pod restarts",
      },
      {
        what: "the ephemeral container stays in the pod's spec until the pod ends",
        why: "Kubernetes cannot take one out again; it has ended by then and uses nothing",
      },
      ...access.steps,
    ],
  };
}

function runningStatus({
  pod,
  container,
  reference: named,
}: {
  pod: V1Pod;
  container: string;
  reference: string;
}): V1ContainerStatus {
  const status = pod.status?.containerStatuses?.find(({ name }) => name === container);
  if (status?.state?.running !== undefined && status.containerID) return status;
  const { waiting, terminated } = status?.state ?? {};
  const how = waiting?.reason ?? terminated?.reason ?? pod.status?.phase ?? "unknown";
  throw cannotScan(`Container ${container} of ${named} does not run (${how}).`, {
    hint: "Only what runs can be looked at; with --clone a throw-away copy of the pod is audited instead.",
  });
}

/** Servers from 1.31 on tell who a container's first process is. */
function runningUser({ user }: V1ContainerStatus): UserSpec | null {
  const { uid, gid } = user?.linux ?? {};
  return uid === undefined || gid === undefined ? null : { user: String(uid), group: String(gid) };
}

const under = (directory: string, names: string[], contents: Uint8Array[]): [string, string][] =>
  names.map((name, index) => [`${directory}/${name}`, base64(contents[index] as Uint8Array)]);

function bundle(spec: AgentSpec, request: AuditRequest, files: RequestFiles): string[] {
  const names = fileNames(request, files);
  const content = {
    spec,
    files: Object.fromEntries([
      ...under(places.profiles, names.profiles, files.profiles),
      ...under(places.spec, names.inputFiles, files.inputFiles),
      ...under(places.spec, names.waiverFiles, files.waiverFiles),
    ]),
  };
  const text = base64(gzipSync(JSON.stringify(content), { level: 9 }));
  if (text.length > TOTAL)
    throw usageError(
      `Profiles, inputs and waivers take ${Math.ceil(text.length / 1024)} KiB together; an ephemeral container takes ${TOTAL / 1024} KiB of them.`,
      "With --clone a throw-away copy of the pod is audited instead, which takes more.",
    );
  return Array.from({ length: Math.ceil(text.length / PIECE) }, (_, index) =>
    text.slice(index * PIECE, (index + 1) * PIECE),
  );
}

function bundleSecrets(pieces: string[], meta: (index: number) => V1ObjectMeta): V1Secret[] {
  return Array.from({ length: Math.ceil(pieces.length / PIECES_PER_SECRET) }, (_, index) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: meta(index),
    type: "Opaque",
    data: Object.fromEntries(
      pieces
        .map((piece, number): [string, string] => [String(number), base64(Buffer.from(piece))])
        .slice(index * PIECES_PER_SECRET, (index + 1) * PIECES_PER_SECRET),
    ),
  }));
}

const reference = (index: number, secrets: V1Secret[]): V1EnvVar => ({
  name: `${bundleVariable}_${index}`,
  valueFrom: {
    secretKeyRef: {
      name: secrets[Math.floor(index / PIECES_PER_SECRET)]?.metadata?.name as string,
      key: String(index),
    },
  },
});
