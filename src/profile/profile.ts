/** A profile directory or archive becomes one checked archive with its metadata: what every engine ships to its auditor. */
import { createHash } from "node:crypto";
import { open, stat, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { cannotScan, messageOf, usageError } from "../errors.ts";
import { readMetadata, type ProfileMetadata } from "./metadata.ts";
import { inspectArchive } from "./archive.ts";
import { PROFILE_LIMIT, tooLarge } from "./limit.ts";
import { packDirectory } from "./pack.ts";

export type Profile = ProfileMetadata & {
  /** As the user wrote it. */
  source: string;
  /** A .tar.gz or .zip file. */
  archive: string;
  /** Of the archive, in hexadecimal. */
  sha256: string;
};

/**
 * Checks the profile at `source` and, when it is a directory, packs it into `scratch`.
 * @throws SidescanError (exit code 2) when it is missing, unreadable, empty, not a profile, or over PROFILE_LIMIT
 */
export async function prepareProfile(source: string, scratch: string): Promise<Profile> {
  const path = resolve(source);
  const kind = await kindOf(path, source);
  if (kind === "directory") {
    const packed = await packDirectory(path, source);
    const metadata = readMetadata(packed.metadata, `${source}/inspec.yml`);
    checkVendored(metadata, packed.vendored, source);
    const sha256 = createHash("sha256").update(packed.archive).digest("hex");
    const archive = join(scratch, `${safeName(metadata.name)}-${sha256.slice(0, 12)}.tar.gz`);
    try {
      await writeFile(archive, packed.archive, { mode: 0o644 });
    } catch (error) {
      throw cannotScan(`Cannot write the packed profile to ${scratch}: ${messageOf(error)}`, {
        hint: "Free space there, or set TMPDIR to another directory.",
        cause: error,
      });
    }
    return { ...metadata, source, archive, sha256 };
  }
  const content = await readAll(path, source);
  const sha256 = createHash("sha256").update(content).digest("hex");
  if (kind === "zip") {
    // The auditor reads zip itself; what is wrong inside is told by it, in its own words.
    return {
      name: basename(path).replace(/\.zip$/iu, ""),
      version: null,
      title: null,
      dependencies: [],
      source,
      archive: path,
      sha256,
    };
  }
  const inside = await inspectArchive(content, source);
  const metadata = readMetadata(inside.metadata, `inspec.yml in ${source}`);
  checkVendored(metadata, inside.vendored, source);
  return { ...metadata, source, archive: path, sha256 };
}

async function kindOf(path: string, source: string): Promise<"directory" | "tar" | "zip"> {
  const about = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (/^(?:https?|git|ssh):/u.test(source)) {
      throw usageError(
        `The profile ${source} is an address; sidescan takes a directory or an archive.`,
        "Fetch it first, for example with `git clone`, and name the directory.",
      );
    }
    throw usageError(
      error.code === "ENOENT"
        ? `There is no profile at ${source}.`
        : `Cannot read the profile ${source}: ${error.message}`,
      "Name a directory with an inspec.yml, or a .tar.gz or .zip archive of one.",
    );
  });
  if (about.isDirectory()) return "directory";
  if (!about.isFile()) throw usageError(`The profile ${source} is neither a directory nor a file.`);
  const magic = await firstBytes(path, source);
  if (magic.length === 0) throw usageError(`The profile ${source} is an empty file.`);
  if (magic[0] === 0x1f && magic[1] === 0x8b) return "tar";
  if (magic.subarray(0, 2).toString("latin1") === "PK") return "zip";
  throw usageError(
    `${source} is not a profile: neither a directory nor a .tar.gz or .zip archive.`,
    "Name the directory that holds the profile's inspec.yml.",
  );
}

async function firstBytes(path: string, source: string): Promise<Buffer> {
  try {
    await using file = await open(path, "r");
    const { bytesRead, buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw usageError(`Cannot read the profile ${source}: ${messageOf(error)}`);
  }
}

async function readAll(path: string, source: string): Promise<Buffer> {
  await using file = await open(path, "r");
  const { size } = await file.stat();
  if (size > PROFILE_LIMIT) throw tooLarge(source, size);
  return file.readFile();
}

function checkVendored(metadata: ProfileMetadata, vendored: boolean, source: string): void {
  if (metadata.dependencies.length === 0 || vendored) return;
  throw usageError(
    `The profile ${source} depends on ${metadata.dependencies.join(", ")}, and they are not vendored into it.`,
    `A scan is offline. Vendor them once where there is a network: cinc-auditor vendor ${source} (or: inspec vendor ${source}).`,
  );
}

const safeName = (name: string): string => name.replace(/[^A-Za-z0-9._-]+/gu, "-").slice(0, 80);
