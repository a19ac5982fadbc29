/** Who the target's main process is and what it may do, as far as a pod and its user say it before it runs. Pure. */
import { usageError } from "../../../errors.ts";
import type { UserSpec } from "../../../target/target.ts";
import type { V1Container, V1PodSpec, V1SecurityContext } from "./api.ts";
import type { PodOptions } from "./types.ts";

/** What every container runtime gives to a root container that asks for nothing (CRI-O leaves some of them out). */
const runtimeDefaults = [
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "NET_RAW",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
];

/** Who the target's main process is, as far as that can be known before it runs. */
export type TargetIdentity = {
  uid: number | null;
  gid: number | null;
  /** It cannot be root, although the uid may be unknown. */
  nonRoot: boolean;
  /** What it may hold when it is root, without CAP_; null: everything (privileged). */
  capabilities: string[] | null;
  /** Beyond what runtimes give: the scanner must hold these too. */
  added: string[];
  /** Where the user comes from, in words. */
  source: string;
};

/**
 * @throws SidescanError (exit code 2) when user and pod contradict each other
 */
export function identityOf(
  spec: V1PodSpec,
  container: V1Container,
  user: UserSpec | null,
  from: PodOptions["userFrom"] = "--user",
): TargetIdentity {
  const own = container.securityContext ?? {};
  const pod = spec.securityContext ?? {};
  const uid = own.runAsUser ?? pod.runAsUser ?? null;
  const gid = own.runAsGroup ?? pod.runAsGroup ?? null;
  const said = user === null ? null : numeric(user.user);
  // A pod may run an image as another user than the image says; what the user says must be so.
  if (from === "--user" && uid !== null && said !== null && said !== uid)
    throw usageError(
      `--user ${user?.user}: the pod runs ${container.name} as user ${uid}.`,
      "Leave --user out where the pod says it; it is for images whose user is not known.",
    );
  const known = uid ?? said;
  const saidGroup = user?.group === undefined || user.group === null ? null : numeric(user.group);
  const named = user !== null && known === null;
  return {
    uid: known,
    gid: gid ?? saidGroup,
    nonRoot: known === null ? named || (own.runAsNonRoot ?? pod.runAsNonRoot ?? false) : known !== 0,
    ...capabilitiesOf(own),
    source: uid !== null ? "the pod's security context" : user === null ? "nobody says who it is" : from,
  };
}

const bare = (names: string[] = []): string[] =>
  names.map((name) => name.replace(/^CAP_/u, "").toUpperCase());

function capabilitiesOf({ privileged, capabilities }: V1SecurityContext): {
  capabilities: string[] | null;
  added: string[];
} {
  const [add, drop] = [bare(capabilities?.add), bare(capabilities?.drop)];
  if (privileged === true || add.includes("ALL")) return { capabilities: null, added: [] };
  const kept = drop.includes("ALL") ? [] : runtimeDefaults.filter((name) => !drop.includes(name));
  return {
    capabilities: [...new Set([...kept, ...add])],
    added: add.filter((name) => !runtimeDefaults.includes(name)),
  };
}

/** Root by name is root; other names are known only to the target's own passwd. */
const numeric = (text: string): number | null =>
  text === "root" ? 0 : /^\d{1,10}$/u.test(text) ? Number(text) : null;
