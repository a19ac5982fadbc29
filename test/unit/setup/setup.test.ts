import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { findAuditor } from "../../../src/setup/auditor.ts";
import { digestOf } from "../../../src/setup/digest.ts";
import { doctor } from "../../../src/setup/doctor.ts";
import { packageRoot, runtimeHome, runtimeRoot } from "../../../src/setup/home.ts";
import { locked } from "../../../src/setup/lock.ts";
import { findRuby, rubyEnv, which } from "../../../src/setup/ruby.ts";
import { run, shown } from "../../../src/setup/run.ts";
import { setup } from "../../../src/setup/setup.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sidescan-setup-"));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

async function script(path: string, text: string): Promise<string> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, text);
  await chmod(path, 0o755);
  return path;
}

describe("the runtime home", () => {
  test("is where SIDESCAN_HOME says, else a folder of the checkout", () => {
    expect(runtimeRoot({ SIDESCAN_HOME: "/elsewhere" })).toBe("/elsewhere");
    expect(runtimeRoot({})).toBe(join(packageRoot, ".sidescan"));
  });

  test("that was never set up is an error that says what to run", () => {
    vi.stubEnv("SIDESCAN_HOME", folder);
    expect(() => runtimeHome()).toThrow(expect.objectContaining({ exitCode: 3, hint: "Run: npm run setup" }));
  });

  test("whose note is damaged counts as never set up", async () => {
    await writeFile(join(folder, "setup.json"), "{");
    vi.stubEnv("SIDESCAN_HOME", folder);
    expect(() => runtimeHome()).toThrow(/not set up/u);
  });
});

describe("setting up again", () => {
  test("does nothing and is over at once", { timeout: 120_000 }, async () => {
    const said: string[] = [];
    await setup({ progress: (line) => said.push(line) });
    const started = performance.now();
    const report = await setup({ progress: (line) => said.push(line) });
    expect(performance.now() - started).toBeLessThan(500);
    expect(report.did).toEqual([]);
  });
});

const lockedQuietly = <Done>(file: string, work: () => Promise<Done>): Promise<Done> =>
  locked(file, () => undefined, work);

