/**
 * What is wrong with a pod: the first cause that its status and its events name, in words, with what to do. Pure; the target's last
 * log lines are asked for by `logsOf`, and fetched by whoever tells it.
 */
import type { CoreV1Event, V1ContainerStatus, V1Pod } from "./manifest/api.ts";
import type { Sight } from "./follow.ts";

export type Trouble = {
  message: string;
  hint?: string;
  details?: string[];
  /** The container whose last lines say more. */
  logsOf?: string;
};

/** What must be known of a run to tell whose fault something is. */
export type Cast = {
  scanner: string;
  target: string;
  /** Names of the run's own Secrets and ConfigMaps: that the kubelet looked for them too early passes. */
  own: ReadonlySet<string>;
  /** Whether a target that ended may be held by --hold. */
  canHold: boolean;
  /** The pod is not ours: what else is wrong in it is none of our business. */
  shared: boolean;
};

/** Null while all is well, or may still become so. */
export function podTrouble({ pod, gone, events }: Sight, cast: Cast): Trouble | null {
  return (
    wholePod(pod, gone) ??
    firstOf(statusesOf(pod).filter(concerns(cast)), (status) => containerTrouble(pod, status, cast)) ??
    (cast.shared ? null : firstOf(events, (event) => eventTrouble(event, cast)))
  );
}

const concerns =
  ({ shared, scanner, target }: Cast) =>
  ({ name }: V1ContainerStatus): boolean =>
    !shared || name === scanner || name === target;

/** What the scheduler says when it finds no node; null when it found one or has not looked yet. */
export function unschedulable({ pod, events }: Sight): string | null {
  const condition = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (condition?.status !== "False" || condition.reason === "SchedulingGated") return null;
  const said = condition.message ?? events.findLast(({ reason }) => reason === "FailedScheduling")?.message;
  return said ?? condition.reason ?? "no node was found";
}

export const schedulingTrouble = (pod: V1Pod, said: string, waited: number): Trouble => ({
  message: `No node takes the pod ${nameOf(pod)}${waited > 0 ? `, also not within ${waited} s` : ""}: ${said}`,
  hint:
    waited > 0
      ? "Free or add nodes, or change what the pod asks for (--node-selector, --toleration, --overrides)."
      : "Change what the pod asks for (--node-selector, --toleration, --overrides); with an autoscaler, give it time: --schedule-wait 300",
});

export const statusesOf = ({ status }: V1Pod): V1ContainerStatus[] => [
  ...(status?.initContainerStatuses ?? []),
  ...(status?.containerStatuses ?? []),
  ...(status?.ephemeralContainerStatuses ?? []),
];

export const statusOf = (pod: V1Pod, container: string): V1ContainerStatus | undefined =>
  statusesOf(pod).find(({ name }) => name === container);

const nameOf = (pod: V1Pod): string => pod.metadata?.name ?? "";

function firstOf<Item, Found>(items: Item[], look: (item: Item) => Found | null): Found | null {
  for (const item of items) {
    const found = look(item);
    if (found !== null) return found;
  }
  return null;
}

/** By the condition DisruptionTarget, which newer servers set. */
const disruptions: Record<string, string> = {
  EvictionByEvictionAPI: "it was evicted (a node is being drained, perhaps)",
  PreemptionByScheduler: "the scheduler made room for a pod of higher priority",
  DeletionByTaintManager: "its node has a taint that it does not tolerate",
  DeletionByPodGC: "its node is gone",
  TerminationByKubelet: "its node had to end it (it is short of memory or disk, or shuts down)",
};

function wholePod(pod: V1Pod, gone: boolean): Trouble | null {
  const name = nameOf(pod);
  const { phase, reason, message, conditions } = pod.status ?? {};
  const node = pod.spec?.nodeName ?? "its node";
  const disruption = conditions?.find(({ type, status }) => type === "DisruptionTarget" && status === "True");
  const said = message === undefined || message === "" ? "" : ` ${message}`;
  if (reason === "NodeLost")
    return { message: `The node ${node} does not answer any more.${said}`, hint: "Scan again." };
  if (reason === "Evicted")
    return {
      message: `The pod ${name} was evicted from ${node}.${said}`,
      hint: "The node is short of memory or disk; scan again, or choose another one with --node-selector.",
    };
  if (reason === "DeadlineExceeded")
    return {
      message: `The pod ${name} reached its deadline of ${pod.spec?.activeDeadlineSeconds ?? "?"} s.${said}`,
      hint: "Allow more time: --timeout SECONDS",
    };
  if (gone || pod.metadata?.deletionTimestamp !== undefined) {
    const why = disruptions[disruption?.reason ?? ""];
    return {
      message: `The pod ${name} was deleted by somebody else during the scan${why === undefined ? "." : `: ${why}.`}`,
      hint: "Scan again.",
    };
  }
  if (phase === "Failed" && reason !== undefined)
    return {
      message: `The node ${node} refuses the pod ${name}: ${reason}.${said}`,
      hint: /^OutOf|NodeAffinity|MatchNodeSelector/u.test(reason)
        ? "The node has no room for it, or is not the right one; scan again, or choose another one with --node-selector."
        : "Scan again, or choose another node with --node-selector.",
    };
  return null;
}

