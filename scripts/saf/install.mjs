/**
 * Installs MITRE's own SAF CLI, pinned, into `.sidescan/saf`: a tool to test against, never a dependency (some 450 MB, an AGPL package in
 * its tree). Quick when it is there. Prints the directory whose `saf` runs it with a Node that it supports.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const version = "1.5.3";
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = join(root, ".sidescan", "saf");
const manifest = join(folder, "node_modules", "@mitre", "saf", "package.json");
const program = join(folder, "bin", "saf");

if (!installed()) {
  process.stderr.write(`saf: installing @mitre/saf ${version}, about 450 MB\n`);
  const fresh = `${folder}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(join(fresh, "bin"), { recursive: true });
  writeFileSync(join(fresh, "package.json"), '{ "private": true }\n');
  // It asks for Node 22; the checkout's own Node 24 runs it. None of its packages needs its install script for what is tested here.
  const words = [
    "install",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    "--save-exact",
  ];
  const ran = spawnSync("npm", [...words, `@mitre/saf@${version}`], {
    cwd: fresh,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (ran.status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    process.stderr.write(
      `saf: npm could not install it (${ran.error?.message ?? `exit code ${ran.status}`})\n`,
    );
    process.exit(3);
  }
  writeFileSync(
    join(fresh, "bin", "saf"),
    `#!/bin/sh\nhere=$(dirname "$(readlink -f "$0")")\nexec "$here/../../../node_modules/.bin/node" "$here/../node_modules/@mitre/saf/bin/run" "$@"\n`,
    { mode: 0o755 },
  );
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
}
process.stdout.write(`${dirname(program)}\n`);

function installed() {
  return (
    existsSync(program) &&
    existsSync(manifest) &&
    JSON.parse(readFileSync(manifest, "utf8")).version === version
  );
}
