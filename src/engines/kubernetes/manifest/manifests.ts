/** From what is audited and how, to the pod and everything else that a run makes in a cluster. Pure: `plan` prints what `scan` creates. */
import type { V1ConfigMap, V1Container, V1ObjectMeta, V1Pod, V1PodSpec, V1Secret } from "./api.ts";
import type { UserSpec } from "../../../target/target.ts";
import type { AuditRequest } from "../../engine.ts";
import { planAccess, type Access } from "./access.ts";
import { identityOf } from "./identity.ts";
import { annotationsOf, labelsOf } from "./labels.ts";
import { mergeStrategically } from "./overrides.ts";
import {
  holdContainer,
  markerVariable,
  ownedName,
  paths,
  podName,
  scannerContainer,
  toolsContainer,
} from "./names.ts";
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
import { checkReliance } from "./reliance.ts";
import { furtherSteps } from "./steps.ts";
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
  const data = ownedObjects(request, files, settings);
  const made = (access: Access): V1Pod => {
    const pod = podOf(part, access, request, settings, data.maps);
    if (options.overrides === null) return pod;
    const merged = mergeStrategically(pod, options.overrides);
    checkReliance(pod, merged, part.target);
    return merged;
  };
  // Overrides may say who the target is, and the scanner's own container depends on that.
  const { spec: seen } = made(anyAccess) as { spec: V1PodSpec };
  const access = planAccess(
    identityOf(seen, containerOf(seen, part.target), options.user, options.userFrom),
    {
      access: options.access,
      allowPtrace: options.allowPtrace,
      commands: request.commands,
      enforced: settings.enforced,
    },
  );
  const pod = made(access);
  const marked = besides(pod.spec as V1PodSpec, part.target).length > 0;
  if (marked) mark(containerOf(pod.spec as V1PodSpec, part.target), request.run);
  const apart = toolsApart(access, settings);
  const spec = agentSpecOf(request, files, {
    places: paths,
    target: marked ? { marker: `${markerVariable}=${request.run}` } : {},
    tools: kit === null ? paths.tools : null,
    toolsContainer: apart,
    linger: lingerOf(settings.cluster),
    access: access.rung,
    shareResults: settings.pod.mountResults !== null,
  });
  return {
    pod,
    owned: [specSecret(spec, request, files, data.meta("spec")), ...data.maps, ...data.kit],
    scanner: scannerContainer,
    target: part.target,
    rung: access.rung,
    steps: [...part.steps, ...access.steps, ...furtherSteps(pod, settings, apart, marked)],
  };
}

const ours = new Set<string>([scannerContainer, toolsContainer, holdContainer]);

/** A service mesh would put a proxy beside the target, which is neither audited nor needed. */
const noMesh = {
  label: { "sidecar.istio.io/inject": "false" },
  annotation: { "linkerd.io/inject": "disabled" },
};

/** For looking at a pod only: which rung it is, is still to be planned. */
const anyAccess: Access = {
  rung: "baseline",
  gid: null,
  identity: { uid: null, gid: null, nonRoot: false, capabilities: [], added: [], source: "" },
  steps: [],
};

/** What runs as long as the target does, and is neither it nor ours. */
const besides = ({ containers, initContainers = [] }: V1PodSpec, target: string): string[] =>
  [...containers, ...initContainers.filter(({ restartPolicy }) => restartPolicy === "Always")]
    .map(({ name }) => name)
    .filter((name) => name !== target && !ours.has(name));

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
      labels: { ...labelsOf(request.run), ...noMesh.label },
      annotations: {
        ...part.annotations,
        ...noMesh.annotation,
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
        ...containers.map((container) =>
          part.ours && access.rung === "restricted"
            ? restrictedTarget(container, options.user, access)
            : container,
        ),
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

/**
 * A namespace that enforces the standard wants it of the target too. Only a user with its group is set: kubelet checks an image's own number
 * itself, and with a user alone it would take the group from elsewhere than the image does.
 */
function restrictedTarget(
  container: V1Container,
  user: UserSpec | null,
  { identity, gid }: Access,
): V1Container {
  return {
    ...container,
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      runAsNonRoot: true,
      ...(user === null || user.group === null || identity.uid === null || gid === null
        ? {}
        : { runAsUser: identity.uid, runAsGroup: gid }),
      ...container.securityContext,
    },
  };
}

const containerOf = (spec: V1PodSpec, name: string): V1Container =>
  spec.containers.find((container) => container.name === name) as V1Container;

function mark(container: V1Container, run: string): void {
  container.env = [...(container.env ?? []), { name: markerVariable, value: run }];
}
