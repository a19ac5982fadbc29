/** What the agent is told, where it finds its files, and how long it may take. Pure. */
import type { V1ObjectMeta, V1Secret } from "./api.ts";
import { extname } from "node:path";
import { usageError } from "../../../errors.ts";
import { PROTOCOL_VERSION } from "../../../protocol/events.ts";
import type { AgentSpec } from "../../../protocol/spec.ts";
import type { AuditRequest } from "../../engine.ts";
import { base64, PART_LIMIT } from "./profiles.ts";
import type { ClusterOptions, RequestFiles, Rung } from "./types.ts";

/** An image may have to be pulled first, and that counts from the moment a node has taken the pod. */
const PULL_SECONDS = 600;
const CLEANUP_SECONDS = 600;

/** Directories in the scanner's container. */
export type Places = { spec: string; profiles: string; results: string; work: string };

/** Seconds that the agent stays after its result, so that stored files can be read. */
export const lingerOf = ({ keep, retrieve }: ClusterOptions): number =>
  keep ? 3600 : retrieve === "logs" ? 0 : 120;

/** Seconds that the pod may live; after `expires` it is rubbish, whoever made it. */
export function deadlinesOf(
  { timeout, wait }: AuditRequest,
  cluster: ClusterOptions,
  now: Date,
): { active: number; expires: Date } {
  const active = Math.ceil(timeout + wait + lingerOf(cluster) + PULL_SECONDS);
  const life = Math.ceil(cluster.scheduleWait) + active + CLEANUP_SECONDS;
  return { active, expires: new Date(now.getTime() + life * 1000) };
}

/**
 * @param of.tools directory of the supplied tools, null where there are none; with `toolsContainer` it is one of the container beside
 * @param of.linger seconds to stay after the result
 */
export function agentSpecOf(
  request: AuditRequest,
  files: RequestFiles,
  of: {
    places: Places;
    target: AgentSpec["target"];
    tools: string | null;
    toolsContainer: boolean;
    linger: number;
    access: Rung;
    shareResults?: boolean;
  },
): AgentSpec {
  const names = fileNames(request, files);
  return {
    protocol: PROTOCOL_VERSION,
    run: request.run,
    target: of.target,
    // Containers start one after the other: an image may still be pulled while the agent waits; the engine sees why, and fails sooner.
    wait: request.timeout,
    profiles: names.profiles.map((name) => `${of.places.profiles}/${name}`),
    auditor: {
      ...request.auditor,
      inputFiles: names.inputFiles.map((name) => `${of.places.spec}/${name}`),
      waiverFiles: names.waiverFiles.map((name) => `${of.places.spec}/${name}`),
    },
    timeout: request.timeout,
    commandTimeout: request.commandTimeout,
    commands: request.commands,
    virtualization: request.virtualization,
    tools: of.tools,
    ownership: "visible",
    work: of.places.work,
    results: of.places.results,
    access: of.access,
    ...(of.toolsContainer ? { toolsContainer: true } : {}),
    ...(of.linger > 0 ? { linger: of.linger } : {}),
    ...(of.shareResults === true ? { shareResults: true } : {}),
  };
}

const named = (prefix: string, sources: string[], contents: Uint8Array[]): string[] =>
  contents.map((_, index) => `${prefix}-${index}${plainExtension(sources[index] ?? "")}`);

/** The auditor goes by the ends of names: a waiver may be CSV or JSON, a profile a zip. */
export function fileNames(
  { profiles, auditor }: AuditRequest,
  files: RequestFiles,
): { profiles: string[]; inputFiles: string[]; waiverFiles: string[] } {
  return {
    profiles: files.profiles.map(
      (_, index) => `${index}${/\.zip$/iu.test(profiles[index] ?? "") ? ".zip" : ".tar.gz"}`,
    ),
    inputFiles: named("input", auditor.inputFiles, files.inputFiles),
    waiverFiles: named("waiver", auditor.waiverFiles, files.waiverFiles),
  };
}

/** The Secret with the specification and the files whose content may be secret. */
export function specSecret(
  spec: AgentSpec,
  request: AuditRequest,
  files: RequestFiles,
  metadata: V1ObjectMeta,
): V1Secret {
  const names = fileNames(request, files);
  const entries: [string, Uint8Array][] = [
    ["spec.json", Buffer.from(JSON.stringify(spec))],
    ...names.inputFiles.map((name, index): [string, Uint8Array] => [
      name,
      files.inputFiles[index] as Uint8Array,
    ]),
    ...names.waiverFiles.map((name, index): [string, Uint8Array] => [
      name,
      files.waiverFiles[index] as Uint8Array,
    ]),
  ];
  const total = entries.reduce((sum, [, bytes]) => sum + bytes.byteLength, 0);
  if (total > PART_LIMIT)
    throw usageError(
      `Inputs, input files and waiver files take ${Math.ceil(total / 1024)} KiB together; a Secret holds ${PART_LIMIT / 1024} KiB of them.`,
      "Put large data into a file of the profile itself.",
    );
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata,
    type: "Opaque",
    data: Object.fromEntries(entries.map(([name, bytes]) => [name, base64(bytes)])),
  };
}

function plainExtension(file: string): string {
  const extension = extname(file).toLowerCase();
  return /^\.[a-z0-9]{1,8}$/u.test(extension) ? extension : ".yml";
}
