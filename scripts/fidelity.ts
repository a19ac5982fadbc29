/** Runs test/fidelity: what sidescan says of roots of several families, result by result beside what the auditor says from inside. Needs root, Debian and mmdebstrap. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { runtimeHome } from "../src/setup/home.ts";
import { rubyEnv } from "../src/setup/ruby.ts";

const home = runtimeHome();
const npm = process.env["npm_execpath"];
if (npm === undefined) throw new Error("run this as `npm run test:fidelity`: the full roots get that npm");
const env = {
  ...rubyEnv(),
  GEM_HOME: home.gemHome,
  GEM_PATH: home.gemHome,
  FIDELITY_HOME: join(home.root, "fidelity"),
  FIDELITY_NODE: process.execPath,
  FIDELITY_NPM: npm,
};
const script = join(import.meta.dirname, "..", "test", "fidelity", "run.rb");
const ran = spawnSync(home.ruby, [script, ...process.argv.slice(2)], { env, stdio: "inherit" });
process.exitCode = ran.status ?? 1;
