/** Looks into a profile's .tar.gz: it must be whole, of bounded size, and hold an inspec.yml at its top or below one directory. */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { messageOf, SidescanError, usageError } from "../errors.ts";
import { PROFILE_LIMIT, tooLarge } from "./limit.ts";

/** @throws SidescanError (exit code 2) when it is cut, damaged, too large, or not a profile */
export async function inspectArchive(
  content: Buffer,
  source: string,
): Promise<{ metadata: string; vendored: boolean }> {
  const tar = extract();
  const fed = pipeline(Readable.from([content]), createGunzip(), tar);
  // The loop below sees the same error first; this only keeps it from being unhandled.
  fed.catch(() => {});
  let bytes = 0;
  let metadata: string | null = null;
  let vendored = false;
  try {
    for await (const entry of tar) {
      const name = entry.header.name.replace(/^\.\//u, "");
      const wanted = metadata === null && /^(?:[^/]+\/)?inspec\.yml$/u.test(name);
      vendored ||= /^(?:[^/]+\/)?vendor\/./u.test(name);
      const chunks: Uint8Array[] = [];
      for await (const chunk of entry as AsyncIterable<Uint8Array>) {
        bytes += chunk.length;
        if (bytes > PROFILE_LIMIT) throw tooLarge(source, bytes);
        if (wanted) chunks.push(chunk);
      }
      if (wanted) metadata = Buffer.concat(chunks).toString("utf8");
    }
    await fed;
  } catch (error) {
    if (error instanceof SidescanError) throw error;
    throw usageError(
      `The profile archive ${source} is damaged or cut: ${messageOf(error)}`,
      "Make it again, for example with `cinc-auditor archive`.",
    );
  }
  if (metadata === null) {
    throw usageError(
      `${source} is not a profile: the archive has no inspec.yml.`,
      "Archive the directory that holds the inspec.yml.",
    );
  }
  return { metadata, vendored };
}
