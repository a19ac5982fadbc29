/**
 * Which auditor a scan uses: the pinned one of the runtime home, or an installed `cinc-auditor` or `inspec` that was asked for. The agent
 * loads it as a library, so what counts is the Ruby behind the executable and the gems that this Ruby sees.
 */
import { open, realpath } from "node:fs/promises";
import { basename, delimiter, dirname, join } from "node:path";
import { existsSync } from "node:fs";
import { cannotScan, usageError } from "../errors.ts";
import { runtimeHome } from "./home.ts";
import { rubyEnv, which } from "./ruby.ts";
import { lastLines, run } from "./run.ts";

/** How to start the agent. */
export type Auditor = {
  ruby: string;
  /** The whole environment of the agent's Ruby: the caller's, with what finds this auditor and nothing that finds another. */
  env: NodeJS.ProcessEnv;
  /** Of the auditor, when it is not the pinned one. */
  version: string | null;
};

/** Majors whose library interface the agent knows. */
const majors = { oldest: 4, newest: 7 };

/** `asked`: a path, a program's name, or null for the pinned auditor. Throws (exit 2 or 3) with what to do. */
export async function findAuditor(
  asked: string | null,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Auditor> {
  if (asked === null) {
    const home = runtimeHome();
    return {
      ruby: home.ruby,
      env: { ...rubyEnv(env), GEM_HOME: home.gemHome, GEM_PATH: home.gemHome },
      version: null,
    };
  }
  const executable = asked.includes("/") ? asked : which(asked, env);
  if (executable === null || !existsSync(executable))
    throw usageError(
      `There is no auditor ${asked}${asked.includes("/") ? "" : " in PATH"}.`,
      "name an installed cinc-auditor or inspec, or leave --auditor away to use the pinned one",
    );
  const found = await rubyBehind(await realpath(executable), env);
  const version = await versionSeenBy(found, executable);
  const major = Number(version.split(".")[0]);
  if (major < majors.oldest || major > majors.newest)
    throw usageError(
      `${executable} is version ${version}; sidescan works with ${majors.oldest} to ${majors.newest}.`,
      "leave --auditor away to use the pinned one",
    );
  return { ...found, version };
}

/** The Ruby that an executable's first line names, and the environment in which it finds its gems. */
async function rubyBehind(
  executable: string,
  env: NodeJS.ProcessEnv,
): Promise<{ ruby: string; env: NodeJS.ProcessEnv }> {
  const words = await shebang(executable);
  const [interpreter = "", first = ""] = words;
  const viaEnv = basename(interpreter) === "env";
  const named = viaEnv ? which(first, env) : interpreter;
  if (named !== null && basename(named).startsWith("ruby") && existsSync(named)) {
    // An omnibus package brings its own gems and wants to hear of no others; a gem's own stub lives on the user's settings.
    const embedded = basename(dirname(dirname(named))) === "embedded";
    return { ruby: named, env: embedded ? rubyEnv(env) : withGemsOf(executable, env) };
  }
  const omnibus = join(dirname(dirname(executable)), "embedded", "bin", "ruby");
  if (existsSync(omnibus)) return { ruby: omnibus, env: rubyEnv(env) };
  throw cannotScan(`${executable} does not say which Ruby it runs on.`, {
    hint: "name the executable of the gem or of the omnibus package itself, not a wrapper around it",
    details: [`its first line: ${words.join(" ") || "(none: not a script)"}`],
  });
}

/** A stub in GEM_HOME/bin works without GEM_HOME being set only where that is Ruby's default; so it is set when it looks like one. */
function withGemsOf(executable: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = { ...env };
  delete kept["RUBYOPT"];
  delete kept["RUBYLIB"];
  const home = dirname(dirname(executable));
  if (!existsSync(join(home, "specifications"))) return kept;
  const others = (env["GEM_PATH"] ?? "").split(delimiter).filter((path) => path !== "");
  return { ...kept, GEM_HOME: home, GEM_PATH: [home, ...others].join(delimiter) };
}

async function shebang(path: string): Promise<string[]> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
  const line = buffer.subarray(0, bytesRead).toString("latin1").split("\n", 1)[0] ?? "";
  return line.startsWith("#!") ? line.slice(2).trim().split(/\s+/u) : [];
}

/** Asked of the library through the same Ruby as the agent will use it: what the executable prints could come from elsewhere. */
async function versionSeenBy(
  found: { ruby: string; env: NodeJS.ProcessEnv },
  executable: string,
): Promise<string> {
  const ran = await run(found.ruby, ["-e", 'require "inspec/version"; print Inspec::VERSION'], {
    env: found.env,
    timeout: 30_000,
  });
  if (ran.code === 0 && /^\d+\.\d+\.\d+/u.test(ran.stdout)) return ran.stdout;
  throw cannotScan(`${executable} was found, but its Ruby ${found.ruby} cannot load the auditor.`, {
    hint: "leave --auditor away to use the pinned one",
    details: lastLines(ran.stderr || ran.stdout, 5),
  });
}