const pullReasons = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "ImageInspectError",
  "RegistryUnavailable",
  "SignatureValidationFailed",
]);

function containerTrouble(pod: V1Pod, status: V1ContainerStatus, cast: Cast): Trouble | null {
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

const limitOf = (pod: V1Pod, name: string): string => {
  const limit = pod.spec?.containers.find((one) => one.name === name)?.resources?.limits?.["memory"];
  return limit === undefined ? "" : ` of ${limit}`;
};

const scannerImageHint =
  "Build it with `npm run image` and put it where the cluster gets its images from, or name yours with --scanner-image; " +
  "with --scanner-kit any image that holds CINC Auditor or InSpec will do.";

const isOurs = (name: string, { scanner }: Cast): boolean => name === scanner || name.startsWith("sidescan-");

function pullTrouble(
  pod: V1Pod,
  status: V1ContainerStatus,
  reason: string,
  said: string,
  cast: Cast,
): Trouble {
  const { name } = status;
  const image = imageOf(pod, name) ?? status.image;
  const ours = isOurs(name, cast);
  const whose = ours ? "scanner's" : name === cast.target ? "target's" : `container ${name}'s`;
  const why: Record<string, string> = {
    InvalidImageName: "is no image name",
    ErrImageNeverPull: "is not on the node, and may not be pulled",
  };
  return {
    message: `The ${whose} image ${image} ${why[reason] ?? "cannot be pulled"} (${reason}).`,
    details: said === "" || said.startsWith("Back-off pulling image") ? pullWords(pod, name) : [said],
    hint: ours
      ? scannerImageHint
      : reason === "ErrImageNeverPull"
        ? "Put the image on the node, or allow pulling: --image-pull-policy IfNotPresent"
        : reason === "InvalidImageName"
          ? "Images are named such as registry/name:tag."
          : "Is the name right, and is it in a registry that the nodes reach? Private ones need --image-pull-secret NAME.",
  };
}

/** The back-off's own message says nothing; the state before it does. */
function pullWords(pod: V1Pod, name: string): string[] {
  const said = statusOf(pod, name)?.lastState?.waiting?.message;
  return said === undefined ? [] : [said];
}

const imageOf = (pod: V1Pod, name: string): string | undefined =>
  [
    ...(pod.spec?.initContainers ?? []),
    ...(pod.spec?.containers ?? []),
    ...(pod.spec?.ephemeralContainers ?? []),
  ].find((one) => one.name === name)?.image;

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
    message: `The container ${status.name} of the pod ${nameOf(pod)} ends again and again (${status.restartCount} restarts)${last === undefined ? "" : `; last ${howItEnded(last)}`}.`,
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

/** A runtime that hears of the end before it hears of the cause tells only of the kill. `limit`: ` of 16Mi`, or nothing. */
function memoryNote(terminated: { exitCode: number; reason?: string }, limit: string): string {
  const size = limit.replace(" of ", "");
  if (limit === "") return "";
  if (terminated.reason === "OOMKilled") return ` (its limit: ${size})`;
  return signalOf(terminated) === "SIGKILL" ? `; perhaps it needed more memory than its limit, ${size}` : "";
}

const signals: Record<number, string> = { 1: "SIGHUP", 2: "SIGINT", 4: "SIGILL", 6: "SIGABRT", 8: "SIGFPE" };
Object.assign(signals, { 7: "SIGBUS", 9: "SIGKILL", 11: "SIGSEGV", 13: "SIGPIPE", 15: "SIGTERM" });

/** A container's end in words; runtimes tell a signal as exit code 128 + number. */
export function howItEnded(terminated: {
  exitCode: number;
  reason?: string | undefined;
  signal?: number | undefined;
}): string {
  const { exitCode, reason } = terminated;
  const signal = signalOf(terminated);
  if (reason === "OOMKilled") return "killed because it needed more memory than its limit (OOMKilled)";
  if (signal !== null) return `by ${signal} (exit code ${exitCode})`;
  return `with exit code ${exitCode}`;
}

export function signalOf(terminated: { exitCode: number; signal?: number | undefined }): string | null {
  const number = terminated.signal || (terminated.exitCode > 128 ? terminated.exitCode - 128 : 0);
  return number > 0 && number < 65 ? (signals[number] ?? `signal ${number}`) : null;
}

/** Only what will not pass by itself; status tells the rest. */
function eventTrouble(event: CoreV1Event, cast: Cast): Trouble | null {
  const { reason, message = "" } = event;
  if (reason !== "FailedMount" && reason !== "FailedAttachVolume") return null;
  const missing =
    /(secret|configmap|persistentvolumeclaim) "([^"]+)" not found|references non-existent (\w+) key/iu.exec(
      message,
    );
  if (
    missing === null ||
    cast.own.has(missing[2] ?? "") ||
    [...cast.own].some((name) => message.includes(name))
  )
    return null;
  return {
    message: `A volume cannot be mounted: ${message}`,
    hint:
      missing[2] === undefined
        ? "Add the key, or mark the reference as optional in the workload."
        : `Create the ${missing[1]} ${missing[2]} in this namespace.`,
  };
}
