/** What is audited, as the part of a pod that is not ours: an image's single container, or a workload's containers. Pure. */
import type { V1Container, V1PodSpec } from "@kubernetes/client-node";
import type { PlanStep } from "../../engine.ts";
import { paths, targetContainer } from "../names.ts";
import { readOnly, volumeNames } from "./containers.ts";
import type { PodOptions, Subject } from "./types.ts";

export type TargetPart = { spec: V1PodSpec; target: string; steps: PlanStep[] };

export function targetPartOf(subject: Subject, options: PodOptions): TargetPart {
  const part = imagePart(subject);
  const containers = part.spec.containers.map((container) =>
    container.name === part.target ? withOptions(container, options) : container,
  );
  return { ...part, spec: withPodOptions({ ...part.spec, containers }, options) };
}

function imagePart(subject: Subject): TargetPart {
  if (subject.kind !== "image") throw new Error("not built yet");
  return {
    spec: { containers: [{ name: targetContainer, image: subject.image }] },
    target: targetContainer,
    steps: [
      {
        what: `target: a container of ${subject.image}`,
        why: "it runs as its image says; nothing is added to it",
      },
    ],
  };
}

function withOptions(container: V1Container, options: PodOptions): V1Container {
  const { command, args, env, envFrom, imagePullPolicy, hold, mountResults } = options;
  const mounts = [
    ...(container.volumeMounts ?? []),
    ...(hold ? [readOnly(volumeNames.hold, paths.held)] : []),
    ...(mountResults === null
      ? []
      : [{ name: volumeNames.results, mountPath: mountResults.path, readOnly: !mountResults.writable }]),
  ];
  const variables = [
    ...(container.env ?? []).filter(({ name }) => !env.some((own) => own.name === name)),
    ...env,
  ];
  const { args: _args, command: _command, ...rest } = container;
  return {
    ...(hold || command.length > 0 ? rest : container),
    ...(hold ? { command: [`${paths.held}/hold`] } : command.length > 0 ? { command } : {}),
    ...(args.length > 0 ? { args } : {}),
    ...(imagePullPolicy === null ? {} : { imagePullPolicy }),
    ...(variables.length > 0 ? { env: variables } : {}),
    ...(envFrom.length > 0 ? { envFrom: [...(container.envFrom ?? []), ...envFrom] } : {}),
    ...(mounts.length > 0 ? { volumeMounts: mounts } : {}),
  };
}

function withPodOptions(spec: V1PodSpec, options: PodOptions): V1PodSpec {
  const secrets = options.imagePullSecrets.map((name) => ({ name }));
  const tolerations = [...(spec.tolerations ?? []), ...options.tolerations];
  const nodeSelector = { ...spec.nodeSelector, ...options.nodeSelector };
  return {
    ...spec,
    ...(options.serviceAccount === null ? {} : { serviceAccountName: options.serviceAccount }),
    ...(secrets.length > 0 ? { imagePullSecrets: [...(spec.imagePullSecrets ?? []), ...secrets] } : {}),
    ...(tolerations.length > 0 ? { tolerations } : {}),
    ...(Object.keys(nodeSelector).length > 0 ? { nodeSelector } : {}),
  };
}
