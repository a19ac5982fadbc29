/** `sidescan doctor`: what works here, what is missing, what that means for a scan, and how to get it. Changes nothing. */
import { existsSync, readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  gemHomePath,
  gemsDigest,
  isCheckout,
  readState,
  runtimeRoot,
  toolsDigest,
  toolsPath,
} from "./home.ts";
import { findRuby, which } from "./ruby.ts";
import { run } from "./run.ts";

export type Check = {
  name: string;
  /** missing: no scan works without it; warning: scans work, with what `means` says. */
  status: "ok" | "warning" | "missing";
  /** What was found. */
  found: string;
  /** What it means for a scan; null when all is well. */
  means: string | null;
  /** How to get it; null when there is nothing to get. */
  fix: string | null;
};

export type Diagnosis = { works: boolean; checks: Check[] };

export async function doctor(): Promise<Diagnosis> {
  const [ruby, namespaces, landlock, disk] = await Promise.all([
    checkRuby(),
    checkNamespaces(),
    checkLandlock(),
    checkDisk(),
  ]);
  const checks = [
    checkNode(),
    ruby,
    checkAuditor(),
    checkTools(),
    namespaces,
    checkOverlay(),
    landlock,
    checkSeccomp(),
    disk,
    // Only the project's own tests need a browser.
    ...(isCheckout ? [checkChromium()] : []),
  ];
  return { works: checks.every((check) => check.status !== "missing"), checks };
}

const setUp = isCheckout ? "npm run setup" : "sidescan setup";
const ok = (name: string, found: string): Check => ({ name, status: "ok", found, means: null, fix: null });

function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return ok("Node.js", process.versions.node);
  return {
    name: "Node.js",
    status: "missing",
    found: process.versions.node,
    means: "sidescan needs 20.19 or newer",
    fix: "Install Node.js 20.19 or newer",
  };
}

async function checkRuby(): Promise<Check> {
  const { ruby, unfit } = await findRuby();
  if (ruby !== null) return ok("Ruby", `${ruby.version} (${ruby.path})`);
  return {
    name: "Ruby",
    status: "missing",
    found: unfit.join(", ") || "none",
    means: "The auditor is a Ruby program; it needs 3.1 to 3.4",
    fix: `${setUp} (installs it on Debian)`,
  };
}

function checkAuditor(): Check {
  const root = runtimeRoot();
  const state = readState(root);
  const current = state !== null && state.gems.digest === gemsDigest();
  if (current && existsSync(gemHomePath(root, state.ruby.abi)))
    return ok("CINC Auditor", gemHomePath(root, state.ruby.abi));
  return {
    name: "CINC Auditor",
    status: "missing",
    found: state === null ? "not set up" : "another version than this sidescan is pinned to",
    means: "Nothing can be audited, unless --auditor names an installed one",
    fix: setUp,
  };
}

function checkTools(): Check {
  const root = runtimeRoot();
  const state = readState(root);
  const there = existsSync(join(toolsPath(root), "manifest.json"));
  if (there && state?.tools?.digest === toolsDigest()) return ok("supplied tools", toolsPath(root));
  return {
    name: "supplied tools",
    status: "warning",
    found: there ? "made by another version" : "none",
    means: "Commands of a profile cannot run in a target that has no shell: such controls end as errors",
    fix: setUp,
  };
}

/** Tried for real: the settings that forbid them are many, and differ by distribution. */
async function checkNamespaces(): Promise<Check> {
  const root = process.getuid?.() === 0;
  const name = root ? "namespaces" : "user namespaces";
  const flags = ["--mount", "--pid", "--ipc", "--uts", "--net", "--fork", "--kill-child"];
  const ran = await run("unshare", [...(root ? [] : ["--user", "--map-root-user"]), ...flags, "true"], {
    timeout: 10_000,
  });
  if (ran.code === 0)
    return root
      ? ok(name, "mount, pid, ipc, uts, net")
      : {
          name,
          status: "warning",
          found: "mount, pid, ipc, uts, net, in a user namespace",
          means: "dir: works, but owners and groups of files cannot be told",
          fix: "Run as root to see ownership",
        };
  if (ran.missing)
    return {
      name,
      status: "missing",
      found: "no unshare program",
      means: "dir: targets cannot be started",
      fix: "Install util-linux",
    };
  return {
    name,
    status: "missing",
    found: ran.stderr.trim() || `unshare ended with ${ran.code ?? ran.signal}`,
    means: "dir: targets cannot be started; pid: targets of this user can still be audited",
    fix: root
      ? "Run outside of a container, or in one with CAP_SYS_ADMIN"
      : "Run as root, or allow them: sysctl kernel.unprivileged_userns_clone=1 (Debian), kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu)",
  };
}

function checkOverlay(): Check {
  const known = /\boverlay$/mu.test(readText("/proc/filesystems"));
  if (known) return ok("overlayfs", "in the kernel");
  return {
    name: "overlayfs",
    status: process.getuid?.() === 0 && which("modprobe") !== null ? "warning" : "missing",
    found: "not loaded",
    means: "dir: needs it, so that the directory itself is never written to",
    fix: "modprobe overlay",
  };
}

/** Asked of the kernel itself (landlock_create_ruleset for its version), since the list of security modules is often not mounted. */
async function checkLandlock(): Promise<Check> {
  const { ruby } = await findRuby();
  const ask = "begin; print syscall(444, 0, 0, 1); rescue SystemCallError => e; print e.class; end";
  const answer =
    ruby === null ? null : await run(ruby.path, ["--disable-gems", "-W0", "-e", ask], { timeout: 10_000 });
  if (answer !== null && /^\d+$/u.test(answer.stdout)) return ok("Landlock", `on, version ${answer.stdout}`);
  return {
    name: "Landlock",
    status: "warning",
    found: answer === null ? "cannot be told without Ruby" : "off",
    means: "Nothing keeps a profile's commands from writing, so --commands read-only refuses them",
    fix: "a kernel from 5.13 on, with landlock among lsm= of its command line",
  };
}

function checkSeccomp(): Check {
  const status = /^Seccomp:\s*(\d)/mu.exec(readText("/proc/self/status"))?.[1];
  if (status === "0") return ok("seccomp", "no filter on this process");
  return {
    name: "seccomp",
    status: "warning",
    found: status === undefined ? "unknown" : "this process runs under a filter, as in a container",
    means: "Calls that a scan needs (unshare, mount, openat2) may be refused",
    fix: "Run on the machine itself when a scan says that a call was refused",
  };
}

const size = (mebibytes: number): string =>
  mebibytes < 10_240 ? `${mebibytes} MiB` : `${Math.round(mebibytes / 1024)} GiB`;

async function checkDisk(): Promise<Check> {
  const space = await statfs(tmpdir());
  const free = Math.round((space.bavail * space.bsize) / 2 ** 20);
  if (free >= 200) return ok("disk", `${size(free)} free in ${tmpdir()}`);
  return {
    name: "disk",
    status: "warning",
    found: `${size(free)} free in ${tmpdir()}`,
    means: "Results of a large profile may not fit",
    fix: "Free some space, or set TMPDIR",
  };
}

function checkChromium(): Check {
  const found = ["chromium", "chromium-browser", "google-chrome"]
    .map((name) => which(name))
    .find((path) => path !== null);
  if (found !== undefined) return ok("Chromium", found);
  return {
    name: "Chromium",
    status: "warning",
    found: "none",
    means: "No scan needs it; only this project's browser tests do",
    fix: "apt-get install chromium",
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}
