/** What is wrong with one container of a pod: it cannot be configured or started, or ended too early. Pure. */
import type { V1ContainerStatus, V1Pod } from "../manifest/api.ts";
import { howItEnded, signalOf, type Terminated } from "../pod-status.ts";
import { pullReasons, pullTrouble, scannerImageHint } from "./image.ts";
import { isOurs, type Cast, type Trouble } from "./trouble.ts";

/** Null while nothing is wrong with it, or it may still pass. */
export function containerTrouble(pod: V1Pod, status: V1ContainerStatus, cast: Cast): Trouble | null {
  const { waiting, terminated } = status.state ?? {};
  const { name } = status;
  const said = waiting?.message ?? terminated?.message ?? "";
  if (waiting?.reason !== undefined) {
    const { reason } = waiting;
    if (pullReasons.has(reason)) return pullTrouble(pod, status, reason, said, cast);
    if (reason === "CreateContainerConfigError")
      return {
        message: `The container ${name} cannot be configured: ${said}`,
        hint: configHint(said, name, cast),
      };
    if (/^(CreateContainerError|RunContainerError|PostStartHookError|PreCreateHookError)$/u.test(reason))
      return startTrouble(status, said, cast);
    if (reason === "CrashLoopBackOff") return crashLoop(pod, status, said, cast);
  }
  if (terminated === undefined) return null;
  if (/^(StartError|ContainerCannotRun|ContainerStatusUnknown)$/u.test(terminated.reason ?? ""))
    return startTrouble(status, said, cast);
  const isInit = pod.status?.initContainerStatuses?.some((one) => one.name === name) === true;
  if (isInit && terminated.exitCode === 0) return null;
  if (name === cast.scanner) {
    return terminated.reason === "OOMKilled"
      ? {
          message: `The scanner was killed because it needed more memory than its limit${limitOf(pod, name)}.`,
          hint: `Give it more with --overrides: {"spec": {"containers": [{"name": "${name}", "resources": {"limits": {"memory": "2Gi"}}}]}}`,
        }
      : null;
  }
  if (name === cast.target || isInit) return endTrouble(pod, status, cast);
  return null;
}

function configHint(said: string, name: string, cast: Cast): string {
  if (/runAsNonRoot|run as root/u.test(said))
    return isOurs(name, cast)
      ? "Say who the target is: --user UID:GID, or choose another --access."
      : "The image runs as root, and the pod forbids it: say who it is to run as with --user UID:GID.";
  const missing = /(secret|configmap) "([^"]+)" not found/iu.exec(said);
  if (missing !== null) return `Create the ${missing[1]} ${missing[2]} in this namespace.`;
  // Before 1.22 a node may read only what the pod referred to when it was made.
  if (/failed to sync secret cache/u.test(said))
    return "The node may not read Secrets that came after the pod. Audit a throw-away copy of it instead: --clone";
  if (/couldn't find key/u.test(said))
    return "Add the key, or mark the reference as optional in the workload.";
  return "Change what the container refers to (--env-from, --overrides).";
}

function startTrouble(status: V1ContainerStatus, said: string, cast: Cast): Trouble {
  const { name, image } = status;
  const words = said === "" ? "the container runtime does not say why" : said;
  if (name === cast.scanner)
    return {
      message: `The scanner cannot be started from the image ${image}: ${words}`,
      hint: /no such file or directory|not found/u.test(words)
        ? `That image is no scanner image. ${scannerImageHint}`
        : scannerImageHint,
    };
  const nothing =
    /no such file or directory|executable file not found|not found in \$PATH|no command specified/iu;
  return {
    message: `The container ${name} cannot be started: ${words}`,
    hint:
      nothing.test(words) && cast.canHold
        ? "The image has no such program: give it another with --command, or audit it without one: --hold"
        : nothing.test(words)
          ? "The image has no such program: give it another with --command."
          : "Change how it is started (--command, --overrides).",
  };
}

function crashLoop(pod: V1Pod, status: V1ContainerStatus, said: string, cast: Cast): Trouble {
  const last = status.lastState?.terminated;
  return {
    message: `The container ${status.name} of the pod ${pod.metadata?.name ?? ""} ends again and again (${status.restartCount} restarts)${last === undefined ? "" : `; last ${howItEnded(last)}`}.`,
    ...(said === "" ? {} : { details: [said] }),
    hint: cast.canHold
      ? "Its last lines say why; --hold audits the image without its program."
      : "Its last lines say why.",
    logsOf: status.name,
  };
}

function endTrouble(pod: V1Pod, status: V1ContainerStatus, cast: Cast): Trouble {
  const terminated = status.state?.terminated ?? { exitCode: 0 };
  const isTarget = status.name === cast.target;
  const what = isTarget ? "The target" : `The init container ${status.name}`;
  return {
    message: `${what} ended before it was audited, ${howItEnded(terminated)}${memoryNote(terminated, limitOf(pod, status.name))}.`,
    hint:
      isTarget && cast.canHold
        ? "A target must run while it is looked at. Keep it alive without its own program: --hold; or give it another one: --command PROGRAM"
        : "A target must run while it is looked at.",
    logsOf: status.name,
  };
}

const limitOf = (pod: V1Pod, name: string): string => {
  const limit = pod.spec?.containers.find((one) => one.name === name)?.resources?.limits?.["memory"];
  return limit === undefined ? "" : ` of ${limit}`;
};

/** A runtime that hears of the end before it hears of the cause tells only of the kill. `limit`: ` of 16Mi`, or nothing. */
function memoryNote(terminated: Terminated, limit: string): string {
  const size = limit.replace(" of ", "");
  if (limit === "") return "";
  if (terminated.reason === "OOMKilled") return ` (its limit: ${size})`;
  return signalOf(terminated) === "SIGKILL" ? `; perhaps it needed more memory than its limit, ${size}` : "";
}
