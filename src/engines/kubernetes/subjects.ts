/** What a throw-away pod is made from: an image, or the pod template of a workload as the cluster has it now. */
import type { V1Pod, V1PodTemplateSpec } from "./manifest/api.ts";
import { cannotScan, usageError } from "../../errors.ts";
import type { ClusterTarget, WorkloadKind } from "../../target/target.ts";
import type { Api } from "./api/client.ts";
import { isRefusal } from "./api/exchange.ts";
import { injectedIn } from "./injected.ts";
import type { Subject } from "./manifest/types.ts";
import { scannerContainer, toolsContainer } from "./manifest/names.ts";
import { explained } from "./api/refusals.ts";

/** Where each kind is found, newest API first, and where in it the template lies. */
const places: Record<
  WorkloadKind,
  { apis: string[]; plural: string; template: (object: Workload) => Template }
> = {
  deployment: { apis: ["apps/v1"], plural: "deployments", template: ({ spec }) => spec?.template },
  statefulset: { apis: ["apps/v1"], plural: "statefulsets", template: ({ spec }) => spec?.template },
  daemonset: { apis: ["apps/v1"], plural: "daemonsets", template: ({ spec }) => spec?.template },
  replicaset: { apis: ["apps/v1"], plural: "replicasets", template: ({ spec }) => spec?.template },
  job: { apis: ["batch/v1"], plural: "jobs", template: ({ spec }) => spec?.template },
  // Servers before 1.21 have it as a beta.
  cronjob: {
    apis: ["batch/v1", "batch/v1beta1"],
    plural: "cronjobs",
    template: ({ spec }) => spec?.jobTemplate?.spec?.template,
  },
};

type Template = V1PodTemplateSpec | null | undefined;
type Workload = { spec?: { template?: Template; jobTemplate?: { spec?: { template?: Template } } } };

/** @throws SidescanError: exit code 3 when it is not there, 2 when it has several containers and none is chosen */
export async function subjectOf(api: Api, target: ClusterTarget, signal?: AbortSignal): Promise<Subject> {
  if (target.kind === "image") return { kind: "image", image: target.image };
  const template = await templateOf(api, target, signal);
  const [first, ...more] = containersIn(template);
  const container = target.container ?? (more.length === 0 ? first : undefined);
  if (container === undefined)
    throw usageError(
      `${referenceOf(target)} has ${more.length + 1} containers.`,
      `Say which one is audited: -c ${[first, ...more].join(", -c ")}`,
    );
  mustHave(template, container, target);
  return { kind: "workload", reference: referenceOf(target), template, container };
}

/** Names of the containers that a target stands for. */
export async function containersOf(api: Api, target: ClusterTarget, signal?: AbortSignal): Promise<string[]> {
  if (target.kind === "image") return [];
  if (target.kind === "pod" && !target.clone) {
    const injected = injectedIn(await readPod(api, target.name, signal));
    if (injected !== null) return [target.container ?? injected.target];
  }
  const template = await templateOf(api, target, signal);
  if (target.container === null) return containersIn(template);
  mustHave(template, target.container, target);
  return [target.container];
}

/** As users name it: pod/web, deployment/web. */
export const referenceOf = (target: Exclude<ClusterTarget, { kind: "image" }>): string =>
  `${target.kind === "pod" ? "pod" : target.workload}/${target.name}`;

/** Those that can be audited: an earlier scanner's own are none. */
const containersIn = ({ spec }: V1PodTemplateSpec): string[] =>
  (spec?.containers ?? [])
    .map(({ name }) => name)
    .filter((name) => name !== scannerContainer && name !== toolsContainer);

function mustHave(
  template: V1PodTemplateSpec,
  container: string,
  target: Exclude<ClusterTarget, { kind: "image" }>,
): void {
  const names = containersIn(template);
  if (!names.includes(container))
    throw usageError(
      `${referenceOf(target)} has no container ${container}.`,
      `Its containers are: ${names.join(", ")}.`,
    );
}

/** @throws SidescanError (exit 3) when it is not there, or may not be read */
export async function readPod(api: Api, name: string, signal?: AbortSignal): Promise<V1Pod> {
  const { namespace } = api.access;
  try {
    return await api.call<V1Pod>("GET", `/api/v1/namespaces/${namespace}/pods/${name}`, { signal });
  } catch (error) {
    if (isRefusal(error, 404)) throw missing(`pod/${name}`, namespace);
    throw explained(error, { what: `read the pod ${name}`, namespace }, api.access);
  }
}

async function templateOf(
  api: Api,
  target: Exclude<ClusterTarget, { kind: "image" }>,
  signal?: AbortSignal,
): Promise<V1PodTemplateSpec> {
  if (target.kind === "pod") {
    const { metadata, spec } = await readPod(api, target.name, signal);
    return { metadata: metadata ?? {}, ...(spec === undefined ? {} : { spec }) };
  }
  const { namespace } = api.access;
  const reference = referenceOf(target);
  const { apis, plural, template } = places[target.workload];
  for (const version of apis) {
    try {
      const path = `/apis/${version}/namespaces/${namespace}/${plural}/${target.name}`;
      const found = template(await api.call<Workload>("GET", path, { signal }));
      if (found === undefined || found === null) throw cannotScan(`${reference} holds no pod template.`);
      return found;
    } catch (error) {
      // A server without that version says so in plain words; one without the object names it.
      if (!isRefusal(error, 404))
        throw explained(error, { what: `read ${reference}`, namespace }, api.access);
      if (error.status.details?.name !== undefined) break;
    }
  }
  throw missing(reference, namespace);
}

const missing = (reference: string, namespace: string) =>
  cannotScan(`There is no ${reference} in the namespace ${namespace}.`, {
    hint: "Is it the right namespace? Name another with --namespace.",
  });
