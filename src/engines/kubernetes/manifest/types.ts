/** What a run in a cluster is made of, between the half that writes manifests (pure) and the half that talks to the API. */
import type {
  V1ConfigMap,
  V1Container,
  V1EnvFromSource,
  V1Pod,
  V1PodTemplateSpec,
  V1Secret,
  V1Toleration,
} from "./api.ts";
import type { UserSpec } from "../../../target/target.ts";
import type { AgentSpec } from "../../../protocol/spec.ts";
import type { PlanStep, Retrieve } from "../../engine.ts";

/** Where the scanner stands: each rung enters targets that the one before cannot; access.ts says why. */
export type Rung = NonNullable<AgentSpec["access"]>;

/** The levels of the Pod Security Standards, strictest last. */
export type SecurityLevel = "privileged" | "baseline" | "restricted";

/** What the throw-away pod is made for. */
export type Subject =
  | { kind: "image"; image: string }
  | {
      kind: "workload";
      /** As the user named it: `deployment/web`, or `pod/web` for a clone of a pod that runs. */
      reference: string;
      /** Of the workload, or the pod's own metadata and spec. */
      template: V1PodTemplateSpec;
      /** Which of its containers is audited. */
      container: string;
    };

/** The files that an AuditRequest names, read. */
export type RequestFiles = { profiles: Uint8Array[]; inputFiles: Uint8Array[]; waiverFiles: Uint8Array[] };

/** What turns an image with CINC Auditor into a scanner: the keys of a ConfigMap, and how its bootstrap is started. */
export type Kit = {
  files: Record<string, Uint8Array>;
  /** The words before the bootstrap's own arguments. */
  command: string[];
};

/** Everything about a run that is not the audit itself. */
export type RunSettings = {
  namespace: string;
  now: Date;
  pod: PodOptions;
  cluster: ClusterOptions;
  /** With --scanner-kit only. */
  kit: Kit | null;
  /** What the namespace enforces of the Pod Security Standards; null when that is not known. */
  enforced: SecurityLevel | null;
};

/** A throw-away pod and everything else of the run. The pod is created first; `owned` get an owner reference to it. */
export type RunManifests = {
  pod: V1Pod;
  owned: (V1ConfigMap | V1Secret)[];
  /** Name of the container whose log holds the agent's events. */
  scanner: string;
  /** Name of the container that is audited. */
  target: string;
  rung: Rung;
  /** Which rung was chosen and why, what it cannot see, what was left out or changed. */
  steps: PlanStep[];
};

/** An ephemeral container for a pod that already runs, and what it reads by reference; `owned` are deleted with the run. */
export type AttachManifests = {
  container: V1Container & { targetContainerName: string };
  owned: (V1ConfigMap | V1Secret)[];
  rung: Rung;
  steps: PlanStep[];
};

/** What the user wants of the pod; everything has been checked for its form. */
export type PodOptions = {
  /** For annotations: what is audited, and with what. */
  target: string;
  profileNames: string[];
  scannerImage: string;
  scannerKit: boolean;
  access: "auto" | Rung;
  allowPtrace: boolean;
  /** Who the target's main process is, where the pod does not say. */
  user: UserSpec | null;
  /** Where that is known from. */
  userFrom: "--user" | "--image-config";
  /** Empty: as the image says. */
  command: string[];
  args: string[];
  env: { name: string; value: string }[];
  envFrom: V1EnvFromSource[];
  imagePullSecrets: string[];
  serviceAccount: string | null;
  nodeSelector: Record<string, string>;
  tolerations: V1Toleration[];
  /** A partial pod, merged strategically over what is made here. */
  overrides: Record<string, unknown> | null;
  hold: boolean;
  imagePullPolicy: "Always" | "IfNotPresent" | "Never" | null;
  podName: string | null;
  /** Mount the results volume in the target too. */
  mountResults: { path: string; writable: boolean } | null;
  /** What becomes of a workload's claims and host paths. */
  volumes: "refuse" | "empty" | "keep";
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

/** What prepare() makes of the options for a target in a cluster. */
export type ClusterSettings = { options: ClusterOptions; pod: PodOptions };
