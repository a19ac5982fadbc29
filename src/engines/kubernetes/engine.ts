/** The Kubernetes engine: the API itself, never kubectl. A throw-away pod for images and workloads, an ephemeral container for a pod. */
import { isLocal, type ClusterTarget, type Target } from "../../target/target.ts";
import type { AuditRequest, Deployment, Engine, EngineContext, EnginePlan } from "../engine.ts";
import { connect, type Api } from "./client.ts";
import { deployPod } from "./deploy.ts";
import { readRequestFiles } from "./files.ts";
import { clusterAccess } from "./kubeconfig.ts";
import { listen } from "./listen.ts";
import { manifestsOf } from "./manifest/manifests.ts";
import type { ClusterSettings, RunManifests, RunSettings } from "./manifest/types.ts";
import { paths } from "./names.ts";
import { enforcedLevel } from "./namespace.ts";
import { containersOf, subjectOf } from "./subjects.ts";

export function kubernetesEngine(settings: ClusterSettings): Engine {
  const api = connect(clusterAccess(settings.options));
  return {
    name: "kubernetes",
    plan: async (target, request): Promise<EnginePlan> => {
      const { manifests } = await throwAway(api, settings, cluster(target), request);
      const { steps, pod, owned } = manifests;
      return { steps, manifests: [pod, ...owned] };
    },
    deploy: async (target, request, context): Promise<Deployment> => {
      const { manifests, agent } = await throwAway(api, settings, cluster(target), request, context);
      context.signal.throwIfAborted();
      const canHold = !settings.pod.hold;
      const running = await deployPod(api, manifests, request, settings.options, context, canHold);
      return listen(api, running, agent, settings.options, context);
    },
    containersOf: (target) => containersOf(api, cluster(target)),
  };
}

function cluster(target: Target): ClusterTarget {
  if (isLocal(target)) throw new Error(`${target.kind}: is no target in a cluster`);
  return target;
}

async function throwAway(
  api: Api,
  { options, pod }: ClusterSettings,
  target: ClusterTarget,
  request: AuditRequest,
  context?: EngineContext,
): Promise<{ manifests: RunManifests; agent: string[] }> {
  const signal = context?.signal;
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
