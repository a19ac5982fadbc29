/** Options of a scan, as the library, the command line and the config file share them; one description, checked once. */
import { z } from "zod";
import { usageError, type SidescanError } from "./errors.ts";
import { commandsModes } from "./protocol/spec.ts";
import { nearest } from "./nearest.ts";

const seconds = z.number().positive().max(86_400);
const words = z.array(z.string()).default([]);

/** Targets in a cluster take these; others refuse them. */
const clusterOptions = z.strictObject({
  namespace: z.string().optional().describe("namespace; default: that of the kubeconfig's context"),
  context: z.string().optional().describe("context of the kubeconfig"),
  kubeconfig: z
    .string()
    .optional()
    .describe("kubeconfig file; default: KUBECONFIG, ~/.kube/config, or the pod's own"),
  container: z
    .string()
    .optional()
    .describe("which container of a pod or workload; default: all of them, one result each"),
  clone: z
    .boolean()
    .default(false)
    .describe("audit a throw-away copy of the pod instead of itself (pod/NAME)"),
  scannerImage: z
    .string()
    .min(1)
    .optional()
    .describe("the scanner's image; default: SIDESCAN_SCANNER_IMAGE, or sidescan/scanner of this version"),
  scannerKit: z
    .boolean()
    .default(false)
    .describe(
      "the scanner's image is any that holds CINC Auditor or InSpec: agent and transport travel with the run",
    ),
  access: z
    .enum(["auto", "restricted", "baseline", "default", "ptrace"])
    .optional()
    .describe("what the scanner may do; auto (the default): the least that can enter the target"),
  allowPtrace: z
    .boolean()
    .default(false)
    .describe("the scanner may hold SYS_PTRACE where nothing less enters"),
  command: words.describe("the target's program and its first words, instead of the image's"),
  args: words.describe("the target's arguments, instead of the image's"),
  env: z.record(z.string(), z.string()).default({}).describe("environment variables of the target"),
  envFrom: words.describe("configmap/NAME or secret/NAME: environment variables of the target from there"),
  imagePullSecrets: words.describe("names of image pull secrets"),
  imagePullPolicy: z
    .enum(["Always", "IfNotPresent", "Never"])
    .optional()
    .describe(
      "of target and scanner; default: the cluster's own for the target, IfNotPresent for the scanner",
    ),
  serviceAccount: z.string().optional().describe("service account of the pod; its token is not mounted"),
  nodeSelector: z.record(z.string(), z.string()).default({}).describe("labels of the node to run on"),
  tolerations: words.describe("KEY[=VALUE][:EFFECT], as taints are written; * tolerates all"),
  podName: z.string().optional().describe("name of the pod; default: sidescan-<run id>"),
  overrides: z
    .string()
    .optional()
    .describe(
      "YAML or JSON file: a partial pod, merged strategically over the generated one, as by kubectl run",
    ),
  hold: z
    .boolean()
    .default(false)
    .describe(
      "keep the target alive by a static program instead of its own: for images that end at once or have none",
    ),
  volumes: z
    .enum(["refuse", "empty", "keep"])
    .optional()
    .describe(
      "claims, host paths and network volumes of a workload in its copy: refuse (default), empty directories instead, or keep them, read-only",
    ),
  mountResults: z
    .string()
    .optional()
    .describe("mount the results volume in the target at this path, read-only; PATH:rw: writable"),
  keep: z.boolean().default(false).describe("leave the pod and its objects, to look into them"),
  retrieve: z
    .enum(["auto", "logs", "exec"])
    .optional()
    .describe(
      "how results come: by the log, by exec, or (auto, the default) by exec only where the log lost something",
    ),
  waitReady: z
    .boolean()
    .default(false)
    .describe("wait for the target's readiness too, not only for its start"),
  scheduleWait: z
    .number()
    .min(0)
    .max(86_400)
    .optional()
    .describe("seconds that the pod may stay unschedulable, such as for autoscaling; default: 0"),
});

