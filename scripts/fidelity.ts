/** Runs test/fidelity: what sidescan says of a full and of a stripped root, value by value beside what the auditor says from inside. Needs root and Debian. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { runtimeHome } from "../src/setup/home.ts";
import { rubyEnv } from "../src/setup/ruby.ts";

const home = runtimeHome();
const env = { ...rubyEnv(), GEM_HOME: home.gemHome, GEM_PATH: home.gemHome };
const script = join(import.meta.dirname, "..", "test", "fidelity", "run.rb");
const ran = spawnSync(home.ruby, [script, ...process.argv.slice(2)], { env, stdio: "inherit" });
process.exitCode = ran.status ?? 1;