describe("the lock", () => {
  test("lets one work at a time, and says so to the one that waits", async () => {
    const order: string[] = [];
    const file = join(folder, "lock");
    const first = lockedQuietly(file, async () => {
      order.push("first begins");
      await new Promise((resolve) => setTimeout(resolve, 900));
      order.push("first ends");
    });
    await vi.waitUntil(() => order.length === 1);
    await Promise.all([
      first,
      locked(
        file,
        () => order.push("second waits"),
        async () => void order.push("second"),
      ),
    ]);
    expect(order).toEqual(["first begins", "second waits", "first ends", "second"]);
  });

  test("of a holder that was killed is free", async () => {
    const file = join(folder, "lock");
    const holder = spawn("flock", ["--exclusive", file, "cat"], {
      stdio: ["pipe", "pipe", "ignore"],
      detached: true,
    });
    holder.stdin.write("\n");
    await once(holder.stdout, "data");
    process.kill(-(holder.pid ?? 0), "SIGKILL");
    await once(holder, "exit");
    expect(await lockedQuietly(file, async () => "done")).toBe("done");
  });

  test("is given back when the work fails", async () => {
    const file = join(folder, "lock");
    const failing = lockedQuietly(file, () => Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");
    expect(await lockedQuietly(file, async () => "done")).toBe("done");
  });
});

describe("a digest", () => {
  test("changes with a content, a name, and not with a test", async () => {
    await writeFile(join(folder, "a"), "1");
    const before = digestOf(folder);
    await mkdir(join(folder, "test"));
    await writeFile(join(folder, "test", "t"), "x");
    expect(digestOf(folder)).toBe(before);
    await writeFile(join(folder, "a"), "2");
    const changed = digestOf(folder);
    expect(changed).not.toBe(before);
    await writeFile(join(folder, "b"), "");
    expect(digestOf(folder)).not.toBe(changed);
  });
});

describe("Ruby", () => {
  test("of this machine is found with its version", async () => {
    const { ruby } = await findRuby();
    expect(ruby?.version).toMatch(/^3\.[1-4]\./u);
  });

  test("that is too old is named and not taken", async () => {
    const old = await script(
      join(folder, "ruby"),
      `#!/bin/sh\nprintf '2.7.8\\t2.7.0\\t${folder}/ruby\\ttrue\\t2.1\\n'\n`,
    );
    const { ruby, unfit } = await findRuby({ ...process.env, SIDESCAN_RUBY: old });
    expect(ruby).toBeNull();
    expect(unfit).toEqual([`${old} is Ruby 2.7.8`]);
  });

  test("is started without what would change it, but with mirrors", () => {
    const env = { RUBYOPT: "-rx", GEM_PATH: "/x", BUNDLE_PATH: "/y", BUNDLE_MIRROR__ALL: "m", PATH: "/bin" };
    expect(rubyEnv(env)).toEqual({ BUNDLE_MIRROR__ALL: "m", PATH: "/bin" });
  });
});

describe("an installed auditor that is asked for", () => {
  const ruby = which("ruby") ?? "/usr/bin/ruby";
  const hint = "Leave --auditor away to use the pinned one.";

  test("is started by the Ruby of its first line, with the gems beside it", async () => {
    const { gemHome } = runtimeHome();
    for (const name of ["specifications", "gems", "extensions"])
      await symlink(join(gemHome, name), join(folder, name));
    const stub = await script(join(folder, "bin", "inspec"), "#!/usr/bin/env ruby\n");
    expect(await findAuditor(stub)).toEqual({ ruby, gemHome: folder });
    vi.stubEnv("PATH", `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`);
    expect(await findAuditor("inspec")).toEqual({ ruby, gemHome: folder });
  });

  test("of a version that sidescan does not know is refused", async () => {
    await mkdir(join(folder, "specifications"));
    const fake = await script(join(folder, "fake", "ruby"), "#!/bin/sh\nprintf 3.9.3\n");
    const stub = await script(join(folder, "bin", "inspec"), `#!${fake}\n`);
    await expect(findAuditor(stub)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("3.9.3"),
      hint,
    });
  });

  test("behind a wrapper is looked for in its omnibus package", async () => {
    await script(join(folder, "embedded", "bin", "ruby"), "#!/bin/sh\nprintf 6.8.1\n");
    const wrapper = await script(join(folder, "bin", "cinc-auditor"), "#!/bin/sh\nexec nothing\n");
    expect(await findAuditor(wrapper)).toEqual({
      ruby: join(folder, "embedded", "bin", "ruby"),
      gemHome: null,
    });
  });

  test("that is not there, or is no script, is an error with what to do", async () => {
    await expect(findAuditor(join(folder, "none"))).rejects.toMatchObject({ exitCode: 2 });
    await expect(findAuditor("/bin/true")).rejects.toMatchObject({ exitCode: 3 });
  });
});

describe("running a program", () => {
  test("that is not there is not an exception", async () => {
    expect(await run(join(folder, "none"), [])).toMatchObject({ code: null, missing: true });
  });

  test("is shown as it would be typed", () => {
    expect(shown("grep", ["-e", "it's", "a b"])).toBe("grep -e 'it'\\''s' 'a b'");
  });
});

test("the doctor names every part with what it means and how to get it", async () => {
  const { checks } = await doctor();
  expect(checks.map((check) => check.name)).toEqual(
    expect.arrayContaining(["Node.js", "Ruby", "CINC Auditor", "Landlock"]),
  );
  const unhelpful = checks.filter(
    ({ status, means, fix }) => status !== "ok" && (means === null || fix === null),
  );
  expect(unhelpful).toEqual([]);
});
