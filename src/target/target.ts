/** What the user named. Pure: nothing is looked up here. */

/** `uid[:gid]`, numbers or names of the target's own passwd and group. */
export type UserSpec = { user: string; group: string | null };

export const workloadKinds = [
  "deployment",
  "statefulset",
  "daemonset",
  "replicaset",
  "job",
  "cronjob",
] as const;
export type WorkloadKind = (typeof workloadKinds)[number];

/** On this machine. */
export type LocalTarget =
  | { kind: "dir"; path: string; user: UserSpec | null; imageConfig: string | null; run: boolean }
  | { kind: "pid"; pid: number };

/** In a cluster; `container` null: all of them. */
export type ClusterTarget =
  | { kind: "image"; image: string }
  /** `clone`: its spec as a template for a throw-away pod, as of a workload. */
  | { kind: "pod"; name: string; container: string | null; clone: boolean }
  | { kind: "workload"; workload: WorkloadKind; name: string; container: string | null };

export type Target = LocalTarget | ClusterTarget;

export const isLocal = (target: Target): target is LocalTarget =>
  target.kind === "dir" || target.kind === "pid";

/** Where the target ran and what it was made from, as far as its engine knows. */
export type TargetFacts = {
  /** As the pod names it: `registry/app:1.2`. */
  image?: string;
  /** As the node resolved it, with its digest: `registry/app@sha256:...`. */
  imageID?: string;
  namespace?: string;
  pod?: string;
  container?: string;
  node?: string;
};
