import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scannerKit } from "../../../src/engines/kubernetes/kit.ts";
import type { Kit } from "../../../src/engines/kubernetes/manifest/types.ts";
import { runtimeHome } from "../../../src/setup/home.ts";
import { rubyEnv } from "../../../src/setup/ruby.ts";

const home = runtimeHome();
let kit: Kit;
let folder: string;

beforeAll(async () => {
  kit = await scannerKit();
  folder = mkdtempSync(join(tmpdir(), "sidescan-kit-"));
  for (const [name, content] of Object.entries(kit.files)) writeFileSync(join(folder, name), content);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ruby = (
  args: string[],
  env: NodeJS.ProcessEnv = {},
): ReturnType<typeof spawnSync> & { stdout: string; stderr: string } =>
  spawnSync(home.ruby, [join(folder, "kit.rb"), ...args], {
    encoding: "utf8",
    env: { ...rubyEnv(), TMPDIR: folder, ...env },
  });

describe("the kit", () => {
  test("fits a ConfigMap, and is the same for the same sources", async () => {
    const bytes = Object.values(kit.files).reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeLessThan(900 * 1024);
    const again = await scannerKit();
    expect(
      Object.entries(again.files).map(([name, content]) => [name, Buffer.from(content).toString("base64")]),
    ).toEqual(
      Object.entries(kit.files).map(([name, content]) => [name, Buffer.from(content).toString("base64")]),
    );
  });

  test("holds the agent and the transport, and no tests", () => {
    const names = execFileSync("tar", ["-tzf", join(folder, "kit.tar.gz")], { encoding: "utf8" })
      .trim()
      .split("\n");
    expect(names).toContain("agent/bin/sidescan-agent");
    expect(names).toContain("train-procroot/lib/train-procroot.rb");
    expect(names.filter((name) => name.includes("test/"))).toEqual([]);
  });

  test("starts the agent", () => {
    const ran = ruby(["--version"], { GEM_HOME: home.gemHome, GEM_PATH: home.gemHome });
    expect(ran.stderr).toBe("");
    expect(ran.stdout).toMatch(/^sidescan-agent \d+\.\d+\.\d+\n$/u);
  });

  test("starts where temporary files are in a volume that all may write to", () => {
    const volume = mkdtempSync(join(folder, "work-"));
    chmodSync(volume, 0o777);
    const ran = ruby(["--version"], { GEM_HOME: home.gemHome, GEM_PATH: home.gemHome, TMPDIR: volume });
    expect(ran.status).toBe(0);
    expect(readdirSync(volume)).toEqual([expect.stringMatching(/^sidescan-kit-/u)]);
  });

  test("brings the program that keeps a target alive", () => {
    const to = mkdtempSync(join(folder, "held-"));
    expect(ruby(["--copy-hold-to", to]).status).toBe(0);
    expect(readdirSync(to)).toEqual(["hold"]);
    expect(statSync(join(to, "hold")).mode & 0o777).toBe(0o555);
    expect(readFileSync(join(to, "hold")).subarray(0, 4).toString("latin1")).toBe("\u007FELF");
  });

  test("says so where there is no Ruby", () => {
    const [shell = "", ...words] = kit.command;
    const ran = spawnSync(shell, [...words, "--version"], {
      encoding: "utf8",
      env: { PATH: "/nonexistent" },
    });
    expect([ran.status, ran.stderr]).toEqual([127, expect.stringContaining("no Ruby") as string]);
  });
});
