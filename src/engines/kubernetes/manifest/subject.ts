/** What is audited, as the part of a pod that is not ours: an image's single container, or a workload's containers. Pure. */
import type { V1Container, V1PodSpec } from "./api.ts";
import type { PlanStep } from "../../engine.ts";
import { paths, targetContainer } from "./names.ts";
import { throwAway } from "./workload.ts";
import { readOnly, volumeNames } from "./containers.ts";
import type { PodOptions, Subject } from "./types.ts";

export type TargetPart = {
  spec: V1PodSpec;
  annotations: Record<string, string>;
  target: string;
  /** There is no one else's security context to respect. */
  ours: boolean;
  steps: PlanStep[];
};

export function targetPartOf(subject: Subject, options: PodOptions): TargetPart {
  const part = subject.kind === "image" ? imagePart(subject.image, options) : workloadPart(subject, options);
  const containers = part.spec.containers.map((container) =>
    container.name === part.target ? withOptions(container, options) : container,
  );
  return { ...part, spec: withPodOptions({ ...part.spec, containers }, options) };
}

function imagePart(image: string, options: PodOptions): TargetPart {
  return {
    spec: { containers: [{ name: targetContainer, image }] },
    annotations: {},
    target: targetContainer,
    ours: true,
    steps: [
      {
        what: `target: a container of ${image}`,
        why:
          options.command.length + options.args.length > 0 || options.hold
            ? "its program is replaced, the rest is as its image says"
            : "it runs as its image says",
      },
    ],
  };
}

function workloadPart(
  { reference, template, container }: Extract<Subject, { kind: "workload" }>,
  options: PodOptions,
): TargetPart {
  const { spec, steps } = throwAway(reference, template, container, options.volumes);
  const labels = Object.entries(template.metadata?.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  const kept = Object.entries(template.metadata?.annotations ?? {}).filter(([key]) => !isBookkeeping(key));
  return {
    spec,
    // Webhooks and runtimes (AppArmor, secrets that an agent brings) go by annotations: the target may need them to start.
    annotations: {
      ...Object.fromEntries(kept),
      ...(labels.length === 0 ? {} : { "sidescan.dev/target-labels": labels.join(",") }),
    },
    target: container,
    ours: false,
    steps,
  };
}

/** Of the controllers that made the original. */
const isBookkeeping = (key: string): boolean =>
  /^(?:[\w.-]*\.)?(?:kubernetes\.io\/(?:psp|limit-ranger|config\.)|sidescan\.dev\/)|^kubectl\.kubernetes\.io\/|^cni\.projectcalico\.org\/|^k8s\.v1\.cni\.cncf\.io\/network-status/u.test(
    key,
  );

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
