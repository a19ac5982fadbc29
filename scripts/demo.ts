/**
 * `npm run demo`: audits a distroless target with the real auditor, as a user would on the command line. The target has findings and its
 * threshold is meant to fail, so the demo ends well when the scan ends with exit code 1.
 */
import { spawnSync } from "node:child_process";
import { join, relative } from "node:path";
import { runtimeRoot } from "../src/setup/home.ts";
import { buildDemoTarget } from "./demo/target.ts";

const repository = join(import.meta.dirname, "..");
const root = join(runtimeRoot(), "demo", "rootfs");
const here = (path: string): string => relative(process.cwd(), path) || ".";

if (await buildDemoTarget(root)) say(`The target, a distroless root file system, was made: ${here(root)}`);
const output = join(repository, "sidescan-results");
const demo = (name: string): string => here(join(repository, "demo", name));
const options = [
  "--image-config",
  demo("image-config.json"),
  "--run",
  "-p",
  demo("profile"),
  "-t",
  demo("threshold.yml"),
];
const args = ["scan", `dir:${here(root)}`, ...options, "--output", here(output), ...process.argv.slice(2)];
say(`\n$ sidescan ${args.join(" ")}\n`);
const scan = spawnSync(process.execPath, [join(repository, "src", "cli", "main.ts"), ...args], {
  stdio: "inherit",
});

if (scan.status === 1) {
  say(
    "\nThis is how it should end: exit code 1 says that the target did not reach its threshold (demo/threshold.yml).",
  );
  say(
    "The report names each finding, why it matters and how to fix it; open the HTML file named above in a browser.",
  );
} else if (scan.status === 0) {
  say("\nThe scan passed its threshold, and it should not have: the demo's target has findings on purpose.");
}
process.exitCode = scan.status === 1 ? 0 : scan.status || 3;

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
