/** A scanner that `sidescan inject` put into a pod: its log tells the audit that it made when the pod started. */
import { createHash } from "node:crypto";
import { usageError } from "../../errors.ts";
import type { EngineContext } from "../engine.ts";
import type { Api } from "./api/client.ts";
import type { Running } from "./start.ts";
import { follow } from "./follow.ts";
import { injectedAnnotation, profileDigestAnnotation, targetContainerAnnotation } from "./manifest/labels.ts";
import type { V1Pod } from "./manifest/api.ts";
import type { RequestFiles } from "./manifest/types.ts";
import { scannerContainer } from "./manifest/names.ts";

/** Run and target of the agent in it; null when there is none. */
export function injectedIn({ metadata, spec }: V1Pod): { run: string; target: string } | null {
  const run = metadata?.annotations?.[injectedAnnotation];
  const target = metadata?.annotations?.[targetContainerAnnotation];
  const there = spec?.containers.some(({ name }) => name === scannerContainer) === true;
  return run !== undefined && target !== undefined && there ? { run, target } : null;
}

/** @throws SidescanError (exit 2) when it audited something else than what is asked for now */
export function useInjected(
  api: Api,
  pod: V1Pod,
  { target }: { target: string },
  asked: { container: string | null; files: RequestFiles },
  context: EngineContext,
): Running {
  const { name = "", namespace = api.access.namespace, annotations } = pod.metadata ?? {};
  if (asked.container !== null && asked.container !== target)
    throw usageError(
      `The scanner in pod/${name} audits the container ${target}, not ${asked.container}.`,
      `Leave -c out, or audit a copy of the pod: --clone -c ${asked.container}`,
    );
  const audited = annotations?.[profileDigestAnnotation];
  const given = asked.files.profiles
    .map((bytes) => createHash("sha256").update(bytes).digest("hex"))
    .join(",");
  if (audited !== undefined && audited !== given)
    throw usageError(
      `The scanner in pod/${name} was injected with another profile than the one that is given now.`,
      "Inject the new one and deploy it, or audit a copy of the pod: --clone",
    );
  context.notice("info", `The pod ${namespace}/${name} brings its scanner along; its result is fetched.`);
  if (audited === undefined)
    context.notice("warning", "Whether its profile is the one that is given now cannot be told.");
  const running: Running = {
    namespace,
    name,
    followed: follow(api, pod, { events: false }),
    cast: { scanner: scannerContainer, target, own: new Set(), canHold: false, shared: true },
    finished: false,
    removing: false,
  };
  context.undo.defer("the watch of the pod", () => {
    running.removing = true;
    running.followed.stop();
  });
  return running;
}
