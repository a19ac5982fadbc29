import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const root = process.geteuid?.() === 0;
if (!root) console.warn("skipped for dir: finding what is left of other users' processes needs root");

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "sidescan-test-"));
  mkdirSync(join(base, "tmp"));
  mkdirSync(join(base, "rootfs"));
  writeFileSync(join(base, "image.json"), JSON.stringify({ config: { Env: [`MARK=${base}`] } }));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

/** Processes that the run started, by what is in their environment. */
function processes(): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const mine = /^\d+$/u.test(pid) && readFileSync(`/proc/${pid}/environ`, "latin1").includes(base);
      return mine ? [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ")}`] : [];
    } catch {
      return []; // it has ended, or is another user's
    }
  });
}

const mounts = (): string[] =>
  readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes(base) || line.includes("/dev/shm/"));

/** Runs one scan and kills it when `at` is heard, or so many milliseconds after its start. */
async function heardUntilKilled(
  target: string,
  options: object,
  at: string | number,
  signal: NodeJS.Signals,
): Promise<string[]> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "drive.ts"), target, JSON.stringify(options), '{"naps":30}'],
    {
      // HOME and TMPDIR reach whatever is started, and so mark it.
      env: { ...process.env, HOME: base, TMPDIR: join(base, "tmp"), NODE_COMPILE_CACHE: "" },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const ended = once(child, "exit");
  const heard: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    heard.push(line);
    if (typeof at === "number" && line === "started") setTimeout(() => child.kill(signal), at);
    if (line === at) child.kill(signal);
  }
  await ended;
  return heard;
}

type Left = { processes: string[]; files: string[]; mounts: string[] };
const nothing: Left = { processes: [], files: [], mounts: [] };
const left = (): Left => ({
  processes: processes(),
  files: readdirSync(join(base, "tmp")),
  mounts: mounts(),
});

/** What is left after `patience` milliseconds at most: after SIGKILL nobody is there to wait for what dies by itself. */
async function leftAfter(patience: number): Promise<Left> {
  const limit = Date.now() + patience;
  while (Date.now() < limit && !isDeepStrictEqual(left(), nothing)) await delay(50);
  return left();
}

const phases = [5, 20, 50, 90, "deployed", "identified", "progress", "chunk"];

describe.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)("after %s", (signal) => {
  const patience = signal === "SIGKILL" ? 10_000 : 0;

  test.runIf(root).each(phases)("at %s nothing is left of dir:", async (at) => {
    const options = { imageConfig: join(base, "image.json") };
    const heard = await heardUntilKilled(`dir:${join(base, "rootfs")}`, options, at, signal);
    expect(heard).toContain(typeof at === "string" ? at : "started");
    expect(await leftAfter(patience)).toEqual(nothing);
  });

  test.each(phases)("at %s nothing is left of pid:", async (at) => {
    const target = spawn("sleep", ["1000"], { stdio: "ignore" });
    try {
      const heard = await heardUntilKilled(`pid:${target.pid}`, {}, at, signal);
      expect(heard).toContain(typeof at === "string" ? at : "started");
      expect(await leftAfter(patience)).toEqual(nothing);
      expect(target.exitCode).toBeNull();
    } finally {
      target.kill("SIGKILL");
    }
  });
});
