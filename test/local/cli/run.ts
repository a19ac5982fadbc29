/** The command line as a user runs it, and what it leaves behind on this machine. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { profileOf } from "../../fixtures/profile.ts";

export const repository = join(import.meta.dirname, "..", "..", "..");
export const isRoot = process.getuid?.() === 0;

export type Ran = { code: number | null; stdout: string; stderr: string };

export function sidescan(
  args: string[],
  { cwd = repository, env = {} }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [join(repository, "src/cli/main.ts"), ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ran: Ran = { code: null, stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (ran.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (ran.stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ ...ran, code }));
  });
}

/**
 * What the scans with this TMPDIR have left: processes that were started with it, mounts and files below it. Everything that a scan
 * starts gets TMPDIR but the target, which cannot outlive the first process of its pid namespace.
 */
export function traces(tmp: string): string[] {
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name))
    .flatMap((pid) => {
      try {
        const ours = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(`TMPDIR=${tmp}`);
        return ours
          ? [`process ${pid} ${readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ")}`]
          : [];
      } catch {
        return [];
      }
    });
  const mounts = readFileSync("/proc/mounts", "latin1")
    .split("\n")
    .filter((line) => line.includes(tmp));
  return [...processes, ...mounts, ...readdirSync(tmp)];
}

export const scratch = (): string => mkdtempSync(join(tmpdir(), "sidescan-test-"));

export type Scene = {
  /** Everything is below it. */
  at: string;
  /** An empty TMPDIR for scans, so that what they leave is seen. */
  tmp: string;
  /** The smallest root that is a target. */
  root: string;
  profile: string;
};

/** What the scans of a test file stand on; the file removes `at`. */
export function scene(controls: string): Scene {
  const at = scratch();
  const tmp = join(at, "tmp");
  mkdirSync(tmp);
  return { at, tmp, root: smallRoot(at), profile: profileOf(at, controls) };
}

export function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** The smallest root that is a target: accounts, and no program at all. */
export function smallRoot(directory: string): string {
  const root = mkdtempSync(join(directory, "root-"));
  write(
    join(root, "etc", "passwd"),
    "root:x:0:0:root:/root:/sbin/nologin\napp:x:65532:65532::/:/sbin/nologin\n",
  );
  write(join(root, "etc", "group"), "root:x:0:\napp:x:65532:\n");
  write(join(root, "etc", "os-release"), 'ID=debian\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\n');
  return root;
}
