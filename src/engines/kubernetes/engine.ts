/** The Kubernetes engine: the API itself, never kubectl. A throw-away pod for images and workloads, an ephemeral container for a pod. */
import { exitCodes, SidescanError, usageError } from "../../errors.ts";
import { isLocal, type ClusterTarget, type Target } from "../../target/target.ts";
import type { AuditRequest, Deployment, Engine, EngineContext, EnginePlan } from "../engine.ts";
import { attach } from "./attach.ts";
import { connect, type Api } from "./api/client.ts";
import { deployPod } from "./deploy.ts";
import { readRequestFiles } from "./request-files.ts";
import { injectedIn, useInjected } from "./injected.ts";
import { clusterAccess } from "./api/cluster-access.ts";
import { listen } from "./listen.ts";
import type { V1Pod } from "./manifest/api.ts";
import { attachManifestsOf } from "./manifest/attach.ts";
import { manifestsOf } from "./manifest/manifests.ts";
import type { ClusterSettings, RequestFiles, RunManifests, RunSettings } from "./manifest/types.ts";
import { enforcedLevel } from "./namespace.ts";
import { paths } from "./manifest/names.ts";
import { containersOf, readPod, subjectOf } from "./subjects.ts";

type PodTarget = Extract<ClusterTarget, { kind: "pod" }>;

/** The cluster is not spoken to before something is asked of the engine. */
export function kubernetesEngine(settings: ClusterSettings): Engine {
  let connected: Api | undefined;
  const api = (): Api => (connected ??= connect(clusterAccess(settings.options)));
  return {
    name: "kubernetes",
    plan: async (target, request): Promise<EnginePlan> => {
      const what = inCluster(target);
      if (isRunning(what)) return planAttached(api(), settings, what, request);
      const { steps, pod, owned } =
        what.kind === "image"
          ? await planImage(api, settings, what, request)
          : (await throwAway(api(), settings, what, request)).manifests;
      return { steps, manifests: [pod, ...owned] };
    },
    deploy: (target, request, context): Promise<Deployment> => {
      const what = inCluster(target);
      return isRunning(what)
        ? deployBeside(api(), settings, what, request, context)
        : deployThrowAway(api(), settings, what, request, context);
    },
    containersOf: (target) => containersOf(api(), inCluster(target)),
  };
}

function inCluster(target: Target): ClusterTarget {
  if (isLocal(target)) throw new Error(`${target.kind}: is no target in a cluster`);
  return target;
}

/** A pod that is looked at as it runs. */
const isRunning = (target: ClusterTarget): target is PodTarget => target.kind === "pod" && !target.clone;

async function deployThrowAway(
  api: Api,
  settings: ClusterSettings,
  target: ClusterTarget,
  request: AuditRequest,
  context: EngineContext,
): Promise<Deployment> {
  const { manifests, agent } = await throwAway(api, settings, target, request, context.signal);
  context.signal.throwIfAborted();
  const canHold = !settings.pod.hold;
  const running = await deployPod(api, manifests, request, settings.options, context, canHold);
  return listen(api, running, agent, settings.options, context, request.wait);
}

async function throwAway(
  api: Api,
  { options, pod }: ClusterSettings,
  target: ClusterTarget,
  request: AuditRequest,
  signal?: AbortSignal,
): Promise<{ manifests: RunManifests; agent: string[] }> {
  const { namespace } = api.access;
  const [files, subject, enforced] = await Promise.all([
    readRequestFiles(request),
    subjectOf(api, target, signal),
    enforcedLevel(api, namespace, signal),
  ]);
  const kit = pod.scannerKit ? await (await import("./kit.ts")).scannerKit() : null;
  const run: RunSettings = { namespace, now: new Date(), pod, cluster: options, kit, enforced };
  return { manifests: manifestsOf(subject, request, files, run), agent: kit?.command ?? [paths.agent] };
}