/** schema/config.schema.json, for editors, is generated from this. */
export const scanOptions = z.strictObject({
  target: z
    .string()
    .min(1)
    .describe(
      "dir:PATH, pid:N (this machine); an image, pod/NAME, deployment/NAME, statefulset/, daemonset/, replicaset/, job/, cronjob/ (a cluster)",
    ),
  profiles: z.array(z.string().min(1)).min(1).describe("profile directories or archives (.tar.gz, .zip)"),
  threshold: z
    .string()
    .optional()
    .describe("threshold file in SAF's format; without it every control must have run"),
  output: z
    .string()
    .default("sidescan-results")
    .describe("directory for report files that are given no path"),
  reporters: z
    .array(z.string())
    .optional()
    .describe("NAME or NAME:FILE, as InSpec; default: cli on stdout, json and html files in `output`"),
  inputs: z.record(z.string(), z.unknown()).default({}).describe("inputs of the profiles, by name"),
  inputFiles: z.array(z.string()).default([]).describe("YAML files of inputs"),
  waiverFiles: z.array(z.string()).default([]).describe("waiver files, as InSpec takes them"),
  controls: z.array(z.string()).default([]).describe("only these controls: ids, or /regular expressions/"),
  tags: z.array(z.string()).default([]).describe("only controls with these tags"),
  user: z
    .string()
    .optional()
    .describe(
      "uid[:gid] or names: who the target's main process is; in a cluster it changes nothing but which access suffices",
    ),
  imageConfig: z
    .string()
    .optional()
    .describe(
      "OCI image config: user, environment, working directory, program (dir:); of an image: only who its user is, so that the least access is known",
    ),
  run: z
    .boolean()
    .default(false)
    .describe("start the image config's program instead of only holding the root (dir:)"),
  commands: z
    .enum(commandsModes)
    .optional()
    .describe(
      "what commands in the target may do; default: any in a throw-away pod, read-only in what is there already",
    ),
  virtualization: z
    .string()
    .default("docker")
    .describe("answer of `virtualization.system`; native asks the target"),
  timeout: seconds.default(1800).describe("seconds for the whole audit"),
  commandTimeout: seconds.default(60).describe("seconds for one command in the target"),
  wait: seconds.default(60).describe("seconds to wait for the target to start"),
  saf: z.boolean().default(false).describe("ask MITRE's SAF CLI (saf, on PATH) too; pass only when it does"),
  requireEvidence: z.boolean().default(true).describe("a pass that rests on a denied look becomes an error"),
  auditor: z
    .string()
    .optional()
    .describe("an installed cinc-auditor or inspec (4 to 7) to use: name or path"),
  ...clusterOptions.shape,
});

export type ScanOptions = z.input<typeof scanOptions>;
export type CheckedOptions = z.output<typeof scanOptions>;

/** @throws SidescanError (exit code 2) that names the option and what is wrong with it */
export function checkOptions(options: unknown): CheckedOptions {
  const parsed = scanOptions.safeParse(options);
  if (parsed.success) return parsed.data;
  throw invalid("The options are not valid", parsed.error);
}

/** The same for a config file, which the command line may complete. */
export function checkConfig(content: unknown, file: string): Record<string, unknown> {
  const parsed = scanOptions.partial().safeParse(content);
  if (parsed.success) return content as Record<string, unknown>;
  throw invalid(`The config file ${file} is not valid`, parsed.error);
}

function invalid(what: string, { issues }: z.ZodError): SidescanError {
  const known = Object.keys(scanOptions.shape);
  const lines = issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => {
          const meant = nearest(key, known);
          return `there is no option ${key}${meant === null ? "" : ` (did you mean ${meant}?)`}`;
        })
      : [`${issue.path.join(".")}: ${issue.message}`],
  );
  return usageError(`${what}: ${lines.join("; ")}.`, `The options are: ${known.join(", ")}.`);
}
