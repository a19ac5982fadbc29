/**
 * Chunks to files: every piece in its order, the length and the SHA-256 as the agent stored them, or an error; never part of a result.
 * Pieces are unpacked as they come, and none is kept: of a large result there is one copy.
 */
import { createHash } from "node:crypto";
import { createGunzip } from "node:zlib";
import { cannotScan, type SidescanError } from "../errors.ts";
import type { AgentEvent, AgentEventOf } from "./events.ts";

type FileName = AgentEventOf<"chunk">["file"];

/** Bytes of one file at most, unpacked; far beyond the largest result known (8 MB, with backtraces). */
export const LARGEST_FILE = 512 * 1024 * 1024;
/** Bytes of one file at most, as it travels. */
export const LARGEST_GZIP = 128 * 1024 * 1024;

type Promised = { bytes: number; sha256: string };

/** Takes the events of the retrieve phase in their order, one after the other; `files` is what was delivered whole. */
export type Assembler = {
  /** @throws SidescanError (exit 3) at the first thing that does not fit */
  add: (event: AgentEvent) => Promise<void>;
  /** @throws SidescanError (exit 3) when a stored file was not delivered */
  files: () => Map<FileName, Uint8Array>;
};

export function assembler(limits = { file: LARGEST_FILE, gzip: LARGEST_GZIP }): Assembler {
  const stored = new Map<FileName, AgentEventOf<"stored">["files"][number]>();
  const arriving = new Map<FileName, { pieces: number; bytes: number; unpacked: Unpacker }>();
  const whole = new Map<FileName, Uint8Array>();
  /** Every piece is decoded into the same memory. */
  let piece = Buffer.alloc(0);

  const addStored = (event: AgentEventOf<"stored">): void => {
    for (const file of event.files) {
      if (file.bytes > limits.file)
        throw broken(file.name, `it has ${file.bytes} bytes; ${limits.file} is the limit`);
      stored.set(file.name, file);
    }
  };

  const addChunk = async (event: AgentEventOf<"chunk">): Promise<void> => {
    const promised = stored.get(event.file);
    if (promised === undefined) throw broken(event.file, "a piece came before it was stored");
    if (whole.has(event.file)) throw broken(event.file, "a piece came after it was delivered");
    const so = arriving.get(event.file) ?? { pieces: 0, bytes: 0, unpacked: unpacker(event.file, promised) };
    if (event.n !== so.pieces) throw broken(event.file, `piece ${so.pieces} is missing, ${event.n} came`);
    if (piece.length < event.data.length) piece = Buffer.alloc(event.data.length);
    const bytes = piece.write(event.data, "base64");
    so.pieces += 1;
    so.bytes += bytes;
    if (so.bytes > limits.gzip) throw broken(event.file, `more than ${limits.gzip} bytes came`);
    arriving.set(event.file, so);
    await so.unpacked.add(piece.subarray(0, bytes));
  };

  const addDelivered = async (event: AgentEventOf<"delivered">): Promise<void> => {
    const { name } = event.file;
    const promised = stored.get(name);
    if (promised === undefined) throw broken(name, "it was delivered, but never stored");
    const { pieces, bytes, unpacked } = arriving.get(name) ?? {
      pieces: 0,
      bytes: 0,
      unpacked: unpacker(name, promised),
    };
    if (whole.has(name)) throw broken(name, "it was delivered twice");
    if (promised.bytes !== event.file.bytes || promised.sha256 !== event.file.sha256)
      throw broken(name, "it is another one than the one that was stored");
    if (pieces !== event.chunks) throw broken(name, `${pieces} of ${event.chunks} pieces came`);
    if (bytes !== event.gzipBytes) throw broken(name, `${bytes} of ${event.gzipBytes} bytes came`);
    whole.set(name, await unpacked.end());
    arriving.delete(name);
  };

  return {
    add: async (event) => {
      if (event.event === "stored") addStored(event);
      else if (event.event === "chunk") await addChunk(event);
      else if (event.event === "delivered") await addDelivered(event);
    },
    files: () => {
      for (const name of stored.keys())
        if (!whole.has(name)) throw broken(name, "it was stored, but not delivered");
      return new Map(whole);
    },
  };
}

/** A gzipped file that comes in pieces. */
export type Unpacker = {
  /** Its memory may be used again once this is done. What is wrong with a piece is told at the end, where lengths tell more. */
  add: (piece: Uint8Array) => Promise<void>;
  /** @throws SidescanError (exit 3) when it is not the one that was stored */
  end: () => Promise<Uint8Array>;
};

export function unpacker(name: FileName, promised: Promised): Unpacker {
  const bytes = Buffer.alloc(promised.bytes);
  const hash = createHash("sha256");
  let length = 0;
  let failure: Error | null = null;
  const gunzip = createGunzip();
  gunzip.on("error", (error) => (failure ??= error));
  gunzip.on("data", (piece: Buffer) => {
    if (length + piece.length > promised.bytes) {
      gunzip.destroy(new Error(`it has more than ${promised.bytes} bytes`));
      return;
    }
    piece.copy(bytes, length);
    hash.update(piece);
    length += piece.length;
  });
  const closed = new Promise<void>((resolve) => gunzip.once("close", resolve));
  return {
    add: async (piece) => {
      if (gunzip.destroyed) return;
      await Promise.race([closed, new Promise<void>((resolve) => gunzip.write(piece, () => resolve()))]);
    },
    end: async () => {
      if (!gunzip.destroyed) gunzip.end();
      await closed;
      if (failure !== null) throw broken(name, `it cannot be unpacked (${failure.message})`);
      if (length !== promised.bytes) throw broken(name, `${length} of ${promised.bytes} bytes came`);
      const sha256 = hash.digest("hex");
      if (sha256 !== promised.sha256) throw broken(name, `its SHA-256 is ${sha256}, not ${promised.sha256}`);
      return bytes;
    },
  };
}

const broken = (name: FileName, why: string): SidescanError =>
  cannotScan(`The agent's ${name} did not arrive whole: ${why}.`, { hint: "Scan again." });
