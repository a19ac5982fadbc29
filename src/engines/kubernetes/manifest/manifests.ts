/** From what is audited and how, to the pod and everything else that a run makes in a cluster. Pure: `plan` prints what `scan` creates. */
import type {
  V1ConfigMap,
  V1Container,
  V1ObjectMeta,
  V1Pod,
  V1PodSpec,
  V1Secret,
} from "@kubernetes/client-node";
import type { AuditRequest } from "../../engine.ts";
import { identityOf, planAccess, type Access } from "../access.ts";
import { annotationsOf, labelsOf } from "../labels.ts";
import {
  holdContainer,
  markerVariable,
  ownedName,
  paths,
  podName,
  scannerContainer,
  toolsContainer,
} from "../names.ts";
import { agentSpecOf, deadlinesOf, fileNames, lingerOf, specSecret } from "./agent-spec.ts";
import {
  holdOf,
  holdVolume,
  kitVolume,
  resultsVolume,
  scannerOf,
  secretVolume,
  toolsOf,
  volumeNames,
  workVolume,
} from "./containers.ts";
import { base64, profileMaps, profilesVolume } from "./profiles.ts";
import { targetPartOf, type TargetPart } from "./subject.ts";
import type { RequestFiles, RunManifests, RunSettings, Subject } from "./types.ts";

/** @throws SidescanError (exit code 2) when what is wanted contradicts itself, is too large, or cannot enter the target */
export function manifestsOf(
  subject: Subject,
  request: AuditRequest,
  files: RequestFiles,
  settings: RunSettings,
): RunManifests {
  const { pod: options, kit } = settings;
  const part = targetPartOf(subject, options);
  const container = containerOf(part.spec, part.target);
  const access = planAccess(identityOf(part.spec, container, options.user), {
    access: options.access,
    allowPtrace: options.allowPtrace,
    commands: request.commands,
    enforced: settings.enforced,
  });
  const data = ownedObjects(request, files, settings);
  const pod = podOf(part, access, request, settings, data.maps);
  const others = pod.spec?.containers.filter(({ name }) => !ours.has(name)) ?? [];
  const marked = others.length > 1;
  if (marked) mark(containerOf(pod.spec as V1PodSpec, part.target), request.run);
  const apart = toolsApart(access, settings);
  const spec = agentSpecOf(request, files, {
    places: paths,
    target: marked ? { marker: `${markerVariable}=${request.run}` } : {},
    tools: kit === null ? paths.tools : null,
    toolsContainer: apart,
    linger: lingerOf(settings.cluster),
  });
  return {
    pod,
    owned: [specSecret(spec, request, files, data.meta("spec")), ...data.maps, ...data.kit],
    scanner: scannerContainer,
    target: part.target,
    rung: access.rung,
    steps: [...part.steps, ...access.steps],
  };
}

const ours = new Set<string>([scannerContainer, toolsContainer, holdContainer]);

type Owned = { maps: V1ConfigMap[]; kit: (V1ConfigMap | V1Secret)[]; meta: (what: string) => V1ObjectMeta };

function ownedObjects(request: AuditRequest, files: RequestFiles, settings: RunSettings): Owned {
  const { expires } = deadlinesOf(request, settings.cluster, settings.now);
  const meta = (what: string): V1ObjectMeta => ({
    name: ownedName(request.run, what),
    namespace: settings.namespace,
    labels: labelsOf(request.run),
    annotations: annotationsOf({ ...settings.pod, expires }),
  });
  const names = fileNames(request, files).profiles;
  return {
    meta,
    maps: profileMaps(
      files.profiles.map((bytes, index) => ({ name: names[index] as string, bytes })),
      (index) => meta(`profiles-${index}`),
    ),
    kit:
      settings.kit === null
        ? []
        : [
            {
              apiVersion: "v1",
              kind: "ConfigMap",
              metadata: meta("kit"),
              binaryData: Object.fromEntries(
                Object.entries(settings.kit.files).map(([name, bytes]) => [name, base64(bytes)]),
              ),
            },
          ],
  };
}

function podOf(
  part: TargetPart,
  access: Access,
  request: AuditRequest,
  settings: RunSettings,
  maps: V1ConfigMap[],
): V1Pod {
  const { pod: options, kit } = settings;
  const { active, expires } = deadlinesOf(request, settings.cluster, settings.now);
  const { containers, initContainers = [], volumes = [], ...rest } = part.spec;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: podName(request.run, options.podName),
      namespace: settings.namespace,
      labels: labelsOf(request.run),
      annotations: {
        ...annotationsOf({ ...options, expires }),
        "kubectl.kubernetes.io/default-container": part.target,
      },
    },
    spec: {
      ...rest,
      restartPolicy: "Never",
      shareProcessNamespace: true,
      activeDeadlineSeconds: active,
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { seccompProfile: { type: "RuntimeDefault" }, ...rest.securityContext },
      ...(options.hold || initContainers.length > 0
        ? { initContainers: [...(options.hold ? [holdOf(options, kit)] : []), ...initContainers] }
        : {}),
      // Containers start one after the other: the scanner is up, and protected, before any process of the target exists.
      containers: [
        scannerOf(options, access, kit),
        ...(toolsApart(access, settings) ? [toolsOf(options, request.run)] : []),
        ...containers,
      ],
      volumes: [
        secretVolume(ownedName(request.run, "spec"), access),
        profilesVolume(volumeNames.profiles, maps),
        ...(kit === null ? [] : [kitVolume(ownedName(request.run, "kit"))]),
        resultsVolume,
        workVolume,
        ...(options.hold ? [holdVolume] : []),
        ...volumes,
      ],
    },
  };
}

/** Only a root target could climb out of the tools' directory; a stock image brings none. */
const toolsApart = ({ rung }: Access, { kit }: RunSettings): boolean =>
  kit === null && (rung === "default" || rung === "ptrace");

const containerOf = (spec: V1PodSpec, name: string): V1Container =>
  spec.containers.find((container) => container.name === name) as V1Container;

function mark(container: V1Container, run: string): void {
  container.env = [...(container.env ?? []), { name: markerVariable, value: run }];
}
