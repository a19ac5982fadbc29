import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { audit, eventOf } from "./audit.ts";

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

async function started(program: string, ...args: string[]): Promise<number> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "ignore"] });
  children.push(child);
  await once(child, "spawn");
  return child.pid ?? 0;
}

describe("a process", () => {
  test("that runs is audited and goes on running", async () => {
    const pid = await started("sleep", "1000");
    const found = await audit(`pid:${pid}`);
    expect(found.error).toBeNull();
    expect([...found.files.keys()].sort()).toEqual(["evidence.json", "result.json"]);
    expect(eventOf(found, "identified")).toMatchObject({ how: "pid", pid, command: ["sleep", "1000"] });
    expect(found.remains).toEqual([]);
    expect(children[0]?.exitCode).toBeNull();
  });

  test("that dies during the scan ends it, with the reason", async () => {
    const pid = await started("sleep", "1000");
    const found = await audit(
      `pid:${pid}`,
      {},
      { naps: 50 },
      { heard: (what) => void (what === "progress" && children[0]?.kill()) },
    );
    expect(found.error).toMatchObject({ exitCode: 3 });
    expect(eventOf(found, "error")?.code).toBe("target-gone");
    expect(found.remains).toEqual([]);
  });

  test("that is gone is no target", async () => {
    const pid = await started("true");
    const child = children[0] as ChildProcess;
    if (child.exitCode === null) await once(child, "exit");
    expect((await audit(`pid:${pid}`)).error).toMatchObject({
      exitCode: 3,
      message: `There is no process ${pid}.`,
    });
  });

  test("that has ended but was not waited for is no target", async () => {
    // The shell becomes a program that knows nothing of the child it has.
    await started("sh", "-c", "sleep 0.2 & echo $!; exec sleep 1000");
    const [printed] = (await once(children[0]?.stdout ?? process.stdin, "data")) as [Buffer];
    const pid = Number(printed.toString());
    await expect.poll(() => readFileSync(`/proc/${pid}/stat`, "utf8")).toContain(") Z ");
    expect((await audit(`pid:${pid}`)).error?.message).toContain("has ended");
  });

  test("of the kernel is no target", async () => {
    const kernel = readdirSync("/proc").find((name) => {
      if (!/^\d+$/u.test(name)) return false;
      const fields = readFileSync(`/proc/${name}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
      return (Number(fields[6]) & 0x20_0000) !== 0;
    });
    if (kernel === undefined) return;
    expect((await audit(`pid:${kernel}`)).error).toMatchObject({
      exitCode: 3,
      message: expect.stringContaining("of the kernel") as string,
    });
  });

  test("that is a thread is told with the process it belongs to", async () => {
    const thread = readdirSync("/proc/self/task").find((name) => name !== String(process.pid));
    expect((await audit(`pid:${thread}`)).error).toMatchObject({
      hint: `Name the process: pid:${process.pid}`,
    });
  });

  test("that is sidescan itself is a usage error", async () => {
    expect((await audit(`pid:${process.pid}`)).error).toMatchObject({ exitCode: 2 });
  });
});
