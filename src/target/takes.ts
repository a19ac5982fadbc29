/** Which options each kind of target can take; what it cannot take is refused, never ignored. Pure. */
import { usageError } from "../errors.ts";
import type { Target } from "./target.ts";

type Kind = "dir" | "pid" | "image" | "pod" | "workload";

const cluster: Kind[] = ["image", "pod", "workload"];
const throwAway: Kind[] = ["image", "workload"];
const local: Kind[] = ["dir", "pid"];

/** By the option's name in a config file. */
const takers: Record<string, { flag: string; kinds: Kind[] }> = {
  user: { flag: "--user", kinds: ["dir", ...cluster] },
  imageConfig: { flag: "--image-config", kinds: ["dir", "image"] },
  run: { flag: "--run", kinds: ["dir"] },
  auditor: { flag: "--auditor", kinds: local },
  container: { flag: "--container", kinds: ["pod", "workload"] },
  namespace: { flag: "--namespace", kinds: cluster },
  context: { flag: "--context", kinds: cluster },
  kubeconfig: { flag: "--kubeconfig", kinds: cluster },
  scannerImage: { flag: "--scanner-image", kinds: cluster },
  access: { flag: "--access", kinds: cluster },
  allowPtrace: { flag: "--allow-ptrace", kinds: cluster },
  retrieve: { flag: "--retrieve", kinds: cluster },
  keep: { flag: "--keep", kinds: cluster },
  imagePullPolicy: { flag: "--image-pull-policy", kinds: cluster },
  scannerKit: { flag: "--scanner-kit", kinds: throwAway },
  command: { flag: "--command", kinds: throwAway },
  args: { flag: "--arg", kinds: throwAway },
  env: { flag: "--env", kinds: throwAway },
  envFrom: { flag: "--env-from", kinds: throwAway },
  imagePullSecrets: { flag: "--image-pull-secret", kinds: throwAway },
  serviceAccount: { flag: "--service-account", kinds: throwAway },
  nodeSelector: { flag: "--node-selector", kinds: throwAway },
  tolerations: { flag: "--toleration", kinds: throwAway },
  overrides: { flag: "--overrides", kinds: throwAway },
  hold: { flag: "--hold", kinds: throwAway },
  waitReady: { flag: "--wait-ready", kinds: throwAway },
  scheduleWait: { flag: "--schedule-wait", kinds: throwAway },
  podName: { flag: "--pod-name", kinds: throwAway },
  mountResults: { flag: "--mount-results", kinds: throwAway },
  volumes: { flag: "--volumes", kinds: ["workload"] },
};

const because: Record<Kind, string> = {
  dir: "a directory is audited on this machine",
  pid: "a process that already runs is what it is, on this machine",
  image: "an image has one container, and nothing of a workload",
  pod: "a pod that already runs is what it is",
  workload: "it runs in a cluster",
};

/** @throws SidescanError (exit code 2) that names every option which this kind of target cannot take */
export function mustTake(target: Target, options: Record<string, unknown>): void {
  const kind: Kind = target.kind === "pod" && target.clone ? "workload" : target.kind;
  if (options.clone === true && target.kind !== "pod")
    throw usageError(
      "--clone is for pod/NAME.",
      "Images and workloads are audited in a throw-away pod anyway.",
    );
  const refused = Object.entries(takers).filter(
    ([name, { kinds }]) => isGiven(options[name]) && !kinds.includes(kind),
  );
  if (refused.length === 0) return;
  const takersOf = new Set(refused.flatMap(([, { kinds }]) => kinds));
  throw usageError(
    `${refused.map(([, { flag }]) => flag).join(", ")}: ${because[kind]}; only ${listed(takersOf)} can take this.`,
    kind === "pod" && refused.every(([, { kinds }]) => kinds.includes("workload"))
      ? "With --clone a throw-away copy of the pod is audited instead, which takes it."
      : undefined,
  );
}

const words: Record<Kind, string> = {
  dir: "dir:",
  pid: "pid:",
  image: "an image",
  pod: "pod/",
  workload: "a workload",
};

const listed = (kinds: Set<Kind>): string => {
  const all = [...kinds].map((kind) => words[kind]);
  return all.length > 1 ? `${all.slice(0, -1).join(", ")} and ${all.at(-1)}` : (all[0] as string);
};

/** What is left at its default was not given. */
function isGiven(value: unknown): boolean {
  if (value === undefined || value === false) return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== "object" || value === null || Object.keys(value).length > 0;
}
