import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isRoot, repository, scene, traces } from "./run.ts";

const controls = [1, 2, 3, 4].map(
  (n) =>
    `control 'c${n}' do\n  describe(command('sleep 0.${n}; echo ${n}')) { its('stdout') { should eq "${n}\\n" } }\nend\n`,
);

let at = "";
let tmp = "";
let root = "";
let profile = "";
beforeAll(() => {
  ({ at, tmp, root, profile } = scene(controls.join("")));
});
afterAll(() => rmSync(at, { recursive: true, force: true }));

/** Runs a scan and sends the signal as soon as its stderr matches. */
function interrupted(
  signal: NodeJS.Signals,
  when: RegExp,
): Promise<{ code: number | null; signal: string | null; stderr: string }> {
  const child = spawn(
    process.execPath,
    [join(repository, "src/cli/main.ts"), "scan", `dir:${root}`, "-p", profile, "-o", join(at, "out")],
    { env: { ...process.env, TMPDIR: tmp, NO_COLOR: "1" }, stdio: ["ignore", "ignore", "pipe"] },
  );
  let stderr = "";
  let sent = false;
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    if (!sent && when.test(stderr)) sent = child.kill(signal);
  });
  return new Promise((resolve) => child.on("close", (code, by) => resolve({ code, signal: by, stderr })));
}

/** Each is the first line after which its phase is under way. */
const phases: [string, RegExp][] = [
  ["identify", /✓ Starting beside the target/u],
  ["scan", /process \d+, user/u],
  ["the middle of the scan", /2\/4 controls/u],
  ["retrieve", /✓ Auditing/u],
];

describe.skipIf(!isRoot)("a scan that is interrupted during", () => {
  describe.each(["SIGINT", "SIGTERM"] as const)("%s", (signal) => {
    it.each(phases)("%s ends with 130 and leaves nothing", async (phase, when) => {
      const ran = await interrupted(signal, when);
      // Retrieving takes milliseconds: the signal may come when there is nothing left to interrupt.
      expect(phase === "retrieve" ? [0, 130] : [130]).toContain(ran.code);
      expect(traces(tmp)).toEqual([]);
    });
  });

  it.each(phases)("%s by SIGKILL leaves nothing either, a moment later", async (_, when) => {
    await interrupted("SIGKILL", when);
    await expect.poll(() => traces(tmp), { timeout: 20_000, interval: 50 }).toEqual([]);
  });
});
