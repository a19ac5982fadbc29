/** Which namespaces this user can have here, and what to do where the kernel refuses them. */
import { accessSync, constants, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { cannotScan, type SidescanError } from "../../errors.ts";

/** none: root needs no user namespace; auto: one with a range of users (subuid); single: one in which there is only one user. */
export type Mapping = "none" | "auto" | "single";

/** What this user can have. */
export function mapping(): Mapping {
  if (process.geteuid?.() === 0) return "none";
  const helpers = ["newuidmap", "newgidmap"].every(onPath);
  return helpers && listed("/etc/subuid") && listed("/etc/subgid") ? "auto" : "single";
}

const own: Record<Mapping, string[]> = {
  none: [],
  auto: ["--user", "--map-root-user", "--map-auto"],
  single: ["--user", "--map-root-user"],
};

/** The child that unshare starts is the first process of the pid namespace, and dies with it. */
export const unshare = (how: Mapping): [string, ...string[]] => [
  "unshare",
  ...own[how],
  ..."--mount --pid --ipc --uts --net --fork --kill-child --propagation private".split(" "),
];

/** What a user namespace costs, as the user is told it. */
export const hiddenOwnership =
  "Running without root: file owners and groups cannot be seen (your own files seem to be root's, everybody else's nobody's), " +
  "and what you may not read is not audited. Run as root to see everything.";

/** @param said what unshare wrote */
export function refused(how: Mapping, said: string[]): SidescanError {
  const message = `This machine does not let ${how === "none" ? "root" : "an ordinary user"} make the namespaces that dir: needs.`;
  return cannotScan(message, { hint: how === "none" ? hintForRoot : hintForUser(), details: said });
}

const hintForRoot = "The capability SYS_ADMIN is needed: in a container, start it with --privileged.";

function hintForUser(): string {
  const asRoot = "Run as root, or as root first: sysctl -w";
  if (setting("/proc/sys/user/max_user_namespaces") === "0")
    return `${asRoot} user.max_user_namespaces=10000`;
  if (setting("/proc/sys/kernel/unprivileged_userns_clone") === "0")
    return `${asRoot} kernel.unprivileged_userns_clone=1`;
  if (setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") === "1")
    return `${asRoot} kernel.apparmor_restrict_unprivileged_userns=0`;
  return "Run as root; in a container, user namespaces may be forbidden by its seccomp profile.";
}

function setting(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
}

/** unshare asks passwd for the name, so a user without one has no range either. */
function listed(file: string): boolean {
  const user = knownUser();
  if (user === null) return false;
  const owners = (setting(file) ?? "").split("\n").map((line) => line.split(":")[0]);
  return owners.includes(user.username) || owners.includes(String(user.uid));
}

function knownUser(): { username: string; uid: number } | null {
  try {
    return userInfo();
  } catch {
    return null;
  }
}

function onPath(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
