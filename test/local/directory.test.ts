import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { audit, eventOf, type Audit } from "./audit.ts";
import { snapshot } from "./snapshot.ts";

const root = process.geteuid?.() === 0;
if (!root) console.warn("skipped: making devices and owners, and mounting, needs root");

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "sidescan-test-"));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function made(name: string): string {
  const path = join(base, name);
  mkdirSync(join(path, "etc"), { recursive: true });
  writeFileSync(join(path, "etc/passwd"), "root:x:0:0::/root:/bin/sh\napp:x:1234:1235::/home/app:/none\n");
  writeFileSync(join(path, "etc/group"), "root:x:0:\napp:x:1235:\nextra:x:77:other,app\nmore:x:78:app\n");
  return path;
}

const statuses = (found: Audit): Record<string, string> =>
  Object.fromEntries(
    found.events.flatMap((event) => (event.event === "progress" ? [[event.control, event.status]] : [])),
  );

const outcome = ({ error, remains, files }: Audit): unknown => ({
  error,
  remains,
  files: [...files.keys()].sort(),
});
const whole = { error: null, remains: [], files: ["evidence.json", "result.json"] };

describe.runIf(root)("a directory", () => {
  test.each(["read-only", "any"] as const)(
    "that holds everything odd is audited with commands %s, and nothing in it changes",
    async (commands) => {
      const path = made("odd");
      const inside = (name: string): string => join(path, name);
      execFileSync("mkfifo", [inside("fifo")]);
      execFileSync("mkfifo", [inside("etc/shadow")]);
      execFileSync("mknod", [inside("null"), "c", "1", "3"]);
      execFileSync("mknod", [inside("disk"), "b", "7", "200"]);
      const server = createServer().listen(inside("socket"));
      await new Promise((resolve) => server.once("listening", resolve));
      symlinkSync("/etc/shadow", inside("absolute"));
      symlinkSync("loop", inside("loop"));
      symlinkSync("../../../../../../etc/passwd", inside("upwards"));
      symlinkSync("/", inside("proc"));
      for (const name of ["new\nline", "quo'te\"s", "back\\slash", "ünï", " "])
        writeFileSync(inside(name), name);
      writeFileSync(Buffer.concat([Buffer.from(`${path}/`), Buffer.from([0xff, 0xfe, 0x0a])]), "bytes");
      writeFileSync(inside("victim"), "still here");
      writeFileSync(inside("sparse"), "");
      truncateSync(inside("sparse"), 5e9);
      chownSync(inside("victim"), 1234, 1235);
      chmodSync(inside("victim"), 0o4711);
      chownSync(path, 12, 34);
      chmodSync(path, 0o751);
      rmSync(inside("sparse"));
      utimesSync(path, 1000, 2000.5);
      const before = snapshot(path);

      const found = await audit(`dir:${path}`, {}, { commands, write: true });

      expect(outcome(found)).toEqual(whole);
      expect(statuses(found)["reads"]).toBe("passed");
      expect(snapshot(path)).toEqual(before);
      expect(found.notices.join()).toContain("/proc is a link");
      server.close();
    },
  );

  test("holding a file of 5 GB is audited", async () => {
    const path = made("sparse");
    writeFileSync(join(path, "sparse"), "");
    truncateSync(join(path, "sparse"), 5e9);
    expect(outcome(await audit(`dir:${path}`))).toEqual(whole);
  });

  test.each(["a:b", "a,b", "a\\b", "a b", "a\nb", "a'b\"c", "lowerdir=x,upperdir=y", "ünïcode"])(
    "named %j is audited",
    async (name) => {
      const path = made(name);
      const before = snapshot(path);
      expect(outcome(await audit(`dir:${path}`))).toEqual(whole);
      expect(snapshot(path)).toEqual(before);
    },
  );

  test("that is empty is an empty target", async () => {
    mkdirSync(join(base, "empty"));
    expect(outcome(await audit(`dir:${join(base, "empty")}`))).toEqual(whole);
    expect(snapshot(join(base, "empty"))).toHaveLength(1);
  });

  test("reached through a symbolic link, below /dev/shm or as this machine's own root is audited", async () => {
    symlinkSync(made("real"), join(base, "link"));
    expect(outcome(await audit(`dir:${join(base, "link")}`))).toEqual(whole);
    const shm = mkdtempSync("/dev/shm/sidescan-test-");
    try {
      mkdirSync(join(shm, "etc"));
      writeFileSync(join(shm, "etc/passwd"), "root:x:0:0::/:/\n");
      expect(outcome(await audit(`dir:${shm}`))).toEqual(whole);
    } finally {
      rmSync(shm, { recursive: true });
    }
    const found = await audit("dir:/");
    expect(outcome(found)).toEqual(whole);
    expect(found.notices.join()).toContain("cannot be seen: only the directory's own file system is audited");
  });

  test.each([
    ["that is missing", "dir:/nonexistent/x", "does not exist"],
    ["that is a file", "dir:/etc/passwd", "is not a directory"],
    ["that is a device", "dir:/dev/null", "is not a directory"],
  ])("%s is told, with exit code 3", async (_, target, message) => {
    const found = await audit(target);
    expect(found.error).toMatchObject({ exitCode: 3, message: expect.stringContaining(message) as string });
    expect(found.remains).toEqual([]);
  });
});

