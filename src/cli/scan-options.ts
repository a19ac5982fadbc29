/** The words of `sidescan scan` as scan options. */
import { usageError } from "../errors.ts";
import type { ScanOptions } from "../options.ts";

export type ScanFlags = Omit<Partial<ScanOptions>, "inputs"> & {
  profile?: string[];
  reporter?: string[];
  input?: string[];
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
  const {
    profile,
    reporter,
    input,
    config: _config,
    json: _json,
    requireEvidence,
    inputFile,
    waiverFile,
    ...same
  } = flags;
  const inputs: Record<string, unknown> = { ...(config.inputs as Record<string, unknown> | undefined) };
  for (const pair of input ?? []) {
    const at = pair.indexOf("=");
    if (at < 1) throw usageError(`--input ${pair} is not name=value.`, "For example: --input port=8080");
    inputs[pair.slice(0, at)] = parseValue(pair.slice(at + 1));
  }
  const options: Record<string, unknown> = { ...config, ...same, inputs };
  if (target !== undefined) options.target = target;
  if (profile !== undefined) options.profiles = profile;
  if (reporter !== undefined) options.reporters = reporter;
  if (inputFile !== undefined) options.inputFiles = inputFile;
  if (waiverFile !== undefined) options.waiverFiles = waiverFile;
  // Commander sets `true` when --no-require-evidence is absent; only its presence is the user's word.
  if (requireEvidence === false) options.requireEvidence = false;
  if (options.target === undefined)
    throw usageError("There is no target.", "Name one: sidescan scan dir:./rootfs -p ./profile");
  if (options.profiles === undefined) throw usageError("There is no profile.", "Name one: -p ./profile");
  return options as ScanOptions;
}
