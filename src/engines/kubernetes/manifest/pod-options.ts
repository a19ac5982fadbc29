/** Options of the command line and config file -> what a pod is to be; every word is checked for its form here. Pure. */
import type { V1EnvFromSource, V1Toleration } from "./api.ts";
import { usageError } from "../../../errors.ts";
import type { CheckedOptions } from "../../../options.ts";
import { badImage } from "../../../target/image.ts";
import { parseUser } from "../../../target/parse.ts";
import type { UserSpec } from "../../../target/target.ts";
import { version } from "../../../version.ts";
import type { ClusterSettings, PodOptions } from "./types.ts";
import { isLabelKey, isLabelName, isLabelValue, isName, isVariableName } from "./names.ts";

/** Without a registry's host: where it comes from is the cluster's business. */
export const defaultScannerImage = (): string => `sidescan/scanner:${version()}`;

/**
 * @param found what only I/O can know: the content of --overrides, the scanner image of the environment
 * @throws SidescanError (exit code 2) that names the option and what is wrong with it
 */
export function clusterSettings(
  options: CheckedOptions,
  found: {
    overrides: unknown;
    scannerImage: string | undefined;
    profileNames: string[];
    /** Of --image-config; null without it. */
    imageUser?: UserSpec | null;
  },
): ClusterSettings {
  const { hold, command, args } = options;
  if (hold && (command.length > 0 || args.length > 0))
    throw usageError(
      "--hold and --command or --arg exclude each other: --hold replaces the target's program.",
      "Leave one of them out.",
    );
  const scannerImage = options.scannerImage ?? found.scannerImage ?? defaultScannerImage();
  const wrong = badImage(scannerImage);
  if (wrong !== null)
    throw usageError(`The scanner image ${JSON.stringify(scannerImage)} cannot be one: ${wrong}.`);
  if (options.namespace !== undefined && !isLabelName(options.namespace))
    throw notA("--namespace", options.namespace, "a namespace's name");
  return {
    options: {
      namespace: options.namespace,
      context: options.context,
      kubeconfig: options.kubeconfig,
      retrieve: options.retrieve ?? "auto",
      keep: options.keep,
      waitReady: options.waitReady,
      scheduleWait: options.scheduleWait ?? 0,
    },
    pod: {
      target: options.target,
      profileNames: found.profileNames,
      scannerImage,
      scannerKit: options.scannerKit,
      access: options.access ?? "auto",
      allowPtrace: options.allowPtrace,
      user: options.user === undefined ? (found.imageUser ?? null) : parseUser(options.user),
      userFrom: options.user === undefined ? "--image-config" : "--user",
      command,
      args,
      env: Object.entries(options.env).map(([name, value]) => ({ name: variable(name, value), value })),
      envFrom: options.envFrom.map(envSource),
      imagePullSecrets: options.imagePullSecrets.map((name) => object("--image-pull-secret", name)),
      serviceAccount:
        options.serviceAccount === undefined ? null : object("--service-account", options.serviceAccount),
      nodeSelector: selector(options.nodeSelector),
      tolerations: options.tolerations.map(toleration),
      overrides: overridesOf(found.overrides, options.overrides),
      hold,
      imagePullPolicy: options.imagePullPolicy ?? null,
      podName: options.podName === undefined ? null : object("--pod-name", options.podName),
      mountResults: options.mountResults === undefined ? null : mountPath(options.mountResults),
      volumes: options.volumes ?? "refuse",
    },
  };
}

function variable(name: string, value: string): string {
  if (!isVariableName(name))
    throw notA("--env", name, "a variable's name", "Write NAME=VALUE: letters, digits, _ . and -");
  // The value may be secret, so it is not repeated.
  if (value.includes("\0"))
    throw usageError(`--env ${name}: its value holds a NUL character, which no variable can.`);
  return name;
}

function envSource(text: string): V1EnvFromSource {
  const [kind, name = "", ...more] = text.split("/");
  if (more.length === 0 && isName(name)) {
    if (kind === "configmap" || kind === "cm") return { configMapRef: { name } };
    if (kind === "secret") return { secretRef: { name } };
  }
  throw notA("--env-from", text, "configmap/NAME or secret/NAME");
}

function selector(labels: Record<string, string>): Record<string, string> {
  for (const [key, value] of Object.entries(labels)) {
    if (!isLabelKey(key) || !isLabelValue(value))
      throw notA(
        "--node-selector",
        `${key}=${value}`,
        "a label",
        "Write KEY=VALUE, such as kubernetes.io/arch=amd64",
      );
  }
  return labels;
}

/** `key=value:Effect`, as `kubectl taint` writes taints; what is left out matches all. */
function toleration(text: string): V1Toleration {
  if (text === "*") return { operator: "Exists" };
  const {
    key = "",
    value,
    effect,
  } = /^(?<key>[^=:]+)(?:=(?<value>[^=:]*))?(?::(?<effect>NoSchedule|PreferNoSchedule|NoExecute))?$/u.exec(
    text,
  )?.groups ?? {};
  if (!isLabelKey(key) || !isLabelValue(value ?? ""))
    throw notA(
      "--toleration",
      text,
      "a taint",
      "Write KEY[=VALUE][:NoSchedule|PreferNoSchedule|NoExecute], or *",
    );
  return {
    key,
    ...(value === undefined ? { operator: "Exists" } : { operator: "Equal", value }),
    ...(effect === undefined ? {} : { effect }),
  };
}

function mountPath(text: string): NonNullable<PodOptions["mountResults"]> {
  const { path = "", mode } = /^(?<path>\/[^:]*?)\/*(?::(?<mode>ro|rw))?$/u.exec(text)?.groups ?? {};
  if (path.length < 2 || path.includes("\0") || path.split("/").includes(".."))
    throw notA(
      "--mount-results",
      text,
      "an absolute path",
      "Write PATH or PATH:rw, such as /sidescan-results",
    );
  return { path, writable: mode === "rw" };
}

function overridesOf(content: unknown, file: string | undefined): Record<string, unknown> | null {
  if (file === undefined) return null;
  if (content === null || typeof content !== "object" || Array.isArray(content))
    throw usageError(
      `The overrides file ${file} holds no mapping.`,
      'It is a partial pod, such as {"spec": {"priorityClassName": "low"}}.',
    );
  return content as Record<string, unknown>;
}

const object = (flag: string, name: string): string => {
  // Kubernetes allows 253; a pod's name also becomes its host name.
  if (!isName(name))
    throw notA(flag, name, "a name in Kubernetes", "Small letters, digits, dashes and dots, at most 253.");
  return name;
};

const notA = (flag: string, text: string, what: string, hint?: string): ReturnType<typeof usageError> =>
  usageError(`${flag} ${JSON.stringify(text.slice(0, 120))}: that is not ${what}.`, hint);
