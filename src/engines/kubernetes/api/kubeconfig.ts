/**
 * Which cluster, and as whom: kubeconfig files merged as kubectl merges them, or the service account of the pod that this runs in.
 * The official client's own loader is not used for it: it costs 80 MB and 0.4 s, for what most kubeconfigs do not need.
 */
import { readFileSync } from "node:fs";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { messageOf, usageError, type SidescanError } from "../../../errors.ts";
import { credentialsOf, type Credentials } from "./credentials.ts";

export type ClusterAccess = {
  server: URL;
  namespace: string;
  /** How messages name it. */
  context: string;
  /** Connections that are kept for the next request, also those of the log and of watches. */
  agent: HttpAgent;
  credentials: Credentials;
};

const text = z.string().optional();

const cluster = z.looseObject({
  server: z.string().min(1),
  "certificate-authority": text,
  "certificate-authority-data": text,
  "insecure-skip-tls-verify": z.boolean().optional(),
  "tls-server-name": text,
  "proxy-url": text,
});

const user = z.looseObject({
  "client-certificate": text,
  "client-certificate-data": text,
  "client-key": text,
  "client-key-data": text,
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  as: text,
  "as-uid": text,
  "as-groups": z.array(z.string()).optional(),
  exec: z
    .looseObject({
      apiVersion: text,
      command: z.string(),
      args: z.array(z.string()).nullish(),
      env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
      installHint: text,
    })
    .optional(),
  "auth-provider": z.looseObject({ name: z.string() }).optional(),
});

const context = z.looseObject({ cluster: z.string(), user: z.string().default(""), namespace: text });

const named = { name: z.string() };
const kubeconfig = z.looseObject({
  "current-context": z.string().nullish(),
  clusters: z.array(z.looseObject({ ...named, cluster })).nullish(),
  users: z.array(z.looseObject({ ...named, user: user.nullish() })).nullish(),
  contexts: z.array(z.looseObject({ ...named, context })).nullish(),
});

export type KubeCluster = z.output<typeof cluster>;
export type KubeUser = z.output<typeof user>;
type Kube = {
  current: string | null;
  clusters: Map<string, KubeCluster>;
  users: Map<string, KubeUser>;
  contexts: Map<string, z.output<typeof context>>;
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
  const files = filesOf(choice, environment, home);
  const loaded = files.flatMap((file) => load(file, choice.kubeconfig !== undefined) ?? []);
  if (loaded.length === 0 && choice.context === undefined) {
    const inside = inCluster(environment, choice.namespace);
    if (inside !== null) return inside;
  }
  if (loaded.length === 0)
    throw usageError(
      "There is no kubeconfig, so it is not known which cluster to use.",
      `Name one with --kubeconfig FILE or KUBECONFIG; looked for: ${files.join(", ")}.`,
    );
  return chosen(merged(loaded), choice, files);
}

function filesOf(choice: Choice, environment: NodeJS.ProcessEnv, home: string): string[] {
  if (choice.kubeconfig !== undefined) return [choice.kubeconfig];
  const listed = (environment["KUBECONFIG"] ?? "").split(delimiter).filter((file) => file !== "");
  return listed.length > 0 ? listed : [join(home, ".kube", "config")];
}

/** Null when there is no such file, which kubectl forgives in KUBECONFIG, but not in its flag. */
function load(file: string, required: boolean): Kube | null {
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch (error) {
    if (!required && (error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw usageError(`Cannot read the kubeconfig ${file}: ${messageOf(error)}`);
  }
  let value: unknown;
  try {
    value = parse(content) ?? {};
  } catch (error) {
    throw wrong(file, messageOf(error));
  }
  const checked = kubeconfig.safeParse(value);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw wrong(file, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
  }
  const base = dirname(resolve(file));
  const from = (path: string | undefined): string | undefined =>
    path === undefined || path === "" ? undefined : resolve(base, path);
  const { clusters, users, contexts, "current-context": current } = checked.data;
  return {
    current: current ?? null,
    clusters: keyed(clusters, ({ cluster: it }) => ({
      ...it,
      "certificate-authority": from(it["certificate-authority"]),
    })),
    users: keyed(users, ({ user: it }) => ({
      ...it,
      "client-certificate": from(it?.["client-certificate"]),
      "client-key": from(it?.["client-key"]),
      tokenFile: from(it?.tokenFile),
    })),
    contexts: keyed(contexts, (one) => one.context),
  };
}

const wrong = (file: string, why: string): SidescanError =>
  usageError(`The kubeconfig ${file} cannot be used: ${why}`);

const keyed = <Item extends { name: string }, Value>(
  list: Item[] | null | undefined,
  value: (item: Item) => Value,
): Map<string, Value> => new Map((list ?? []).map((item) => [item.name, value(item)]));

/** The first file that says something wins. */
function merged(all: Kube[]): Kube {
  const first = <Value>(pick: (kube: Kube) => Map<string, Value>): Map<string, Value> =>
    new Map(all.toReversed().flatMap((kube) => [...pick(kube)]));
  return {
    current: all.map(({ current }) => current).find((name) => name !== null && name !== "") ?? null,
    clusters: first(({ clusters }) => clusters),
    users: first(({ users }) => users),
    contexts: first(({ contexts }) => contexts),
  };
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
