/**
 * The runtime home: the one folder that holds what a scan needs and npm does not bring (the auditor's gems, the supplied shell and tools),
 * and what `setup` noted about it. Finding it costs one small file read, so that a scan starts at once.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { cannotScan } from "../errors.ts";
import { digestOf } from "./digest.ts";

/** What a scan needs to know to start the agent. */
export type RuntimeHome = {
  root: string;
  /** Absolute path of a Ruby 3.1 to 3.4. */
  ruby: string;
  /** GEM_HOME and GEM_PATH of the pinned auditor. */
  gemHome: string;
  /** Directory of the supplied shell and GNU tools; null where they could not be made. */
  tools: string | null;
  /** The project's `scanner/` folder. */
  scannerDir: string;
};

/** Noted by `setup` when all is in place; each digest is of what the part was made from. */
const state = z.object({
  version: z.literal(1),
  ruby: z.object({ path: z.string(), version: z.string(), abi: z.string(), stamp: z.string() }),
  gems: z.object({ digest: z.string(), dev: z.boolean() }),
  tools: z.object({ digest: z.string() }).nullable(),
});
export type State = z.infer<typeof state>;

/** The folder of this package: the checkout, or where npm installed it. */
export const packageRoot: string = findPackageRoot(import.meta.dirname);

export const scannerDir: string = join(packageRoot, "scanner");

/** True in a checkout: the published package holds no sources. */
export const isCheckout: boolean = existsSync(join(packageRoot, "package-lock.json"));

/** Where the runtime home is, whether or not it is there yet. */
export function runtimeRoot(env: NodeJS.ProcessEnv = process.env): string {
  if (env["SIDESCAN_HOME"]) return env["SIDESCAN_HOME"];
  if (isCheckout) return join(packageRoot, ".sidescan");
  return join(env["XDG_DATA_HOME"] || join(homedir(), ".local", "share"), "sidescan");
}

export const statePath = (root: string): string => join(root, "setup.json");
export const bundlePath = (root: string): string => join(root, "bundle");
export const toolsPath = (root: string): string => join(root, "tools");
export const gemHomePath = (root: string, abi: string): string => join(bundlePath(root), "ruby", abi);

/** Null when `setup` never finished here, or left something else. */
export function readState(root: string): State | null {
  try {
    return state.parse(JSON.parse(readFileSync(statePath(root), "utf8")));
  } catch {
    return null;
  }
}

/** Tells whether a file is still the one it was: an upgrade of Ruby changes it. */
export function stampOf(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.ino}-${stat.size}-${Math.trunc(stat.mtimeMs)}`;
}

/** What the gems are made from. */
export const gemsDigest = (): string =>
  digestOf(join(scannerDir, "Gemfile"), join(scannerDir, "Gemfile.lock"));

/** What the supplied tools are made from; null when this package cannot make them. */
export function toolsDigest(): string | null {
  const builder = join(scannerDir, "tools");
  return existsSync(join(builder, "build.rb")) ? digestOf(builder) : null;
}

/** Throws (exit 3) with what to run when something is missing or stale. */
export function runtimeHome(): RuntimeHome {
  const root = runtimeRoot();
  const hint = isCheckout ? "Run: npm run setup" : "Run: sidescan setup";
  const found = readState(root);
  if (found === null)
    throw cannotScan(`The auditor is not set up: ${root} holds no finished set-up.`, { hint });
  if (stampOf(found.ruby.path) !== found.ruby.stamp)
    throw cannotScan(`The auditor was set up for another Ruby than the ${found.ruby.path} of now.`, { hint });
  if (found.gems.digest !== gemsDigest())
    throw cannotScan(`The auditor in ${root} is not the version that this sidescan is pinned to.`, { hint });
  const gemHome = gemHomePath(root, found.ruby.abi);
  if (!existsSync(gemHome)) throw cannotScan(`The auditor's gems are gone: ${gemHome} is missing.`, { hint });
  return { root, ruby: found.ruby.path, gemHome, tools: suppliedTools(), scannerDir };
}

/** The directory of the supplied tools; null when there is none that `setup` finished. */
export function suppliedTools(): string | null {
  const root = runtimeRoot();
  const tools = toolsPath(root);
  return readState(root)?.tools && existsSync(join(tools, "manifest.json")) ? tools : null;
}

/** Walks up, since a bundled file lies elsewhere than its source. */
function findPackageRoot(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json")) && existsSync(join(folder, "scanner", "Gemfile.lock")))
      return folder;
    if (dirname(folder) === folder) throw new Error(`no sidescan package around ${from}`);
  }
}
