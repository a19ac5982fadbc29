/** What the API server's "no" means: quota, admission, Pod Security, missing rights, taken names, in words, with what to do. Pure. */
import { stringify } from "yaml";
import { cannotScan, capital, SidescanError } from "../../../errors.ts";
import { Refusal } from "./exchange.ts";
import type { ClusterAccess } from "./cluster-access.ts";

/** What was tried, for messages: `create the pod web`. */
export type Attempt = { what: string; namespace: string };

/** A SidescanError (exit 3) for a refusal; everything else is handed back as it is. */
export function explained(error: unknown, attempt: Attempt, access: ClusterAccess): unknown {
  if (!(error instanceof Refusal)) return error;
  const { code, status } = error;
  const message = error.message.trim();
  const told = (why: string, hint: string, details: string[] = []): SidescanError =>
    cannotScan(`Cannot ${attempt.what}: ${why}`, { hint, details, cause: error });
  const { namespace } = attempt;

  if (code === 401)
    return told(
      `the API server ${access.server.host} does not accept the credentials of the context ${access.context}.`,
      `${capital(access.credentials.flaw() ?? "they may have expired")}; log in to the cluster again.`,
    );
  if (/^namespaces? "[^"]*" not found/u.test(message))
    return told(
      `there is no namespace ${namespace}.`,
      `Create it (kubectl create namespace ${namespace}), or name another with --namespace.`,
    );
  if (/being terminated/u.test(message))
    return told(
      `the namespace ${namespace} is being deleted.`,
      "Name another with --namespace, or wait and create it anew.",
    );
  const quota = /exceeded quota: ([^,]+), (.*)/su.exec(message);
  if (quota !== null)
    return told(
      `it would exceed the quota ${quota[1]} of the namespace ${namespace}.`,
      "Free some of it, ask for less with --overrides, or use another namespace.",
      [quota[2] ?? ""],
    );
  if (/failed quota/u.test(message))
    return told(
      `a quota of the namespace ${namespace} demands that containers say what they need.`,
      "Give the target requests and limits with --overrides.",
      [message],
    );
  if (/(maximum|minimum) .* usage per (Container|Pod)|limit to request ratio/u.test(message))
    return told(
      `it does not keep to the LimitRange of the namespace ${namespace}.`,
      "Ask for less (or more) with --overrides, or use another namespace.",
      [message.replace(/^pods "[^"]*" is forbidden: /u, "")],
    );
  const security = /violates PodSecurity "([^":]+)[^"]*": (.*)/su.exec(message);
  if (security !== null)
    return told(
      `the namespace ${namespace} enforces the Pod Security Standard ${security[1]}.`,
      security[1] === "restricted"
        ? "Use --access restricted; it needs to know the target's user: --user UID:GID. Or scan in another namespace."
        : "Use --access baseline (or default, for a target that runs as root), without --allow-ptrace; or scan in another namespace.",
      [security[2] ?? ""],
    );
  if (/pod security policy|PodSecurityPolicy/u.test(message))
    return told(
      "no PodSecurityPolicy that you may use admits the pod.",
      "A lower --access (baseline, restricted) may be admitted.",
      [message],
    );
  const webhook = /admission webhook "([^"]+)" denied the request:? ?(.*)/su.exec(message);
  if (webhook !== null)
    return told(
      `the cluster's policy ${webhook[1]} denies it.`,
      "Keep to that policy with --overrides (labels, registries, resources) or a lower --access, or ask for an exception.",
      [webhook[2] ?? ""],
    );
  const policy = /ValidatingAdmissionPolicy '([^']+)'.* denied request: (.*)/su.exec(message);
  if (policy !== null)
    return told(`the cluster's policy ${policy[1]} denies it.`, "Keep to that policy with --overrides.", [
      policy[2] ?? "",
    ]);
  if (/failed calling (admission )?webhook/u.test(message))
    return told(
      "an admission webhook of the cluster does not work.",
      "That is for whoever runs the cluster to mend.",
      [message],
    );
  const account = /error looking up service account [^:]*: serviceaccount "([^"]+)" not found/u.exec(message);
  if (account !== null)
    return told(
      `there is no service account ${account[1]} in the namespace ${namespace}.`,
      "Create it, or name another with --service-account.",
    );
  const missing = forbiddenRule(message);
  if (code === 403 && missing !== null)
    return told(
      forbidden(missing),
      "Let whoever may do so apply the YAML above; all that sidescan needs is in deploy/rbac.yaml.",
      grant(missing),
    );
  if (code === 403) return told("the cluster forbids it.", "Ask whoever runs the cluster.", [message]);
  if (code === 409 && status.reason === "AlreadyExists")
    return told(
      `the name ${status.details?.name ?? ""} is taken in the namespace ${namespace}.`,
      "Choose another with --pod-name, or leave it out.",
    );
  if (code === 422)
    return told(
      "the API server finds it invalid.",
      "Look at what is asked for: --overrides, --env-from, --command, and `sidescan plan`.",
      (status.details?.causes ?? []).map(({ field, message: why }) => `${field ?? ""}: ${why ?? ""}`),
    );
  return told(message, code >= 500 ? "Scan again in a while." : "Look at `sidescan plan`.");
}

/** One right, as a Role names it. */
export type Rule = { verb: string; resource: string; group: string; namespace: string | null; user: string };

/** Of `pods "x" is forbidden: User "u" cannot create resource "pods/exec" in API group "" in the namespace "n"`. */
export function forbiddenRule(message: string): Rule | null {
  const said =
    /User "([^"]+)" cannot (\S+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/u.exec(
      message,
    );
  if (said === null) return null;
  const [, user = "", verb = "", resource = "", group = "", namespace] = said;
  return { user, verb, resource, group, namespace: namespace ?? null };
}

const forbidden = ({ user, verb, resource, group, namespace }: Rule): string =>
  `${user} may not ${verb} ${resource}${group === "" ? "" : `.${group}`} ` +
  `${namespace === null ? "in the whole cluster" : `in the namespace ${namespace}`}.`;

/** The YAML, line by line, that gives exactly this right to exactly this user. */
export function grant({ verb, resource, group, namespace, user }: Rule): string[] {
  const name = `sidescan-${verb}-${resource.replace("/", "-")}`;
  const scope = namespace === null ? "ClusterRole" : "Role";
  const metadata = { name, ...(namespace === null ? {} : { namespace }) };
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/u.exec(user);
  const subject =
    account === null
      ? { kind: "User", name: user, apiGroup: "rbac.authorization.k8s.io" }
      : { kind: "ServiceAccount", name: account[2], namespace: account[1] };
  const apiVersion = "rbac.authorization.k8s.io/v1";
  return [
    {
      apiVersion,
      kind: scope,
      metadata,
      rules: [{ apiGroups: [group], resources: [resource], verbs: [verb] }],
    },
    {
      apiVersion,
      kind: `${scope}Binding`,
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: scope, name },
      subjects: [subject],
    },
  ].flatMap((object, at) => [...(at === 0 ? [] : ["---"]), ...stringify(object).trimEnd().split("\n")]);
}
