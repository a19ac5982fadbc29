import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { scratchDirectory } from "../../src/scratch.ts";
import { Undo } from "../../src/undo.ts";

const sources = join(import.meta.dirname, "../../src");

let base = "";
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "sidescan-test-"));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

it("makes a directory for this user alone, and removes it with what is in it", async () => {
  const undo = new Undo();
  const directory = await scratchDirectory(undo);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  mkdirSync(join(directory, "work"));
  writeFileSync(join(directory, "work", "file"), "");
  expect(await undo.run()).toEqual([]);
  expect(existsSync(directory)).toBe(false);
});

it("leaves nothing when its process is killed, whatever the directory's name holds", async () => {
  const odd = join(base, "a 'b' $(touch x) *");
  mkdirSync(odd);
  const program = `
    const { scratchDirectory } = await import(${JSON.stringify(join(sources, "scratch.ts"))});
    const { Undo } = await import(${JSON.stringify(join(sources, "undo.ts"))});
    console.log(await scratchDirectory(new Undo()));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    env: { ...process.env, TMPDIR: odd },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  expect(readdirSync(odd)).toHaveLength(1);
  child.kill("SIGKILL");
  await expect.poll(() => readdirSync(odd), { timeout: 10_000 }).toEqual([]);
  expect(readdirSync(base)).toHaveLength(1);
});

it("says where it cannot be made, and what to do", async () => {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = join(base, "missing");
  const undo = new Undo();
  try {
    await expect(scratchDirectory(undo)).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining("missing"),
      hint: expect.stringContaining("TMPDIR"),
    });
  } finally {
    process.env.TMPDIR = before;
    await undo.run();
  }
});
