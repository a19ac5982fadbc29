import { execFileSync, spawn } from "node:child_process";
import { createServer } from "node:net";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { profileOf } from "../../fixtures/profile.ts";
import { isRoot, scene, sidescan, smallRoot, traces, write, type Ran } from "./run.ts";

let at = "";
let tmp = "";
let root = "";
let profile = "";
beforeAll(() => {
  ({ at, tmp, root, profile } = scene(
    "control 'there' do\n  describe(file('/etc/passwd')) { it { should exist } }\nend\n",
  ));
});
afterAll(() => rmSync(at, { recursive: true, force: true }));
afterEach(() => {
  expect(traces(tmp)).toEqual([]);
});

const scan = (args: string[], target = `dir:${root}`): Promise<Ran> =>
  sidescan(["scan", target, ...args, "--output", join(at, "out")], { env: { TMPDIR: tmp } });

/** No stack trace, and a message that says it. */
function refused(ran: Ran, code: number, words: RegExp): void {
  expect(ran.stderr).toMatch(words);
  expect(ran.stderr).not.toMatch(/^\s+at .*:\d+:\d+/mu);
  expect(ran.code).toBe(code);
}

describe.skipIf(!isRoot)("a profile", () => {
  const cases: [string, () => string, number, RegExp][] = [
    ["is missing", () => "/nonexistent", 2, /There is no profile at/u],
    ["has a syntax error", () => profileOf(at, "control 'a' do\n  describe(\n"), 3, /syntax|unexpected/iu],
    ["raises while it loads", () => profileOf(at, "raise 'no luck today'\n"), 3, /no luck today/u],
    ["has no controls", () => profileOf(at, "# nothing\n"), 3, /no control/iu],
    [
      "needs another auditor",
      () => profileOf(at, "control 'a' do\nend\n", "name: probe\ninspec_version: '>= 99'\n"),
      3,
      /99/u,
    ],
    [
      "is for another platform",
      () =>
        profileOf(
          at,
          "control 'a' do\n  describe(1) { it { should eq 1 } }\nend\n",
          "name: probe\nsupports:\n  - platform-family: windows\n",
        ),
      3,
      /platform|skipped/iu,
    ],
  ];
  it.each(cases)("that %s is no verdict", async (_, make, code, words) => {
    refused(await scan(["-p", make()]), code, words);
  });

  it("whose output would look like the agent's own lines changes nothing", async () => {
    const noisy = profileOf(
      at,
      `puts '{"v":1,"seq":3,"event":"end","seconds":1}'\n$stdout.flush\ncontrol 'a' do\n  puts 'x' * 100_000\n  describe(1) { it { should eq 1 } }\nend\n`,
    );
    const ran = await scan(["-p", noisy, "--json"]);
    expect(JSON.parse(ran.stdout), ran.stderr + ran.stdout).toMatchObject({ verdict: "passed", exitCode: 0 });
  });
});

describe.skipIf(!isRoot)("a directory", () => {
  it("that is missing or no directory is refused", async () => {
    refused(await scan(["-p", profile], "dir:/nonexistent"), 3, /does not exist/u);
    refused(await scan(["-p", profile], "dir:/etc/passwd"), 3, /not a directory/u);
  });

  it("that is empty is audited as what it is", async () => {
    const empty = join(at, "empty");
    mkdirSync(empty, { recursive: true });
    const ran = await scan(["-p", profile, "--json"], `dir:${empty}`);
    expect(JSON.parse(ran.stdout), ran.stderr + ran.stdout).toMatchObject({
      counts: { failed: { total: 1 } },
    });
  });

  it("full of traps is audited without falling into one", async () => {
    const trap = smallRoot(at);
    symlinkSync("/etc/shadow", join(trap, "out"));
    symlinkSync("loop", join(trap, "loop"));
    execFileSync("mkfifo", [join(trap, "fifo")]);
    execFileSync("mknod", [join(trap, "device"), "c", "1", "5"]);
    writeFileSync(join(trap, "sparse"), "");
    truncateSync(join(trap, "sparse"), 5 * 1024 ** 3);
    writeFileSync(join(trap, "odd\n'\""), "odd");
    writeFileSync(Buffer.from(join(trap, "odd\xff"), "latin1"), "odd");
    const socket = createServer().listen(join(trap, "socket"));
    const traps = profileOf(
      at,
      `control 'link'   do describe(file('/out'))    { it { should_not exist }; it { should be_symlink } } end
       control 'loop'   do describe(file('/loop'))   { it { should_not exist } } end
       control 'fifo'   do describe(file('/fifo'))   { it { should be_pipe }; its('content') { should be_nil } } end
       control 'device' do describe(file('/device')) { it { should be_character_device }; its('content') { should be_nil } } end
       control 'socket' do describe(file('/socket')) { it { should be_socket } } end
       control 'size'   do describe(file('/sparse')) { its('size') { should eq 5 * 1024**3 } } end
       control 'sparse' do describe(file('/sparse')) { its('content') { should_not match(/x/) } } end
       control 'odd'    do describe(file("/odd\\n'\\"")) { its('content') { should eq 'odd' } } end
       control 'find'   do describe(command('find / -xdev -name "odd*" | wc -l')) { its('stdout') { should eq "3\\n" } } end\n`,
    );
    const ran = await scan(["-p", traps, "--reporter", `json:${at}/traps.json`, "--json"], `dir:${trap}`);
    socket.close();
    const { evidence, counts } = JSON.parse(ran.stdout);
    expect(evidence.denied).toEqual([expect.objectContaining({ control: "sparse" })]);
    expect(counts).toMatchObject({ passed: { total: 8 }, error: { total: 1 }, failed: { total: 0 } });
  });
});

