/** The words of `sidescan scan` as scan options. */
import { usageError } from "../errors.ts";
import type { ScanOptions } from "../options.ts";

/** What commander makes of the options of scan, plan and inject. */
export type ScanFlags = Omit<Partial<ScanOptions>, "inputs" | "env" | "nodeSelector"> & {
  profile?: string[];
  reporter?: string[];
  input?: string[];
  arg?: string[];
  env?: string[];
  nodeSelector?: string[];
  imagePullSecret?: string[];
  toleration?: string[];
  inputFile?: string[];
  waiverFile?: string[];
  config?: string;
  json?: boolean;
};

/** The command line's words as scan options, on top of what a config file says. */
export function optionsFrom(
  target: string | undefined,
  flags: ScanFlags,
  config: Record<string, unknown>,
  parseValue: (text: string) => unknown,
): ScanOptions {
  const { input, env, nodeSelector, requireEvidence, ...rest } = flags;
  const options: Record<string, unknown> = { ...config, ...renamed(rest) };
  options.inputs = {
    ...(config.inputs as object | undefined),
    ...pairs("--input", "port=8080", input, parseValue),
  };
  for (const [name, flag, example, words] of [
    ["env", "--env", "LOG_LEVEL=debug", env],
    ["nodeSelector", "--node-selector", "kubernetes.io/arch=amd64", nodeSelector],
  ] as const) {
    if (words !== undefined)
      options[name] = {
        ...(config[name] as object | undefined),
        ...pairs(flag, example, words, (value) => value),
      };
  }
  if (target !== undefined) options.target = target;
  // Commander sets `true` when --no-require-evidence is absent; only its presence is the user's word.
  if (requireEvidence === false) options.requireEvidence = false;
  if (options.target === undefined)
    throw usageError("There is no target.", "Name one: sidescan scan dir:./rootfs -p ./profile");
  if (options.profiles === undefined) throw usageError("There is no profile.", "Name one: -p ./profile");
  return options as ScanOptions;
}

/** Words that repeat on a command line are one list in a config file, which is named after all of them. */
const plurals: Record<string, string> = {
  profile: "profiles",
  reporter: "reporters",
  inputFile: "inputFiles",
  waiverFile: "waiverFiles",
  arg: "args",
  imagePullSecret: "imagePullSecrets",
  toleration: "tolerations",
};

function renamed(flags: Record<string, unknown>): Record<string, unknown> {
  const { config: _config, json: _json, ...same } = flags;
  return Object.fromEntries(
    Object.entries(same)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [plurals[name] ?? name, value]),
  );
}

/** @throws SidescanError (exit code 2); the value, which may be secret, is not repeated */
function pairs<Value>(
  flag: string,
  example: string,
  words: readonly string[] = [],
  parseValue: (text: string) => Value,
): Record<string, Value> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf("=");
      if (at < 1)
        throw usageError(
          at < 0 ? `${flag} ${word} is not name=value.` : `${flag}: a name is missing before the =.`,
          `For example: ${flag} ${example}`,
        );
      return [word.slice(0, at), parseValue(word.slice(at + 1))];
    }),
  );
}
