import { execFile, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Audit } from "./audit.ts";
import { snapshot } from "./snapshot.ts";

const root = process.geteuid?.() === 0;
if (!root) console.warn("skipped: only root can become another user");

const run = promisify(execFile);
const becomes = ["--reuid", "4321", "--regid", "4321", "--clear-groups"];
const repository = join(import.meta.dirname, "..", "..");
// Where the checkout is root's own business (below /root, say) another user gets to see it in a place of the test's.
const show = 'mount --bind "$1" "$2" && shift 2 && exec "$@"';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "sidescan-test-"));
  chmodSync(base, 0o755);
  for (const name of ["rootfs", "rootfs/etc", "tmp", "closed", "checkout"]) mkdirSync(join(base, name));
  writeFileSync(join(base, "rootfs/etc/passwd"), "root:x:0:0::/:/\n");
  for (const name of ["rootfs", "rootfs/etc", "tmp"]) chownSync(join(base, name), 4321, 4321);
  chmodSync(join(base, "closed"), 0o700);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

async function asUser(
  target: string,
  { before = [], options = {} }: { before?: string[]; options?: object } = {},
): Promise<Audit> {
  const shown = (path: string): string => path.replace(`${repository}/`, `${base}/checkout/`);
  const command = [
    "unshare",
    "--mount",
    "--propagation",
    "private",
    "sh",
    "-c",
    show,
    "sh",
    repository,
    join(base, "checkout"),
    ...before,
    "setpriv",
    ...becomes,
    shown(process.execPath),
    shown(join(import.meta.dirname, "drive.ts")),
    target,
    JSON.stringify(options),
  ];
  const { stdout } = await run("env", command, {
    env: { ...process.env, HOME: "/nonexistent", TMPDIR: join(base, "tmp"), NODE_COMPILE_CACHE: "" },
  });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Audit;
}

const namespaces = root && spawnSync("setpriv", [...becomes, "unshare", "--user", "true"]).status === 0;
if (root && !namespaces) console.warn("skipped in part: this machine gives other users no user namespaces");

describe.runIf(root)("an ordinary user", () => {
  test.runIf(namespaces)("audits a directory, and is told what cannot be seen", async () => {
    const before = snapshot(join(base, "rootfs"));
    const found = await asUser(`dir:${join(base, "rootfs")}`);
    expect(found.error).toBeNull();
    expect(found.remains).toEqual([]);
    expect(found.files).toEqual(["result.json", "evidence.json"]);
    expect(found.notices.join()).toContain("file owners and groups cannot be seen");
    expect(snapshot(join(base, "rootfs"))).toEqual(before);
  });

  test.runIf(namespaces)("is told that another user cannot be had, and gets one without rights", async () => {
    const found = await asUser(`dir:${join(base, "rootfs")}`, { options: { user: "65532:65532" } });
    expect(found.error).toBeNull();
    expect(found.notices.join()).toContain("should run as 65532:65532");
    expect(found.events.find(({ event }) => event === "identified")).toMatchObject({
      user: { uid: 0, capabilities: "0000000000000000" },
    });
  });

  const helpers = ["/usr/bin/newuidmap", "/etc/subuid", "/etc/subgid"].every((path) => existsSync(path));
  if (!helpers) console.warn("skipped for a range of users: newuidmap or subuid is missing");

  test.runIf(helpers && namespaces)("with a range of users gets the one that is asked for", async () => {
    for (const [file, line] of [
      ["passwd", "auditor:x:4321:4321::/nonexistent:/bin/sh"],
      ["subuid", "auditor:200000:65536"],
      ["subgid", "auditor:200000:65536"],
    ] as const)
      writeFileSync(join(base, file), `${line}\n`);
    const bind =
      'for file in passwd subuid subgid; do mount --bind "$0/$file" "/etc/$file" || exit; done; exec "$@"';
    const before = ["unshare", "--mount", "sh", "-c", bind, base];
    const found = await asUser(`dir:${join(base, "rootfs")}`, { before, options: { user: "65532:65532" } });
    expect(found.error).toBeNull();
    expect(found.events.find(({ event }) => event === "identified")).toMatchObject({
      user: { uid: 65532, gid: 65532 },
    });
  });

  test("is told that a directory cannot be read", async () => {
    const found = await asUser(`dir:${join(base, "closed")}`);
    expect(found.error).toMatchObject({
      exitCode: 3,
      message: expect.stringContaining("cannot be read by this user") as string,
    });
  });

  test("is told what to do where user namespaces are forbidden", async () => {
    // The kernel gives none to a process whose root is not its mount namespace's.
    mkdirSync(join(base, "root"));
    const forbidden = [
      "unshare",
      "--mount",
      "sh",
      "-c",
      'mount --rbind / "$0" && exec chroot "$0" "$@"',
      join(base, "root"),
    ];
    const found = await asUser(`dir:${join(base, "rootfs")}`, { before: forbidden });
    expect(found.error).toMatchObject({
      exitCode: 3,
      hint: expect.stringContaining("Run as root") as string,
    });
    expect(found.error?.message).toContain("does not let an ordinary user make the namespaces");
  });

  test("audits a process of its own", async () => {
    const found = await asUser(`pid:${await ownProcess()}`);
    expect(found.error).toBeNull();
    expect(found.remains).toEqual([]);
  });

  test("is told why another user's process cannot be audited", async () => {
    const found = await asUser("pid:1");
    expect(found.error?.exitCode).toBe(3);
    expect(found.events.find(({ event }) => event === "error")).toMatchObject({ code: "access-denied" });
  });
});

const children: ReturnType<typeof execFile>[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

async function ownProcess(): Promise<number> {
  const child = execFile(
    "setpriv",
    ["--reuid", "4321", "--regid", "4321", "--clear-groups", "sleep", "1000"],
    () => {},
  );
  children.push(child);
  await new Promise((resolve) => setTimeout(resolve, 200));
  return child.pid ?? 0;
}