describe.runIf(root)("where no overlay can be put on a directory", () => {
  // The kernel stacks two overlays; the engine's would be the third.
  const layers: string[] = [];
  function stacked(lower: string): string {
    let path = lower;
    for (const level of ["one", "two"]) {
      const layer = join(base, level);
      execFileSync("mkdir", [layer]);
      execFileSync("mount", ["-t", "tmpfs", "tmpfs", layer]);
      layers.unshift(layer);
      for (const name of ["upper", "work", "root"]) mkdirSync(join(layer, name));
      const options = `lowerdir=${path},upperdir=${layer}/upper,workdir=${layer}/work`;
      execFileSync("mount", ["-t", "overlay", "overlay", "-o", options, join(layer, "root")]);
      layers.unshift(join(layer, "root"));
      path = join(layer, "root");
    }
    return path;
  }
  afterEach(() => {
    for (const layer of layers.splice(0)) execFileSync("umount", [layer]);
  });

  test("it is bound read-only on the mount points it has", async () => {
    const path = made("plain");
    mkdirSync(join(path, "proc"));
    const before = snapshot(path);
    const found = await audit(`dir:${stacked(path)}`, {}, { commands: "any", write: true });
    expect(outcome(found)).toEqual(whole);
    expect(found.notices.join()).toMatch(/mounted read-only and lacks \/sys and \/dev/u);
    expect(snapshot(path)).toEqual(before);
  });

  test("and it has no /proc to mount on, that is told", async () => {
    const found = await audit(`dir:${stacked(made("plain"))}`);
    expect(found.error).toMatchObject({
      exitCode: 3,
      message: expect.stringContaining("no directory named proc") as string,
    });
  });
});

/** Who the main process is, or the error. */
async function userOf(options: object): Promise<unknown> {
  const found = await audit(`dir:${made("users")}`, options);
  return found.error ?? eventOf(found, "identified")?.user;
}

describe.runIf(root)("the main process", () => {
  const none = "0000000000000000";

  test("is root with a container's capabilities, unless somebody says otherwise", async () => {
    expect(await userOf({})).toEqual({ uid: 0, gid: 0, groups: [], capabilities: "00000000a80425fb" });
  });

  test.each([
    ["app", { uid: 1234, gid: 1235, groups: [77, 78], capabilities: none }],
    ["1234", { uid: 1234, gid: 1235, groups: [77, 78], capabilities: none }],
    ["app:extra", { uid: 1234, gid: 77, groups: [], capabilities: none }],
    ["65532:65532", { uid: 65532, gid: 65532, groups: [], capabilities: none }],
    ["65532", { uid: 65532, gid: 0, groups: [], capabilities: none }],
  ])("is %s when asked, with the meaning that container runtimes give it", async (name, expected) => {
    expect(await userOf({ user: name })).toEqual(expected);
  });

  test("is nobody that the directory does not know", async () => {
    expect(await userOf({ user: "stranger" })).toMatchObject({
      exitCode: 3,
      message: "The directory's /etc/passwd has no user stranger.",
      hint: expect.stringContaining("--user UID:GID") as string,
    });
    expect(await userOf({ user: "0:strangers" })).toMatchObject({
      message: expect.stringContaining("no group strangers") as string,
    });
    expect(await userOf({ user: "99999999999" })).toMatchObject({
      message: expect.stringContaining("no usable number") as string,
    });
  });

  test("is not waited for when the directory's passwd is a FIFO", async () => {
    const path = made("fifo");
    rmSync(join(path, "etc/passwd"));
    execFileSync("mkfifo", [join(path, "etc/passwd")]);
    expect(outcome(await audit(`dir:${path}`, { user: "5:6" }))).toEqual(whole);
  });
});

