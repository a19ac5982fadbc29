/** Which cluster, and as whom: a context of the kubeconfig, or the service account of the pod that this runs in. */
import { readFileSync } from "node:fs";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { homedir } from "node:os";
import { usageError } from "../../../errors.ts";
import { credentialsOf, type Credentials } from "./credentials.ts";
import {
  kubeconfigFiles,
  readKubeconfigs,
  type Kube,
  type KubeCluster,
  type KubeUser,
} from "./kubeconfig.ts";

/** Everything that a request needs to know of its server. */
export type ClusterAccess = {
  server: URL;
  namespace: string;
  /** How messages name it. */
  context: string;
  /** Connections that are kept for the next request, also those of the log and of watches. */
  agent: HttpAgent;
  credentials: Credentials;
};

type Choice = {
  kubeconfig?: string | undefined;
  context?: string | undefined;
  namespace?: string | undefined;
};

/** @throws SidescanError (exit code 2) that says which file or name is wrong */
export function clusterAccess(
  choice: Choice,
  environment: NodeJS.ProcessEnv = process.env,
  home: string = homedir(),
): ClusterAccess {
  const files = kubeconfigFiles(choice.kubeconfig, environment, home);
  const kube = readKubeconfigs(files, choice.kubeconfig !== undefined);
  if (kube !== null) return chosen(kube, choice, files);
  if (choice.context === undefined) {
    const inside = inCluster(environment, choice.namespace);
    if (inside !== null) return inside;
  }
  throw usageError(
    "There is no kubeconfig, so it is not known which cluster to use.",
    `Name one with --kubeconfig FILE or KUBECONFIG; looked for: ${files.join(", ")}.`,
  );
}

function chosen(kube: Kube, choice: Choice, files: string[]): ClusterAccess {
  const where = files.join(", ");
  const wanted = choice.context ?? kube.current;
  if (wanted === null)
    throw usageError(
      `The kubeconfig (${where}) has no current context.`,
      `Name one with --context: ${[...kube.contexts.keys()].join(", ") || "there is none"}.`,
    );
  const found = kube.contexts.get(wanted);
  if (found === undefined)
    throw usageError(
      `There is no context ${wanted} in ${where}.`,
      `The contexts are: ${[...kube.contexts.keys()].join(", ") || "none"}.`,
    );
  const itsCluster = kube.clusters.get(found.cluster);
  if (itsCluster === undefined)
    throw usageError(`The context ${wanted} names the cluster ${found.cluster}, which is not in ${where}.`);
  const itsUser = kube.users.get(found.user);
  if (itsUser === undefined && found.user !== "")
    throw usageError(`The context ${wanted} names the user ${found.user}, which is not in ${where}.`);
  return access(wanted, itsCluster, itsUser ?? {}, choice.namespace ?? (found.namespace || "default"));
}

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

function inCluster(environment: NodeJS.ProcessEnv, namespace: string | undefined): ClusterAccess | null {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  if (!host || !port) return null;
  const address = host.includes(":") ? `[${host}]` : host;
  return access(
    "the service account of this pod",
    {
      server: `https://${address}:${port}`,
      "certificate-authority": `${SERVICE_ACCOUNT}/ca.crt`,
    },
    { tokenFile: `${SERVICE_ACCOUNT}/token` },
    namespace ?? ownNamespace(),
  );
}

function ownNamespace(): string {
  try {
    return readFileSync(`${SERVICE_ACCOUNT}/namespace`, "utf8").trim();
  } catch {
    return "default";
  }
}

function access(title: string, of: KubeCluster, who: KubeUser, namespace: string): ClusterAccess {
  let server: URL;
  try {
    server = new URL(of.server.includes("://") ? of.server : `https://${of.server}`);
  } catch {
    throw usageError(`The context ${title} names a server that is no address: ${of.server}`);
  }
  return {
    server,
    namespace,
    context: title,
    agent: agentFor(server),
    credentials: credentialsOf(of, who, title),
  };
}

/** As Go's clients do: the environment's proxy, but never for this machine itself. */
function agentFor(server: URL): HttpAgent {
  const here = /^(localhost|127\..*|\[::1\])$/u.test(server.hostname);
  const options = {
    keepAlive: true,
    keepAliveMsecs: 10_000,
    // Older Nodes do not know it, and connect directly.
    ...(here ? {} : { proxyEnv: process.env }),
  };
  return server.protocol === "http:" ? new HttpAgent(options) : new HttpsAgent(options);
}
