/** Chunks to files: every piece in its order, the length and the SHA-256 as the agent stored them, or an error; never part of a result. */
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { cannotScan, type SidescanError } from "../errors.ts";
import type { AgentEvent, AgentEventOf } from "./events.ts";

type FileName = AgentEventOf<"chunk">["file"];

/** Bytes of one file at most, unpacked; a hundred times the largest result known (facts: 8 MB with backtraces). */
export const LARGEST_FILE = 512 * 1024 * 1024;
/** Bytes of one file at most, as it travels. */
export const LARGEST_GZIP = 128 * 1024 * 1024;

type Pieces = { pieces: Buffer[]; bytes: number };

/** Takes the events of the retrieve phase in their order; `files` is what was delivered whole. */
export type Assembler = {
  /** @throws SidescanError (exit 3) at the first thing that does not fit */
  add: (event: AgentEvent) => void;
  /** @throws SidescanError (exit 3) when a stored file was not delivered */
  files: () => Map<FileName, Uint8Array>;
};

export function assembler(limits = { file: LARGEST_FILE, gzip: LARGEST_GZIP }): Assembler {
  const stored = new Map<FileName, AgentEventOf<"stored">["files"][number]>();
  const arriving = new Map<FileName, Pieces>();
  const whole = new Map<FileName, Uint8Array>();

  const addStored = (event: AgentEventOf<"stored">): void => {
    for (const file of event.files) {
      if (file.bytes > limits.file)
        throw broken(file.name, `it has ${file.bytes} bytes; ${limits.file} is the limit`);
      stored.set(file.name, file);
    }
  };

  const addChunk = (event: AgentEventOf<"chunk">): void => {
    if (!stored.has(event.file)) throw broken(event.file, "a piece came before it was stored");
    if (whole.has(event.file)) throw broken(event.file, "a piece came after it was delivered");
    const so = arriving.get(event.file) ?? { pieces: [], bytes: 0 };
    if (event.n !== so.pieces.length)
      throw broken(event.file, `piece ${so.pieces.length} is missing, ${event.n} came`);
    const piece = Buffer.from(event.data, "base64");
    so.pieces.push(piece);
    so.bytes += piece.length;
    if (so.bytes > limits.gzip) throw broken(event.file, `more than ${limits.gzip} bytes came`);
    arriving.set(event.file, so);
  };

  const addDelivered = (event: AgentEventOf<"delivered">): void => {
    const { name } = event.file;
    const promised = stored.get(name);
    const { pieces, bytes } = arriving.get(name) ?? { pieces: [], bytes: 0 };
    if (promised === undefined) throw broken(name, "it was delivered, but never stored");
    if (whole.has(name)) throw broken(name, "it was delivered twice");
    if (promised.bytes !== event.file.bytes || promised.sha256 !== event.file.sha256)
      throw broken(name, "it is another one than the one that was stored");
    if (pieces.length !== event.chunks) throw broken(name, `${pieces.length} of ${event.chunks} pieces came`);
    if (bytes !== event.gzipBytes) throw broken(name, `${bytes} of ${event.gzipBytes} bytes came`);
    whole.set(name, unpack(name, Buffer.concat(pieces, bytes), promised));
    arriving.delete(name);
  };

  return {
    add: (event) => {
      if (event.event === "stored") addStored(event);
      else if (event.event === "chunk") addChunk(event);
      else if (event.event === "delivered") addDelivered(event);
    },
    files: () => {
      for (const name of stored.keys())
        if (!whole.has(name)) throw broken(name, "it was stored, but not delivered");
      return new Map(whole);
    },
  };
}

/** Checks bytes that came another way (such as by `readStored`) against what was stored. */
export function verify(
  name: FileName,
  bytes: Uint8Array,
  promised: { bytes: number; sha256: string },
): Uint8Array {
  if (bytes.length !== promised.bytes) throw broken(name, `${bytes.length} of ${promised.bytes} bytes came`);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== promised.sha256) throw broken(name, `its SHA-256 is ${sha256}, not ${promised.sha256}`);
  return bytes;
}

/** A gzipped file, however it came. @throws SidescanError (exit 3) when it is not the one that was stored */
export function unpack(
  name: FileName,
  packed: Uint8Array,
  promised: { bytes: number; sha256: string },
): Uint8Array {
  let bytes: Buffer;
  try {
    // One byte more than promised is enough to see that it is too long.
    bytes = gunzipSync(packed, { maxOutputLength: promised.bytes + 1 });
  } catch (error) {
    throw broken(name, `it cannot be unpacked (${error instanceof Error ? error.message : String(error)})`);
  }
  return verify(name, bytes, promised);
}

const broken = (name: FileName, why: string): SidescanError =>
  cannotScan(`The agent's ${name} did not arrive whole: ${why}.`, { hint: "Scan again." });
