/** Plain values that the tests of manifests start from. */
import type { V1Container, V1Pod, V1PodSpec } from "../../../src/engines/kubernetes/manifest/api.ts";
import type { AuditRequest } from "../../../src/engines/engine.ts";
import { manifestsOf } from "../../../src/engines/kubernetes/manifest/manifests.ts";
import type {
  PodOptions,
  RequestFiles,
  RunManifests,
  RunSettings,
  Subject,
} from "../../../src/engines/kubernetes/manifest/types.ts";

export const run = "00112233aabbccdd";

export const request: AuditRequest = {
  run,
  profiles: ["/tmp/p.tar.gz"],
  auditor: { inputs: {}, inputFiles: [], waiverFiles: [], controls: [], tags: [] },
  timeout: 1800,
  commandTimeout: 60,
  wait: 60,
  commands: "any",
  virtualization: "docker",
};

export const options: PodOptions = {
  target: "app:1",
  profileNames: ["baseline 1.0.0"],
  scannerImage: "sidescan/scanner:1",
  scannerKit: false,
  access: "auto",
  allowPtrace: false,
  user: null,
  userFrom: "--user",
  command: [],
  args: [],
  env: [],
  envFrom: [],
  imagePullSecrets: [],
  serviceAccount: null,
  nodeSelector: {},
  tolerations: [],
  overrides: null,
  hold: false,
  imagePullPolicy: null,
  podName: null,
  mountResults: null,
  volumes: "refuse",
};

export const settings: RunSettings = {
  namespace: "scans",
  now: new Date("2026-01-01T00:00:00Z"),
  pod: options,
  cluster: { retrieve: "logs", keep: false, waitReady: false, scheduleWait: 0 },
  kit: null,
  enforced: null,
};

export const files: RequestFiles = {
  profiles: [Buffer.from("a profile")],
  inputFiles: [],
  waiverFiles: [],
};

export type Changes = {
  subject?: Subject;
  request?: Partial<AuditRequest>;
  files?: Partial<RequestFiles>;
  pod?: Partial<PodOptions>;
  settings?: Partial<RunSettings>;
};

/** The manifests of a scan of `app:1`, but for what a test says. */
export const manifests = (changes: Changes = {}): RunManifests =>
  manifestsOf(
    changes.subject ?? { kind: "image", image: "app:1" },
    { ...request, ...changes.request },
    { ...files, ...changes.files },
    { ...settings, ...changes.settings, pod: { ...options, ...changes.pod } },
  );

export const specOf = (pod: V1Pod): V1PodSpec => pod.spec as V1PodSpec;

export const container = (pod: V1Pod, name: string): V1Container => {
  const { containers, initContainers = [] } = specOf(pod);
  return [...containers, ...initContainers].find((one) => one.name === name) as V1Container;
};

/** The specification that the agent is given. */
export const agentSpec = ({ owned }: RunManifests): Record<string, unknown> => {
  const secret = owned.find(({ kind }) => kind === "Secret") as { data: Record<string, string> };
  return JSON.parse(Buffer.from(secret.data["spec.json"] as string, "base64").toString()) as Record<
    string,
    unknown
  >;
};
