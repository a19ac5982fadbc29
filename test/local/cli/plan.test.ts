import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scene, sidescan, traces } from "./run.ts";

let at = "";
let tmp = "";
let root = "";
let profile = "";
beforeAll(() => {
  ({ at, tmp, root, profile } = scene("control 'a' do\nend\n"));
});
afterAll(() => rmSync(at, { recursive: true, force: true }));

const plan = (...args: string[]) => sidescan(["plan", ...args], { cwd: at, env: { TMPDIR: tmp } });

describe("plan", () => {
  it("tells each thing that a scan would make, why, and as whom the target would run", async () => {
    const { code, stdout } = await plan(`dir:${root}`, "-p", profile, "--user", "app", "--json");
    expect(code).toBe(0);
    const { steps, profiles } = JSON.parse(stdout);
    expect(profiles).toEqual([expect.objectContaining({ name: "probe", version: "1.0.0" })]);
    expect(steps.map(({ what }: { what: string }) => what)).toEqual([
      expect.stringContaining("namespaces"),
      expect.stringContaining(root),
      expect.stringContaining("as user app"),
      expect.stringContaining("access"),
      expect.stringContaining("read-only"),
    ]);
  });

  it("takes the words of scan, starts nothing and leaves nothing", async () => {
    const { code } = await plan(`dir:${root}`, "-p", profile, "--timeout", "10", "--reporter", "cli");
    expect(code).toBe(0);
    expect(traces(tmp)).toEqual([]);
  });

  it("refuses what the scan would refuse", async () => {
    expect(await plan("dir:/nonexistent", "-p", profile)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("does not exist"),
    });
    expect(await plan(`dir:${root}`, "-p", "/nonexistent")).toMatchObject({ code: 2 });
  });
});