/** What an image needs is known without a cluster; only what its namespace enforces is not. */
async function planImage(
  api: () => Api,
  settings: ClusterSettings,
  target: Extract<ClusterTarget, { kind: "image" }>,
  request: AuditRequest,
): Promise<RunManifests> {
  try {
    return (await throwAway(api(), settings, target, request)).manifests;
  } catch (error) {
    if (!(error instanceof SidescanError) || !isAbsence(error, settings)) throw error;
    const { options, pod } = settings;
    const namespace = options.namespace ?? "default";
    const kit = pod.scannerKit ? await (await import("./kit.ts")).scannerKit() : null;
    const run: RunSettings = { namespace, now: new Date(), pod, cluster: options, kit, enforced: null };
    const planned = manifestsOf(
      { kind: "image", image: target.image },
      request,
      await readRequestFiles(request),
      run,
    );
    const step = { what: "cluster: not asked what it admits", why: error.message };
    return { ...planned, steps: [...planned.steps, step] };
  }
}

/** There is no cluster to ask; a kubeconfig or context that was named must be there all the same. */
const isAbsence = (error: SidescanError, { options }: ClusterSettings): boolean =>
  error.message.startsWith("Cannot reach") ||
  (error.exitCode === exitCodes.usage &&
    error.message.startsWith("There is no kubeconfig") &&
    options.kubeconfig === undefined);

async function deployBeside(
  api: Api,
  settings: ClusterSettings,
  target: PodTarget,
  request: AuditRequest,
  context: EngineContext,
): Promise<Deployment> {
  const { pod, files } = await lookAt(api, target, request, context.signal);
  const injected = injectedIn(pod);
  if (injected !== null) {
    const asked = { container: target.container, files };
    const running = useInjected(api, pod, injected, asked, context);
    const deployment = listen(api, running, [paths.agent], settings.options, context, request.wait);
    return { ...deployment, run: injected.run };
  }
  const manifests = await attached(api, settings, target, pod, request, files, context.signal);
  const running = await attach(api, pod, manifests, request, settings.options, context);
  return listen(api, running, [paths.agent], settings.options, context, request.wait);
}

async function planAttached(
  api: Api,
  settings: ClusterSettings,
  target: PodTarget,
  request: AuditRequest,
): Promise<EnginePlan> {
  const { pod, files } = await lookAt(api, target, request);
  if (injectedIn(pod) !== null) {
    const what = `result: fetched from the scanner that pod/${target.name} brings along`;
    return {
      steps: [{ what, why: "it was injected, and made its audit when the pod started" }],
      manifests: [],
    };
  }
  const { steps, owned, container } = await attached(api, settings, target, pod, request, files);
  const { name = "", namespace = "" } = pod.metadata ?? {};
  const patch = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: { ephemeralContainers: [container] },
  };
  return { steps, manifests: [...owned, patch] };
}

async function lookAt(
  api: Api,
  target: PodTarget,
  request: AuditRequest,
  signal?: AbortSignal,
): Promise<{ pod: V1Pod; files: RequestFiles }> {
  const [pod, files] = await Promise.all([readPod(api, target.name, signal), readRequestFiles(request)]);
  return { pod, files };
}

async function attached(
  api: Api,
  { options, pod: podOptions }: ClusterSettings,
  target: PodTarget,
  pod: V1Pod,
  request: AuditRequest,
  files: RequestFiles,
  signal?: AbortSignal,
) {
  const names = pod.spec?.containers.map(({ name }) => name) ?? [];
  const container = target.container ?? (names.length === 1 ? names[0] : undefined);
  if (container === undefined)
    throw usageError(
      `pod/${target.name} has ${names.length} containers.`,
      `Say which one is audited: -c ${names.join(", -c ")}`,
    );
  if (podOptions.scannerKit)
    throw usageError(
      "--scanner-kit: an ephemeral container has no volumes that the kit could come in.",
      "Audit a copy of the pod, which takes it: --clone",
    );
  const { namespace } = api.access;
  return attachManifestsOf({ pod, container, reference: `pod/${target.name}` }, request, files, {
    namespace,
    now: new Date(),
    pod: podOptions,
    // Nobody can end such an agent from outside, so it does not wait for a reader that may never come.
    cluster: { ...options, retrieve: options.retrieve === "auto" ? "logs" : options.retrieve },
    kit: null,
    enforced: await enforcedLevel(api, namespace, signal),
  });
}
