/** Finds a Ruby that can run the auditor, and says what it lacks to install the auditor's gems. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./run.ts";

export type Ruby = {
  path: string;
  version: string;
  /** Directory name of its gems, such as "3.1.0". */
  abi: string;
  /** What installing native gems needs and is not there: Debian package names. */
  lacks: string[];
};

/** Oldest that inspec-core 5.24 takes, newest that it was tried with: major * 100 + minor. */
const oldest = 301;
const newest = 304;

const probe = `
require "rbconfig"
bundler = begin; gem "bundler"; require "bundler/version"; Bundler::VERSION; rescue LoadError; nil; end
c = RbConfig::CONFIG
puts [RUBY_VERSION, c["ruby_version"], RbConfig.ruby, File.exist?(File.join(c["rubyhdrdir"], "ruby.h")), bundler].join("\\t")
`;

/** First of SIDESCAN_RUBY, PATH and the usual names with a version that fits; `tooOld` are those found that do not. */
export async function findRuby(
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ ruby: Ruby | null; unfit: string[] }> {
  const unfit: string[] = [];
  for (const path of candidates(env)) {
    const found = await inspect(path, env);
    if (found === null) continue;
    const [major = 0, minor = 0] = found.version.split(".").map(Number);
    const release = major * 100 + minor;
    if (release >= oldest && release <= newest) return { ruby: found, unfit };
    unfit.push(`${path} is Ruby ${found.version}`);
  }
  return { ruby: null, unfit };
}

async function inspect(path: string, env: NodeJS.ProcessEnv): Promise<Ruby | null> {
  const ran = await run(path, ["-e", probe], { env: rubyEnv(env), timeout: 20_000 });
  if (ran.code !== 0) return null;
  const [version = "", abi = "", real = "", headers, bundler] = ran.stdout.trimEnd().split("\t");
  const onPath = (name: string): boolean => which(name, env) !== null;
  return {
    path: real,
    version,
    abi,
    lacks: [
      ...(headers === "true" ? [] : ["ruby-dev"]),
      ...(bundler ? [] : ["bundler"]),
      ...(onPath("gcc") || onPath("cc") ? [] : ["gcc", "libc6-dev"]),
      ...(onPath("make") ? [] : ["make"]),
    ],
  };
}

function candidates(env: NodeJS.ProcessEnv): string[] {
  if (env["SIDESCAN_RUBY"]) return [env["SIDESCAN_RUBY"]];
  const names = ["ruby", "ruby3.4", "ruby3.3", "ruby3.2", "ruby3.1"];
  return names.map((name) => which(name, env)).filter((path) => path !== null);
}

/** The path of a program, or null. */
export function which(name: string, env: NodeJS.ProcessEnv = process.env): string | null {
  const folders = (env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin")
    .split(delimiter)
    .filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** The environment without what would make Ruby load code of someone's own; mirrors and proxies of bundler stay. */
export function rubyEnv(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) =>
      !/^(?:RUBY\w*|GEM_\w+|BUNDLE_\w+|BUNDLER_\w+)$/u.test(name) ||
      /^BUNDLE_(?:MIRROR|SSL|HTTP)/u.test(name),
  );
  return Object.fromEntries(kept);
}
