/** Why an API server could not be spoken to, in words, with its address. */
import { cannotScan, messageOf, type SidescanError } from "../../../errors.ts";
import type { ClusterAccess } from "./cluster-access.ts";

const causes: Record<string, [why: string, hint: string]> = {
  ECONNREFUSED: ["nothing listens there", "Is the cluster running? Is it the right context?"],
  ECONNRESET: [
    "the connection was cut",
    "Scan again; a proxy or load balancer in between may cut connections.",
  ],
  EPIPE: ["the connection was cut", "Scan again; a proxy or load balancer in between may cut connections."],
  ENOTFOUND: ["its name is not known", "Is the context right? Does it need a VPN?"],
  EAI_AGAIN: ["its name cannot be looked up now", "Is the network up?"],
  EHOSTUNREACH: ["there is no way to that host", "Does it need a VPN?"],
  ENETUNREACH: ["there is no way to that network", "Does it need a VPN?"],
  ETIMEDOUT: ["it does not answer", "Does it need a VPN or a proxy?"],
  CERT_HAS_EXPIRED: ["its certificate has expired", "The cluster's certificates need to be renewed."],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "its certificate is for another name",
    "tls-server-name in the kubeconfig says which name to expect.",
  ],
  NO_API: ["what answers there is no Kubernetes API", "Is the address in the kubeconfig right?"],
};

const untrusted: [string, string] = [
  "its certificate is signed by nobody the kubeconfig trusts",
  "Is certificate-authority in the kubeconfig that of this cluster?",
];
for (const code of [
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_GET_ISSUER_CERT",
  "CERT_SIGNATURE_FAILURE",
])
  causes[code] = untrusted;

/** Node's own code of a failed connection, such as ECONNREFUSED; empty when it has none. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "";

/** An error of the connection as the user is told it (exit 3). */
export function unreachable(access: ClusterAccess, error: unknown): SidescanError {
  const code = codeOf(error);
  const [why, hint] = causes[code] ?? fallback(code, error);
  return cannotScan(
    `Cannot reach the API server ${access.server.href.replace(/\/$/u, "")} (context ${access.context}): ${why}.`,
    { hint, cause: error },
  );
}

function fallback(code: string, error: unknown): [string, string] {
  if (/SSL_WRONG_VERSION|EPROTO|SSL_PACKET/u.test(code))
    return ["it does not speak TLS", "Is the address in the kubeconfig right?"];
  if (/SSL.*ALERT/u.test(code)) return ["it refuses the client certificate", "Log in to the cluster again."];
  return [messageOf(error), "Is the cluster running? Is it the right context?"];
}
