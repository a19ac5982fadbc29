/** Everything that can be known to be wrong before anything is started: target, profiles, threshold, files that are named. */
import { randomBytes } from "node:crypto";
import { access, constants, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parse } from "yaml";
import type { AuditRequest } from "../engines/engine.ts";
import type { ClusterSettings } from "../engines/kubernetes/manifest/types.ts";
import { clusterSettings } from "../engines/kubernetes/manifest/pod-options.ts";
import { readImageConfig } from "../engines/local/image-config.ts";
import { messageOf, usageError } from "../errors.ts";
import type { CheckedOptions } from "../options.ts";
import { prepareProfile, type Profile } from "../profile/profile.ts";
import { scratchDirectory } from "../scratch.ts";
import { parseTarget } from "../target/parse.ts";
import { mustTake } from "../target/takes.ts";
import { isLocal, type Target, type UserSpec } from "../target/target.ts";
import { readThreshold } from "../thresholds/read.ts";
import { requireSaf } from "../thresholds/saf-cli.ts";
import type { Undo } from "../undo.ts";

/** A scan of which nothing has been started, and everything is known to be there. */
export type Prepared = {
  target: Target;
  profiles: Profile[];
  /** Content of the threshold file, already known to be one; null when there is none. */
  threshold: string | null;
  request: AuditRequest;
  /** Of a target in a cluster. */
  cluster: ClusterSettings | null;
};

/** @throws SidescanError (exit code 2) that says what is wrong with which option */
export async function prepare(options: CheckedOptions, undo: Undo): Promise<Prepared> {
  const target = targetOf(options);
  const { imageConfig } = options;
  const overrides =
    options.overrides === undefined ? null : await parsedFile(options.overrides, "overrides file");
  const threshold = options.threshold === undefined ? null : await thresholdText(options.threshold);
  if (options.saf) {
    if (threshold === null)
      throw usageError("--saf judges by a threshold file, and there is none.", "Name one: -t threshold.yml");
    await requireSaf();
  }
  for (const file of options.inputFiles) await mustRead(file, "input file");
  for (const file of options.waiverFiles) await mustRead(file, "waiver file");

  const scratch = await scratchDirectory(undo);
  const profiles: Profile[] = [];
  for (const source of options.profiles) profiles.push(await prepareProfile(source, scratch));
  return {
    target,
    profiles,
    threshold,
    cluster: isLocal(target)
      ? null
      : clusterSettings(options, {
          overrides,
          scannerImage: process.env.SIDESCAN_SCANNER_IMAGE || undefined,
          imageUser: imageConfig === undefined ? null : await imageUser(imageConfig),
          profileNames: profiles.map(({ name, version }) => [name, version].filter(Boolean).join(" ")),
        }),
    request: {
      run: randomBytes(8).toString("hex"),
      profiles: profiles.map((profile) => profile.archive),
      auditor: {
        inputs: options.inputs,
        inputFiles: options.inputFiles.map((file) => resolve(file)),
        waiverFiles: options.waiverFiles.map((file) => resolve(file)),
        controls: options.controls,
        tags: options.tags,
      },
      timeout: options.timeout,
      commandTimeout: options.commandTimeout,
      wait: options.wait,
      commands: options.commands ?? (isThrowAway(target) ? "any" : "read-only"),
      virtualization: options.virtualization,
    },
  };
}

/** @throws SidescanError (exit code 2) when the target is none, or cannot take one of the options */
export function targetOf(options: CheckedOptions): Target {
  const { user, imageConfig, container, run, clone } = options;
  const target = parseTarget(options.target, {
    ...(user === undefined ? {} : { user }),
    ...(imageConfig === undefined ? {} : { imageConfig }),
    ...(container === undefined ? {} : { container }),
    run,
    clone,
  });
  mustTake(target, options);
  return target;
}

/** A pod of our own ends with the scan, whatever commands did to it. */
const isThrowAway = (target: Target): boolean =>
  target.kind === "image" || target.kind === "workload" || (target.kind === "pod" && target.clone);

/** An image that names no user runs as root. */
const imageUser = async (file: string): Promise<UserSpec> =>
  (await readImageConfig(file)).user ?? { user: "0", group: null };

async function parsedFile(file: string, what: string): Promise<unknown> {
  const text = await mustRead(file, what);
  try {
    return parse(text) as unknown;
  } catch (error) {
    throw usageError(`The ${what} ${file} is neither YAML nor JSON: ${messageOf(error)}`);
  }
}

async function thresholdText(file: string): Promise<string> {
  const text = await mustRead(file, "threshold file");
  const { error } = readThreshold(text);
  if (error !== undefined) throw usageError(`The threshold file ${file} cannot be used: ${error}`);
  return text;
}

async function mustRead(file: string, what: string): Promise<string> {
  try {
    await access(file, constants.R_OK);
    return await readFile(file, "utf8");
  } catch (error) {
    throw usageError(`Cannot read the ${what} ${file}: ${messageOf(error)}`);
  }
}
