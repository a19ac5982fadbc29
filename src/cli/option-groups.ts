/** The options of the commands that audit, in the groups that their help shows; every command takes those it can use. */
import { InvalidArgumentError, Option, type Command } from "commander";

/** Target and options of a scan; `plan` takes the same, so that one word turns the one into the other. */
export function scanOptionsOf(command: Command): Command {
  command.argument(
    "[target]",
    "dir:PATH (a root file system) or pid:N (a process that runs) on this machine; IMAGE, pod/NAME, deployment/NAME, statefulset/, daemonset/, replicaset/, job/ or cronjob/NAME in a cluster",
  );
  for (const group of [
    auditOptionsOf,
    judgeOptionsOf,
    targetOptionsOf,
    accessOptionsOf,
    clusterOptionsOf,
    podOptionsOf,
    resultOptionsOf,
    limitOptionsOf,
  ])
    group(command);
  return command;
}

/** With what the target is audited. */
export const auditOptionsOf = (command: Command): Command =>
  command
    .optionsGroup("What to audit with:")
    .option("-p, --profile <profile>", "profile directory or archive (.tar.gz, .zip); repeats", collect)
    .option("--input <name=value...>", "an input of the profiles; repeats; the value is read as YAML")
    .option("--input-file <file...>", "YAML files of inputs")
    .option("--waiver-file <file...>", "waiver files")
    .option("--controls <id...>", "only these controls: ids, or /regular expressions/")
    .option("--tags <tag...>", "only controls with these tags");

const judgeOptionsOf = (command: Command): Command =>
  command
    .option(
      "-t, --threshold <file>",
      "threshold file in SAF's format; without it every control must have run",
    )
    .option("--auditor <name>", "use an installed cinc-auditor or inspec (4 to 7): its name or path");

/** What the scanner may do with the target. */
export const accessOptionsOf = (command: Command): Command =>
  command
    .optionsGroup("Access to the target:")
    .option(
      "--user <uid[:gid]>",
      "who the target's main process is: sets it for dir:; in a cluster it only tells which access suffices",
    )
    .addOption(
      new Option(
        "--commands <mode>",
        "what commands in the target may do (default: read-only; any in a throw-away pod)",
      ).choices(["read-only", "any", "none"]),
    )
    .option(
      "--virtualization <name>",
      "what `virtualization.system` answers; native asks the target (default: docker)",
    )
    .option(
      "--scanner-image <ref>",
      "the scanner's image (default: SIDESCAN_SCANNER_IMAGE, else sidescan/scanner)",
    )
    .addOption(
      new Option(
        "--access <rung>",
        "what the scanner may do; auto: the least that can enter the target (default: auto)",
      ).choices(["auto", "restricted", "baseline", "default", "ptrace"]),
    )
    .option("--allow-ptrace", "the scanner may hold SYS_PTRACE where nothing less enters")
    .addOption(
      new Option("--image-pull-policy <policy>", "of target and scanner").choices([
        "Always",
        "IfNotPresent",
        "Never",
      ]),
    );

const targetOptionsOf = (command: Command): Command =>
  command
    .optionsGroup("The target:")
    .option(
      "--image-config <file>",
      "OCI image config of dir: (user, environment, working directory, program); of an image: tells its user, so that the least access is known",
    )
    .option("--run", "start the image config's program as the main process, instead of only holding the root")
    .option(
      "-c, --container <name>",
      "of a pod or workload; without it all of them are audited, one result each",
    )
    .option("--clone", "audit a throw-away copy of pod/NAME instead of the pod itself");

const clusterOptionsOf = (command: Command): Command =>
  command
    .optionsGroup("Cluster:")
    .option("-n, --namespace <name>", "namespace (default: that of the context)")
    .option("--context <name>", "context of the kubeconfig")
    .option("--kubeconfig <file>", "kubeconfig file (default: KUBECONFIG, ~/.kube/config, the pod's own)")
    .option(
      "--scanner-kit",
      "that image is any with CINC Auditor or InSpec: agent and transport travel with the run",
    )
    .addOption(
      new Option(
        "--retrieve <way>",
        "how results come; auto: by exec only where the log lost something",
      ).choices(["auto", "logs", "exec"]),
    )
    .option("--keep", "leave the pod and its objects, to look into them");

const podOptionsOf = (command: Command): Command =>
  command
    .optionsGroup("Throw-away pod (image, workload, --clone):")
    .option(
      "--command <word>",
      "the target's program instead of the image's; repeats for its first words",
      collect,
    )
    .option("--arg <word>", "an argument of the target instead of the image's; repeats", collect)
    .option("--env <name=value>", "an environment variable of the target; repeats", collect)
    .option(
      "--env-from <source>",
      "configmap/NAME or secret/NAME as environment of the target; repeats",
      collect,
    )
    .option(
      "--hold",
      "a static program keeps the target alive instead of its own: images that end at once or have none",
    )
    .option(
      "--volumes <what>",
      "a workload's claims, host paths and network volumes: refuse, empty or keep (read-only)",
    )
    .option("--image-pull-secret <name>", "repeats", collect)
    .option("--service-account <name>", "of the pod; its token is not mounted")
    .option("--node-selector <key=value>", "label of the node to run on; repeats", collect)
    .option("--toleration <taint>", "KEY[=VALUE][:EFFECT], or * for all; repeats", collect)
    .option("--pod-name <name>", "name of the pod (default: sidescan-<run id>)")
    .option("--mount-results <path[:rw]>", "mount the results volume in the target, read-only without :rw")
    .option(
      "--overrides <file>",
      "a partial pod, merged strategically over the generated one, as by kubectl run",
    )
    .option("--wait-ready", "wait for the target's readiness too, not only for its start")
    .option(
      "--schedule-wait <seconds>",
      "how long the pod may stay unschedulable (default: 0)",
      secondsOrNone,
    );

const resultOptionsOf = (command: Command): Command =>
  command
    .optionsGroup("Results:")
    .option("-o, --output <dir>", "directory for report files (default: sidescan-results)")
    .option(
      "--reporter <name:file...>",
      "cli, json, html, junit, sarif, markdown, csv, ckl or codequality; without a file: stdout (default: cli, and json and html files)",
    )
    .option("--json", "print one JSON document on stdout instead")
    .option("--saf", "ask MITRE's SAF CLI (saf, on PATH) about the threshold too, and pass only when it does")
    .option("--no-require-evidence", "let a control pass although something it asked could not be looked at");

/** How long each thing may take, and the config file. */
export const limitOptionsOf = (command: Command): Command =>
  command
    .optionsGroup("Limits (seconds):")
    .option("--timeout <seconds>", "the whole audit (default: 1800)", seconds)
    .option("--command-timeout <seconds>", "one command in the target (default: 60)", seconds)
    .option("--wait <seconds>", "for the target to start (default: 60)", seconds)
    .option("--config <file>", "options from a YAML file; the command line overrules it");

function secondsOrNone(text: string): number {
  return text.trim() === "0" ? 0 : seconds(text);
}

function seconds(text: string): number {
  const number = Number(text);
  if (text.trim() === "" || !(number > 0))
    throw new InvalidArgumentError("It is a number of seconds above 0.");
  return number;
}

const collect = (value: string, before: string[] = []): string[] => [...before, value];
