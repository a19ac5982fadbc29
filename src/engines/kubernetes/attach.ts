/** The scanner as an ephemeral container of a pod that runs already, and the undo that such a container allows. */
import { setTimeout as delay } from "node:timers/promises";
import { cannotScan, SidescanError } from "../../errors.ts";
import type { Remains } from "../../undo.ts";
import type { AuditRequest, EngineContext } from "../engine.ts";
import type { Api } from "./api/client.ts";
import { isRefusal, Refusal } from "./api/exchange.ts";
import { started, type Running } from "./start.ts";
import { statusOf } from "./pod-status.ts";
import { follow } from "./follow.ts";
import type { V1Container, V1Pod } from "./manifest/api.ts";
import type { AttachManifests, ClusterOptions } from "./manifest/types.ts";
import { make, ownedBy, ownerOf, thingOf } from "./objects.ts";
import { CLEANUP_BUDGET, removeAll } from "./remove.ts";
import { explained } from "./api/refusals.ts";

/** Milliseconds that an agent that has said its last may need to end. */
const LAST_MOMENTS = 10_000;

/** @throws SidescanError (exit 3) when server or rights do not allow it, or the container does not start */
export async function attach(
  api: Api,
  pod: V1Pod,
  { container, owned }: AttachManifests,
  request: AuditRequest,
  options: ClusterOptions,
  context: EngineContext,
): Promise<Running> {
  const { name = "", namespace = api.access.namespace } = pod.metadata ?? {};
  const things = owned.map((manifest) => thingOf(manifest, namespace));
  const running: Running = {
    namespace,
    name,
    followed: follow(api, pod, { events: true }),
    cast: {
      scanner: container.name,
      target: container.targetContainerName,
      own: new Set(things.map((thing) => thing.name)),
      canHold: false,
      shared: true,
    },
    finished: false,
    removing: false,
  };
  let asked = false;
  context.undo.defer(
    `the scanner in the pod ${name}`,
    async () => {
      running.removing = true;
      try {
        const [removed, left] = await Promise.all([
          removeAll(api, things, request.run, { followed: null, nodeAlive: false }),
          asked ? whenEnded(running, request.timeout) : [],
        ]);
        return [...removed, ...left];
      } finally {
        running.followed.stop();
      }
    },
    { budget: CLEANUP_BUDGET },
  );
  await Promise.all(
    owned.map((manifest, index) =>
      make(
        api,
        things[index] as (typeof things)[number],
        ownedBy(manifest, ownerOf(pod)),
        request.run,
        context.signal,
      ),
    ),
  );
  context.signal.throwIfAborted();
  context.notice(
    "info",
    `The scanner joins the pod ${namespace}/${name} as the ephemeral container ${container.name}; its entry stays in the pod's spec until the pod ends.`,
  );
  asked = true;
  await join(api, pod, container).catch((error: unknown) => {
    asked = !isRefused(error);
    throw error;
  });
  await started(api, running, request, options, context);
  return running;
}

type Patched = { spec?: { ephemeralContainers?: { name: string }[] } };

/** By the API as it is today; servers before 1.22 have an object of its own there, which takes a JSON patch only. */
async function join(api: Api, pod: V1Pod, container: V1Container): Promise<void> {
  const { name = "", namespace = "" } = pod.metadata ?? {};
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/ephemeralcontainers`;
  const patch = <Answer>(kind: string, body: unknown): Promise<Answer> =>
    api.call<Answer>("PATCH", path, { body, contentType: `application/${kind}+json` });
  try {
    const patched = await patch<Patched>("strategic-merge-patch", {
      spec: { ephemeralContainers: [container] },
    });
    if (patched.spec?.ephemeralContainers?.some((one) => one.name === container.name) === true) return;
    const { securityContext, ...plain } = container;
    if (securityContext?.runAsUser !== pod.spec?.securityContext?.runAsUser) throw tooOld(api);
    await patch("json-patch", [{ op: "add", path: "/ephemeralContainers/-", value: plain }]);
  } catch (error) {
    if (error instanceof Refusal && isRefusal(error, 404) && !error.status.details?.name)
      throw cannotScan(`The API server ${api.access.server.host} takes no ephemeral containers.`, {
        hint: "Audit a throw-away copy of the pod instead: --clone",
        cause: error,
      });
    throw explained(
      error,
      { what: `add the scanner to the pod ${name} as an ephemeral container`, namespace },
      api.access,
    );
  }
}

/** Such a server takes no security context for it: it is then whoever the pod says, and nobody in particular else. */
const tooOld = ({ access }: Api): SidescanError =>
  cannotScan(
    `The API server ${access.server.host} is older than 1.22: its ephemeral containers cannot be told which user to be.`,
    { hint: "Audit a throw-away copy of the pod instead: --clone" },
  );

/** Whether it is certain that nothing was added. */
const isRefused = (error: unknown): boolean =>
  error instanceof SidescanError &&
  !(error.cause instanceof Refusal ? error.cause.code >= 500 : error.message.startsWith("Cannot reach"));

/** It cannot be stopped from outside, but ends with its audit. */
async function whenEnded({ followed, cast, finished }: Running, timeout: number): Promise<Remains[]> {
  const over = new AbortController();
  const end = followed.until(
    ({ pod, gone }) => gone || statusOf(pod, cast.scanner)?.state?.terminated !== undefined || null,
    over.signal,
  );
  const late = delay(finished ? LAST_MOMENTS : 1000, false, { signal: over.signal });
  try {
    if (await Promise.race([end, late])) return [];
    return [
      {
        what: `the ephemeral container ${cast.scanner}`,
        why: `it cannot be stopped from outside; it ends by itself when its audit does, in ${timeout} s at the latest`,
      },
    ];
  } finally {
    end.catch(() => {});
    late.catch(() => {});
    over.abort();
  }
}
