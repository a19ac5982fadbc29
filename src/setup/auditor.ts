/**
 * An installed `cinc-auditor` or `inspec` that was asked for instead of the pinned one. The agent loads it as a library, so what counts is the
 * Ruby behind the executable and the gems that this Ruby sees.
 */
import { existsSync, statSync } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { cannotScan, usageError } from "../errors.ts";
import { rubyEnv, which } from "./ruby.ts";
import { lastLines, run } from "./run.ts";

/** How to start it. */
export type Auditor = {
  /** Absolute path. */
  ruby: string;
  /** GEM_HOME and GEM_PATH; null when this Ruby finds its auditor by itself. */
  gemHome: string | null;
};

/** Majors whose library interface the agent knows. */
const majors = { oldest: 4, newest: 7 };

/** `asked`: a path or a program's name. Throws (exit 2 or 3) with what to do. */
export async function findAuditor(asked: string, env: NodeJS.ProcessEnv = process.env): Promise<Auditor> {
  const executable = asked.includes("/") ? asked : which(asked, env);
  if (executable === null || !existsSync(executable))
    throw usageError(
      `There is no auditor ${asked}${asked.includes("/") ? "" : " in PATH"}.`,
      "Name an installed cinc-auditor or inspec, or leave --auditor away to use the pinned one.",
    );
  if (!statSync(executable).isFile())
    throw usageError(
      `${executable} is not a file.`,
      "Name the executable itself, such as /usr/bin/cinc-auditor.",
    );
  const found = await rubyBehind(await realpath(executable), env);
  const version = await versionSeenBy(found, executable, env);
  const major = Number(version.split(".")[0]);
  if (major < majors.oldest || major > majors.newest)
    throw usageError(
      `${executable} is version ${version}; sidescan works with ${majors.oldest} to ${majors.newest}.`,
      "Leave --auditor away to use the pinned one.",
    );
  return found;
}

/** The Ruby that an executable's first line names, and where its gems are. */
async function rubyBehind(executable: string, env: NodeJS.ProcessEnv): Promise<Auditor> {
  const words = await shebang(executable);
  const [interpreter = "", first = ""] = words;
  const named = basename(interpreter) === "env" ? which(first, env) : interpreter;
  if (named !== null && basename(named).startsWith("ruby") && existsSync(named)) {
    // An omnibus package brings its own gems and wants to hear of no others.
    const embedded = basename(dirname(dirname(named))) === "embedded";
    return { ruby: named, gemHome: embedded ? null : gemsBeside(executable) };
  }
  const omnibus = join(dirname(dirname(executable)), "embedded", "bin", "ruby");
  if (existsSync(omnibus)) return { ruby: omnibus, gemHome: null };
  throw cannotScan(`${executable} does not say which Ruby it runs on.`, {
    hint: "Name the executable of the gem or of the omnibus package itself, not a wrapper around it.",
    details: [`its first line: ${words.join(" ") || "(none: not a script)"}`],
  });
}

/** The stub of a gem lies in `bin` of the folder that holds the gems, unless that is Ruby's own. */
function gemsBeside(executable: string): string | null {
  const home = dirname(dirname(executable));
  return existsSync(join(home, "specifications")) ? home : null;
}

async function shebang(path: string): Promise<string[]> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
  const line = buffer.subarray(0, bytesRead).toString("latin1").split("\n", 1)[0] ?? "";
  return line.startsWith("#!") ? line.slice(2).trim().split(/\s+/u) : [];
}

/** Asked of the library through the same Ruby as the agent will use it: what the executable prints could come from elsewhere. */
async function versionSeenBy(
  { ruby, gemHome }: Auditor,
  executable: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const gems = gemHome === null ? {} : { GEM_HOME: gemHome, GEM_PATH: gemHome };
  const ran = await run(ruby, ["-e", 'require "inspec/version"; print Inspec::VERSION'], {
    env: { ...rubyEnv(env), ...gems },
    timeout: 30_000,
  });
  if (ran.code === 0 && /^\d+\.\d+\.\d+/u.test(ran.stdout)) return ran.stdout;
  throw cannotScan(`${executable} was found, but its Ruby ${ruby} cannot load the auditor.`, {
    hint: "Leave --auditor away to use the pinned one.",
    // What Ruby says, without the lines that tell where in its code it was.
    details: lastLines(ran.stderr || ran.stdout, 50)
      .filter((line) => !/^\s*from /u.test(line))
      .slice(-5),
  });
}
