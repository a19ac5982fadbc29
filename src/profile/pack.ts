/** Packs a profile directory into a .tar.gz that is the same for the same content: sorted names, no times, no owners. */
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { pack } from "tar-stream";
import { messageOf, usageError } from "../errors.ts";
import { PROFILE_LIMIT, tooLarge } from "./limit.ts";

export type Packed = {
  archive: Buffer;
  /** Text of inspec.yml. */
  metadata: string;
  /** Whether it holds a vendor directory with something in it. */
  vendored: boolean;
};

type Entry = { name: string; path: string; size: number };

/**
 * @throws SidescanError (exit code 2) when there is no inspec.yml, a file cannot be read, or a link leads out of the directory
 */
export async function packDirectory(directory: string, source: string): Promise<Packed> {
  const entries = await listFiles(directory, source);
  if (entries.length === 0) throw usageError(`The profile directory ${source} is empty.`);
  if (!entries.some((entry) => entry.name === "inspec.yml")) {
    throw usageError(
      `${source} is not a profile: it has no inspec.yml.`,
      "Name the directory that holds the profile's inspec.yml.",
    );
  }
  const total = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (total > PROFILE_LIMIT) {
    const largest = entries
      .toSorted((a, b) => b.size - a.size)
      .slice(0, 3)
      .map((entry) => `${entry.name} (${(entry.size / 1024 / 1024).toFixed(1)} MiB)`);
    throw tooLarge(source, total, largest);
  }
  const tar = pack();
  const chunks: Buffer[] = [];
  // Only the content goes in, so the archive's digest tells profiles apart and nothing else.
  const zipped = pipeline(tar, createGzip({ level: 6 }), async (gzip: AsyncIterable<Buffer>) => {
    for await (const chunk of gzip) chunks.push(chunk);
  });
  let metadata = "";
  try {
    for (const entry of entries) {
      const content = await readFile(entry.path);
      if (entry.name === "inspec.yml") metadata = content.toString("utf8");
      tar.entry({ name: entry.name, mode: 0o644, mtime: new Date(0) }, content);
    }
  } catch (error) {
    tar.destroy();
    await zipped.catch(() => {});
    throw usageError(`Cannot read the profile ${source}: ${messageOf(error)}`);
  }
  tar.finalize();
  await zipped;
  return {
    archive: Buffer.concat(chunks),
    metadata,
    vendored: entries.some((entry) => entry.name.startsWith("vendor/")),
  };
}

/** Regular files below `directory`, sorted by name; version control is left out, links are followed as far as they stay inside. */
async function listFiles(directory: string, source: string): Promise<Entry[]> {
  const root = await realpath(directory);
  const found: Entry[] = [];
  const visit = async (folder: string, seen: string[]): Promise<void> => {
    const names = await readdir(folder).catch((error: Error) => {
      throw usageError(`Cannot read the profile ${source}: ${error.message}`);
    });
    for (const name of names.sort()) {
      if (name === ".git") continue;
      const path = join(folder, name);
      const real = await realpath(path).catch(() => null);
      if (real === null) {
        throw usageError(
          `The profile ${source} holds a link that leads nowhere: ${relative(directory, path)}`,
        );
      }
      if (real !== root && !real.startsWith(root + sep)) {
        throw usageError(
          `The profile ${source} holds a link that leads out of it: ${relative(directory, path)} -> ${real}`,
          "Copy what it points to into the profile.",
        );
      }
      const about = await stat(path);
      if (about.isDirectory()) {
        if (seen.includes(real)) continue;
        await visit(path, [...seen, real]);
      } else if (about.isFile()) {
        found.push({ name: relative(directory, path).split(sep).join("/"), path, size: about.size });
      }
    }
  };
  await visit(directory, [root]);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}
