/** Profile archives as ConfigMaps: at most 900 KiB in each, joined under one directory by a projected volume. Pure. */
import type { V1ConfigMap, V1ObjectMeta, V1Volume } from "./api.ts";
import { usageError } from "../../../errors.ts";

/** A ConfigMap holds 1 MiB, of which keys and metadata take some. */
export const PART_LIMIT = 900 * 1024;
/** Every part is an object in the cluster's etcd, which is no file store. */
const TOTAL_LIMIT = 32 * 1024 * 1024;

type Part = { key: string; bytes: Uint8Array };

/**
 * The keys of all profiles: `0.tar.gz`, or `0.tar.gz.000`, `.001`... which the agent joins.
 * @throws SidescanError (exit code 2) when they are too large together
 */
export function profileMaps(
  archives: { name: string; bytes: Uint8Array }[],
  meta: (index: number) => V1ObjectMeta,
): V1ConfigMap[] {
  const total = archives.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  if (total > TOTAL_LIMIT)
    throw usageError(
      `The profile archives take ${megabytes(total)} MB together; a cluster takes ${megabytes(TOTAL_LIMIT)} MB of them.`,
      "Leave out of the profile what the audit does not read.",
    );
  return packed(archives.flatMap(split)).map((parts, index) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: meta(index),
    binaryData: Object.fromEntries(parts.map(({ key, bytes }) => [key, base64(bytes)])),
  }));
}

export const profilesVolume = (name: string, maps: V1ConfigMap[]): V1Volume => ({
  name,
  projected: {
    defaultMode: 0o444,
    sources: maps.map(({ metadata }) => ({ configMap: { name: metadata?.name as string } })),
  },
});

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

function split({ name, bytes }: { name: string; bytes: Uint8Array }): Part[] {
  if (bytes.byteLength <= PART_LIMIT) return [{ key: name, bytes }];
  return Array.from({ length: Math.ceil(bytes.byteLength / PART_LIMIT) }, (_, index) => ({
    key: `${name}.${String(index).padStart(3, "0")}`,
    bytes: bytes.subarray(index * PART_LIMIT, (index + 1) * PART_LIMIT),
  }));
}

/** Small profiles share an object: every object costs requests. */
function packed(parts: Part[]): Part[][] {
  const maps: Part[][] = [];
  let room = 0;
  for (const part of parts) {
    if (part.bytes.byteLength > room || maps.length === 0) {
      maps.push([]);
      room = PART_LIMIT;
    }
    maps.at(-1)?.push(part);
    room -= part.bytes.byteLength;
  }
  return maps;
}

const megabytes = (bytes: number): string => (bytes / 1_048_576).toFixed(1);