/** A directory with this machine's own shell and what it loads. */
function withShell(): string {
  const path = made("shell");
  const libraries = execFileSync("ldd", ["/bin/sh", "/bin/sleep"], { encoding: "utf8" }).matchAll(
    /(\/\S+) \(0x/gu,
  );
  const files = ["/bin/sh", "/bin/sleep", ...[...libraries].map(([, file = ""]) => file)];
  for (const file of new Set(files)) execFileSync("cp", ["-L", "--parents", file, path]);
  return path;
}

function imageOf(config: object): { imageConfig: string; run: boolean } {
  const file = join(base, "image.json");
  writeFileSync(file, JSON.stringify({ config }));
  return { imageConfig: file, run: true };
}

describe.runIf(root)("an image's own program", () => {
  test("runs as the image says while it is audited", async () => {
    const config = {
      User: "app",
      Entrypoint: ["sh", "-c"],
      Cmd: ["sleep 1000; :"],
      Env: ["A=b"],
      WorkingDir: "/etc",
    };
    const found = await audit(`dir:${withShell()}`, imageOf(config));
    expect(outcome(found)).toEqual(whole);
    expect(eventOf(found, "identified")).toMatchObject({
      command: ["sh", "-c", "sleep 1000; :"],
      user: { uid: 1234 },
    });
  });

  test("that ends early is told with its last lines", async () => {
    const script = "for i in 1 2 3; do echo line $i; done; echo cannot open config >&2; sleep 0.4; exit 3";
    const found = await audit(`dir:${withShell()}`, imageOf({ Entrypoint: ["/bin/sh", "-c", script] }), {
      naps: 20,
    });
    expect(found.error?.exitCode).toBe(3);
    expect(found.notices.join()).toMatch(
      /ended with exit code 3\. Its last lines:\n {2}line 1\n {2}line 2\n {2}line 3\n {2}cannot open config/u,
    );
    expect(found.remains).toEqual([]);
  });

  test("that kills everything it can reach gets no result, and leaves nothing", async () => {
    const script = "sleep 0.4; kill -9 -1";
    const found = await audit(`dir:${withShell()}`, imageOf({ Cmd: ["sh", "-c", script] }), { naps: 30 });
    expect(found.error).toMatchObject({
      exitCode: 3,
      message: expect.stringContaining("killed by SIGKILL") as string,
    });
    expect([found.files.size, found.remains]).toEqual([0, []]);
  });

  test.each([
    ["is not there", { Entrypoint: ["/nonexistent"] }, "cannot be started"],
    ["is not in PATH", { Cmd: ["nonexistent"] }, "is not in the directory"],
    ["is no program", { Cmd: ["/etc/passwd"] }, "cannot be started"],
  ])("that %s is told", async (_, config, message) => {
    const found = await audit(`dir:${made("bare")}`, imageOf(config));
    expect(found.error).toMatchObject({ exitCode: 3, message: expect.stringContaining(message) as string });
  });

  test("that floods its output neither blocks nor fills memory", async () => {
    const script = "while :; do echo 0123456789012345678901234567890123456789; done";
    expect(outcome(await audit(`dir:${withShell()}`, imageOf({ Cmd: ["sh", "-c", script] })))).toEqual(whole);
  });
});
