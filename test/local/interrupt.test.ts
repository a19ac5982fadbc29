import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
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

/** Processes that the run started, by what is in their environment; this one aside. */
function processes(): string[] {
  return readdirSync("/proc")
    .filter((pid) => {
      if (!/^\d+$/u.test(pid)) return false;
      try {
        return readFileSync(`/proc/${pid}/environ`, "latin1").includes(base);
      } catch {
        return false;
      }
    })
    .map((pid) => `${pid} ${readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ")}`);
}

const mounts = (): string[] =>
  readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes(base) || line.includes("/dev/shm/"));

/** Runs one scan and kills it when `at` is heard, or so many milliseconds after its start. */
async function killed(
  target: string,
  options: object,
  at: string | number,
  signal: NodeJS.Signals,
): Promise<void> {
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
  if (typeof at === "string") expect(heard).toContain(at);
}

/** After SIGKILL nobody is there to wait for what dies by itself. */
async function nothingLeft(patience: number): Promise<void> {
  for (
    const limit = Date.now() + patience;
    Date.now() < limit && (processes().length > 0 || readdirSync(join(base, "tmp")).length > 0);
  )
    await delay(50);
  expect(processes()).toEqual([]);
  expect(readdirSync(join(base, "tmp"))).toEqual([]);
  expect(mounts()).toEqual([]);
}

const phases = [5, 20, 50, 90, "deployed", "identified", "progress", "chunk"];

describe.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)("after %s", (signal) => {
  const patience = signal === "SIGKILL" ? 8000 : 0;

  test.runIf(root).each(phases)("at %s nothing is left of dir:", async (at) => {
    await killed(`dir:${join(base, "rootfs")}`, { imageConfig: join(base, "image.json") }, at, signal);
    await nothingLeft(patience);
  });

  test.each(phases)("at %s nothing is left of pid:", async (at) => {
    const target = spawn("sleep", ["1000"], { stdio: "ignore" });
    try {
      await killed(`pid:${target.pid}`, {}, at, signal);
      await nothingLeft(patience);
      expect(target.exitCode).toBeNull();
    } finally {
      target.kill("SIGKILL");
    }
  });
});