describe.skipIf(!isRoot)("a process", () => {
  it("that is gone is refused", async () => {
    refused(await scan(["-p", profile], "pid:4194304"), 3, /no process|There is no process/iu);
  });

  // A container sees none of them.
  const kernelThread = existsSync("/proc/2/comm") && readFileSync("/proc/2/comm", "utf8") === "kthreadd\n";
  it.skipIf(!kernelThread)("that belongs to the kernel is refused", async () => {
    refused(await scan(["-p", profile], "pid:2"), 3, /kernel/u);
  });

  it("that dies during the scan is no verdict", async () => {
    const child = spawn("sleep", ["1000"], { stdio: "ignore" });
    const slow = profileOf(
      at,
      "control 'a' do\n  describe(command('sleep 3; echo done')) { its('stdout') { should eq \"done\\n\" } }\n  describe(file('/etc/shells')) { it { should_not exist } }\nend\n",
    );
    const scanned = scan(["-p", slow], `pid:${child.pid}`);
    setTimeout(() => child.kill("SIGKILL"), 3000);
    const ran = await scanned;
    expect(ran.code).toBe(3);
    expect(ran.stderr + ran.stdout).toMatch(/ended|gone/u);
  });
});

describe.skipIf(!isRoot)("a threshold file", () => {
  it.each([
    ["is empty", "", /empty/u],
    ["is not YAML", "failed: [\n", /YAML|flow|valid/u],
    ["is misspelt", "compliance:\n  mim: 80\n", /min/u],
  ])("that %s is refused before anything is started", async (_, text, words) => {
    const file = join(at, "threshold.yml");
    writeFileSync(file, text);
    const ran = await scan(["-p", profile, "-t", file]);
    refused(ran, 2, words);
    expect(ran.stderr).not.toContain("Starting");
  });
});

describe.skipIf(!isRoot)("results that cannot be written", () => {
  it("are told before the scan when the directory cannot be", async () => {
    refused(
      await sidescan(["scan", `dir:${root}`, "-p", profile, "-o", "/proc/nowhere"]),
      2,
      /cannot be written/u,
    );
  });

  it("because the disk is full are kept elsewhere, and the user is told where", async () => {
    const full = join(at, "full");
    mkdirSync(full);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4k", "tmpfs", full]);
    writeFileSync(join(full, "filler"), Buffer.alloc(4096));
    try {
      const ran = await sidescan(["scan", `dir:${root}`, "-p", profile, "-o", full], {
        env: { TMPDIR: tmp },
      });
      refused(ran, 3, /the disk is full/u);
      const kept = /kept in (\S+): move/u.exec(ran.stderr)?.[1] ?? "";
      expect((await sidescan(["check", kept, "-t", noFailures(join(at, "t.yml"))])).code).toBe(0);
      rmSync(join(kept, ".."), { recursive: true });
      expect(readdirSync(full)).toEqual(["filler"]);
    } finally {
      execFileSync("umount", [full]);
    }
  });
});

/** A threshold that allows no failure. */
function noFailures(file: string): string {
  write(file, "failed:\n  total:\n    max: 0\n");
  return file;
}

describe.skipIf(!isRoot)("a command of a profile that", () => {
  it.each([
    ["never ends", "sleep 1000"],
    ["ignores SIGTERM", "trap '' TERM; while :; do sleep 1; done"],
    ["prints a gigabyte", "head -c 1000000000 /dev/zero"],
    ["forks without end", "bomb() { bomb | bomb & }; bomb; sleep 100"],
    ["leaves a daemon", "setsid sleep 1000 & sleep 1000"],
  ])("%s ends as an error of its control, and the others run", async (_, text) => {
    const hostile = profileOf(
      at,
      `control 'hostile' do describe(command(%q(${text}))) { its('stderr') { should eq '' } } end
       control 'other' do describe(file('/etc/passwd')) { it { should exist } } end\n`,
    );
    const ran = await scan(["-p", hostile, "--json", "--command-timeout", "4"]);
    expect(JSON.parse(ran.stdout), ran.stderr + ran.stdout).toMatchObject({
      verdict: "none",
      exitCode: 3,
      counts: { passed: { total: 1 }, error: { total: 1 } },
    });
  });
});
