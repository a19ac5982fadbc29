/** What a run in a cluster is made of, between the half that writes manifests (pure) and the half that talks to the API. */
import type { V1ConfigMap, V1Container, V1Pod, V1Secret } from "@kubernetes/client-node";
import type { PlanStep } from "../../engine.ts";

/** Where the scanner stands: each rung enters targets that the one before cannot (facts: "Entering the target"). */
export type Rung = "restricted" | "baseline" | "default" | "ptrace";

/** Retrieving by the log alone, by exec alone, or by exec only when the log lost something. */
export type Retrieve = "logs" | "exec" | "auto";

/** A throw-away pod and everything else of the run. The pod is created first; `owned` get an owner reference to it. */
export type RunManifests = {
  pod: V1Pod;
  owned: (V1ConfigMap | V1Secret)[];
  /** Name of the container whose log holds the agent's events. */
  scanner: string;
  /** Name of the container that is audited. */
  target: string;
  /** Which rung was chosen and why, what it cannot see, what was left out or changed. */
  steps: PlanStep[];
};

/** An ephemeral container for a pod that already runs, and what it reads by reference; `owned` are deleted with the run. */
export type AttachManifests = {
  container: V1Container & { targetContainerName: string };
  owned: (V1ConfigMap | V1Secret)[];
  steps: PlanStep[];
};

/** How a run looks in a cluster, from options and config file; everything has been checked. */
export type ClusterOptions = {
  namespace?: string | undefined;
  context?: string | undefined;
  kubeconfig?: string | undefined;
  retrieve: Retrieve;
  /** Leave the pod and its objects for the user to look at. */
  keep: boolean;
  /** Wait for the target's readiness too, not only for its start. */
  waitReady: boolean;
  /** Seconds that a pod may stay unschedulable (autoscaling); 0: fail at the scheduler's first word. */
  scheduleWait: number;
};
