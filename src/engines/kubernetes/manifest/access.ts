/**
 * Which rung lets the scanner into the target with the least privilege, and what each rung cannot see. Linux lets a process follow
 * /proc/PID/root when it has the target's uid and gid and at least its permitted capabilities, or SYS_PTRACE. Pure.
 */
import type { TargetIdentity } from "./identity.ts";
import type { V1SecurityContext } from "./api.ts";
import { usageError } from "../../../errors.ts";
import type { AuditRequest, PlanStep } from "../../engine.ts";
import type { Rung, SecurityLevel } from "./types.ts";

const entering = ["SETGID", "SETUID", "SYS_CHROOT"];

/** How the scanner enters; `gid`: of restricted, which enters as the target's user and group. */
export type Access = { rung: Rung; gid: number | null; identity: TargetIdentity; steps: PlanStep[] };

/** What a rung cannot see, in words for the plan. */
export const blindSpots: Record<Rung, string> = {
  restricted:
    "it cannot run commands in the target (they are unanswerable and say so, save those that are answered natively), nor read files that the target's own user may not read, nor look at processes of other users",
  baseline:
    "it cannot read files that only a user other than root and the target's own may read (mode 0600), nor enter a root target that holds more capabilities than these",
  default:
    "it cannot enter a target that holds more capabilities than its own, nor one whose only process gave up root without starting another program",
  ptrace: "nothing of the target is hidden from it; it could also change every process of the pod",
};

const means: Record<Rung, string> = {
  restricted: "as the target's own user, without any capability",
  baseline: "as root with SYS_CHROOT, SETUID and SETGID alone",
  default: "as root with the runtime's default capabilities",
  ptrace: "as root with the runtime's default capabilities and SYS_PTRACE",
};

/**
 * @throws SidescanError (exit code 2) when the rung that was asked for, or every allowed one, cannot enter the target
 */
export function planAccess(
  identity: TargetIdentity,
  asked: {
    access: "auto" | Rung;
    allowPtrace: boolean;
    commands: AuditRequest["commands"];
    enforced: SecurityLevel | null;
  },
): Access {
  const { access, allowPtrace, enforced } = asked;
  if (access === "ptrace" && !allowPtrace)
    throw usageError(
      "--access ptrace: it lets the scanner change every process of the pod.",
      "Add --allow-ptrace when that is meant.",
    );
  const low = asked.commands === "none" || enforced === "restricted";
  const ladder: Rung[] =
    access === "auto"
      ? [
          ...(low ? (["restricted"] as const) : []),
          "baseline",
          "default",
          ...(allowPtrace ? (["ptrace"] as const) : []),
        ]
      : [access];
  const allowed = ladder.filter((rung) => admitted(rung, enforced));
  if (allowed.length === 0)
    throw usageError(
      `The namespace enforces the Pod Security Standard ${enforced}, which does not admit the rung ${access}.`,
      enforced === "restricted" ? "Use --access restricted." : "Use --access default or a lower one.",
    );
  const reasons = allowed.map((rung) => ({ rung, why: obstacle(rung, identity) }));
  const first = reasons.find(({ why }) => why === null);
  if (first === undefined) {
    const { rung, why } = reasons.at(-1) as { rung: Rung; why: string };
    throw usageError(`--access ${rung} cannot enter the target: ${why}.`, wayOut(rung, identity, enforced));
  }
  const { rung } = first;
  const gid = identity.gid ?? identity.uid;
  return {
    rung,
    gid,
    identity,
    steps: [
      {
        what: `access: ${rung}; the scanner runs ${means[rung]}${rung === "default" && identity.added.length > 0 ? `, and ${identity.added.join(", ")} as the target` : ""}`,
        why: `${reasonFor(rung, identity, access, low ? (asked.commands === "none" ? "no commands are wanted" : "the namespace enforces restricted") : null)}; ${blindSpots[rung]}`,
      },
      ...(rung === "restricted" && identity.gid === null
        ? [
            {
              what: `group: ${gid}, taken for granted`,
              why: "the scanner needs the target's group too, and it is not known; --user UID:GID says another",
            },
          ]
        : []),
    ],
  };
}

/** The scanner's own security context; every field is written out, so that the pod's cannot weaken or break it. */
export function scannerSecurity({ rung, identity, gid }: Access): V1SecurityContext {
  const common = {
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: true,
    seccompProfile: { type: "RuntimeDefault" },
  };
  if (rung === "restricted")
    return {
      ...common,
      runAsUser: identity.uid as number,
      runAsGroup: gid as number,
      runAsNonRoot: true,
      capabilities: { drop: ["ALL"] },
    };
  const root = { ...common, runAsUser: 0, runAsGroup: 0, runAsNonRoot: false };
  if (rung === "baseline")
    return { ...root, capabilities: { drop: ["ALL"], add: ["SYS_CHROOT", "SETUID", "SETGID"] } };
  const add = [
    // CRI-O's default set lacks it.
    "SYS_CHROOT",
    ...(rung === "ptrace" ? ["SYS_PTRACE"] : identity.added),
  ];
  return { ...root, capabilities: { add: [...new Set(add)] } };
}

/** Why a rung cannot enter; null when nothing that is known speaks against it. */
function obstacle(rung: Rung, { uid, nonRoot, capabilities }: TargetIdentity): string | null {
  if (rung === "ptrace") return null;
  if (rung === "restricted") {
    if (uid === 0) return "the target runs as root";
    return uid === null ? "the number of the target's user is not known" : null;
  }
  if (nonRoot) return null;
  if (capabilities === null) return "the target is privileged and holds every capability";
  if (rung === "default") return null;
  const more = capabilities.filter((name) => !entering.includes(name));
  if (more.length === 0) return null;
  return uid === null
    ? "the target may be root with the runtime's default capabilities; nobody says who it is"
    : `the target is root with ${more.length} capabilities that this rung lacks`;
}

function wayOut(rung: Rung, identity: TargetIdentity, enforced: SecurityLevel | null): string {
  if (rung === "restricted" && identity.uid === null)
    return "Say who the target runs as, by number: --user UID or --user UID:GID.";
  if (enforced === "restricted") return "Scan it in a namespace that enforces less.";
  if (identity.capabilities === null && !identity.nonRoot) return "Use --allow-ptrace.";
  return rung === "restricted"
    ? "Use --access auto."
    : "Use --access default, or say who the target runs as: --user UID.";
}

function reasonFor(rung: Rung, identity: TargetIdentity, access: "auto" | Rung, low: string | null): string {
  if (access !== "auto") return `--access ${access}`;
  const who =
    identity.uid === null
      ? identity.nonRoot
        ? "the target is not root"
        : identity.capabilities?.length === 0
          ? "the target holds no capabilities, whoever it is"
          : "who the target runs as is not known, and this rung enters root and others alike (--user UID would allow a lower one)"
      : `the target is user ${identity.uid} (${identity.source})`;
  if (rung === "restricted") return `${who}, and ${low}`;
  return rung === "ptrace"
    ? `${who} and privileged, and --allow-ptrace allows it`
    : `the lowest rung that can enter: ${who}`;
}

/** Which Pod Security Standard each rung's container meets at best. */
const admitted = (rung: Rung, enforced: SecurityLevel | null): boolean =>
  enforced === "restricted" ? rung === "restricted" : enforced === "baseline" ? rung !== "ptrace" : true;
