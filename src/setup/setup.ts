/**
 * `sidescan setup`: brings what a scan needs and npm does not: a Ruby, the pinned auditor's gems, the supplied shell and GNU tools.
 * Idempotent: what is there and made from the same sources is left alone, and a second run only compares digests.
 */
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cannotScan } from "../errors.ts";
import { installGems } from "./gems.ts";
import {
  gemHomePath,
  gemsDigest,
  readState,
  runtimeRoot,
  stampOf,
  statePath,
  toolsDigest,
  toolsPath,
  type State,
} from "./home.ts";
import { locked } from "./lock.ts";
import { installPackages } from "./packages.ts";
import { findRuby, type Ruby } from "./ruby.ts";
import { ensureTools } from "./tools.ts";

export type SetupOptions = {
  /** Also the gems of the Ruby tests. Once installed they stay. */
  dev?: boolean;
  /** Told what happens, one line at a time. Default: stderr. */
  progress?: (message: string) => void;
};

export type SetupReport = {
  root: string;
  ruby: { path: string; version: string };
  /** Why there are no supplied tools, or null. Scans then run no command in a target without a shell. */
  toolsMissing: string | null;
  /** What this run did: empty when everything was there. */
  did: string[];
};

/** Throws (exit 3) with the command to run when something must be installed by hand. */
export async function setup(options: SetupOptions = {}): Promise<SetupReport> {
  const progress = options.progress ?? ((message) => process.stderr.write(`setup: ${message}\n`));
  const root = runtimeRoot();
  const ready = upToDate(root, options.dev ?? false);
  if (ready !== null) return report(root, ready, null, []);

  await mkdir(root, { recursive: true });
  return locked(
    join(root, "setup.lock"),
    () => progress("another set-up is at work; waiting for it"),
    () => bring(root, options.dev ?? false, progress),
  );
}

async function bring(root: string, dev: boolean, progress: (message: string) => void): Promise<SetupReport> {
  const meanwhile = upToDate(root, dev);
  if (meanwhile !== null) return report(root, meanwhile, null, []);

  const before = readState(root);
  const did: string[] = [];
  const ruby = await ensureRuby(progress, did);
  const rubyState = {
    path: ruby.path,
    version: ruby.version,
    abi: ruby.abi,
    stamp: stampOf(ruby.path) ?? "",
  };
  const sameRuby = before?.ruby.stamp === rubyState.stamp;

  const gems = { digest: gemsDigest(), dev: dev || (before?.gems.dev ?? false) };
  const gemsReady =
    sameRuby &&
    before.gems.digest === gems.digest &&
    before.gems.dev === gems.dev &&
    existsSync(gemHomePath(root, ruby.abi));
  if (!gemsReady) {
    // Until it is whole again nobody may take it for whole.
    await rm(statePath(root), { force: true });
    await installGems(root, ruby, gems.dev, progress);
    did.push("gems");
  }

  const tools = await ensureTools(root, ruby, progress);
  if (tools.built) did.push("tools");
  const now: State = {
    version: 1,
    ruby: rubyState,
    gems,
    tools: tools.digest === null ? null : { digest: tools.digest },
  };
  await writeWhole(statePath(root), `${JSON.stringify(now, null, 2)}\n`);
  return report(root, now, tools.missing, did);
}

function report(root: string, state: State, toolsMissing: string | null, did: string[]): SetupReport {
  return { root, ruby: { path: state.ruby.path, version: state.ruby.version }, toolsMissing, did };
}

/** The state when nothing is to be done, else null. Reads a few small files, starts no program. */
function upToDate(root: string, dev: boolean): State | null {
  const state = readState(root);
  if (state === null || (dev && !state.gems.dev)) return null;
  const fits =
    stampOf(state.ruby.path) === state.ruby.stamp &&
    state.gems.digest === gemsDigest() &&
    existsSync(gemHomePath(root, state.ruby.abi)) &&
    (state.tools?.digest ?? null) === toolsDigest() &&
    (state.tools === null || existsSync(join(toolsPath(root), "manifest.json")));
  return fits ? state : null;
}

async function ensureRuby(progress: (message: string) => void, did: string[]): Promise<Ruby> {
  const native = ["ruby-dev", "gcc", "libc6-dev", "make", "libffi-dev", "pkg-config"];
  const found = await findRuby();
  const needed = found.ruby === null ? ["ruby", "bundler", "ca-certificates", ...native] : found.ruby.lacks;
  if (found.ruby !== null && needed.length === 0) return found.ruby;
  const unfit = found.unfit.length === 0 ? "" : ` (${found.unfit.join(", ")})`;
  const why =
    found.ruby === null
      ? `The auditor needs a Ruby 3.1 to 3.4, and there is none${unfit}.`
      : `${found.ruby.path} lacks what installing the auditor needs: ${needed.join(", ")}.`;
  await installPackages(needed, why, progress);
  did.push("ruby");
  const again = await findRuby();
  if (again.ruby !== null) return again.ruby;
  throw cannotScan(`Debian's Ruby was installed, and does not fit${unfit}.`, {
    hint: "Install a Ruby 3.1 to 3.4 and name it in SIDESCAN_RUBY.",
  });
}

async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}
