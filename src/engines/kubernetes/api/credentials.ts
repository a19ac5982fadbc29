/** A kubeconfig's user and cluster as what a request needs: certificates, tokens, credential plugins. */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import { cannotScan, messageOf, usageError } from "../../../errors.ts";
import type { KubeCluster, KubeUser } from "./kubeconfig.ts";

/** @throws SidescanError when a file cannot be read, or a credential plugin fails */
export type Credentials = {
  apply: (options: RequestOptions) => Promise<void>;
  /** What is wrong with them by themselves, such as an expired certificate. */
  flaw: () => string | null;
};

/** How long a token file's content is used before it is read again; the kubelet renews projected ones. */
const TOKEN_FILE_FRESH = 60_000;

/**
 * @param context names where they come from, for messages
 * @throws SidescanError (exit code 2) when a file that they name cannot be read
 */
export function credentialsOf(cluster: KubeCluster, user: KubeUser, context: string): Credentials {
  const tls: RequestOptions = {};
  const read = (name: "ca" | "cert" | "key", data: string | undefined, file: string | undefined): void => {
    if (data) tls[name] = Buffer.from(data, "base64");
    else if (file !== undefined) tls[name] = contentOf(file, context);
  };
  read("ca", cluster["certificate-authority-data"], cluster["certificate-authority"]);
  read("cert", user["client-certificate-data"], user["client-certificate"]);
  read("key", user["client-key-data"], user["client-key"]);
  Object.assign(tls, serverName(cluster["tls-server-name"]));
  if (cluster["insecure-skip-tls-verify"] === true) tls.rejectUnauthorized = false;

  const bearer = bearerOf(user, context);
  const plugin = pluginOf(cluster, user, context);
  return {
    apply: async (options) => {
      Object.assign(options, tls);
      const headers: Record<string, string | string[]> = { ...(options.headers as Record<string, string>) };
      const token = bearer();
      if (token !== null) headers["Authorization"] = `Bearer ${token}`;
      else if (user.username !== undefined && user.username !== "")
        headers["Authorization"] =
          `Basic ${Buffer.from(`${user.username}:${user.password ?? ""}`).toString("base64")}`;
      if (user.as) headers["Impersonate-User"] = user.as;
      if (user["as-uid"]) headers["Impersonate-Uid"] = user["as-uid"];
      if (user["as-groups"]?.length) headers["Impersonate-Group"] = user["as-groups"];
      options.headers = headers;
      await plugin?.(options);
    },
    flaw: () => flawOf(tls.cert as Buffer | undefined),
  };
}

/** What the server's certificate has to be for. An address is no name that a client may ask for (RFC 6066): Node warns of it on stderr. */
function serverName(name: string | undefined): RequestOptions {
  if (!name) return {};
  if (isIP(name) === 0) return { servername: name };
  return {
    servername: "",
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  };
}

function contentOf(file: string, context: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw usageError(`Cannot read ${file}, which the context ${context} names: ${messageOf(error)}`);
  }
}

/** A token file wins over a token, as for kubectl; it is read again from time to time. */
function bearerOf(user: KubeUser, context: string): () => string | null {
  const { tokenFile } = user;
  if (tokenFile === undefined) return () => user.token || null;
  let token = "";
  let read = -Infinity;
  return () => {
    if (performance.now() - read > TOKEN_FILE_FRESH) {
      token = contentOf(tokenFile, context).toString("utf8").trim();
      read = performance.now();
    }
    return token;
  };
}

/** Credential plugins by the official client: its part for programs is small, what goes beyond loads the whole. */
function pluginOf(
  cluster: KubeCluster,
  user: KubeUser,
  context: string,
): ((options: RequestOptions) => Promise<void>) | null {
  const { exec } = user;
  if (user["auth-provider"] !== undefined || cluster["proxy-url"]) return wholeClient(cluster, user, context);
  if (exec === undefined) return null;
  // What kubectl tells every plugin (client.authentication.k8s.io).
  const info = { kind: "ExecCredential", apiVersion: exec.apiVersion, spec: { interactive: false } };
  const env = [...(exec.env ?? []), { name: "KUBERNETES_EXEC_INFO", value: JSON.stringify(info) }];
  let auth: { applyAuthentication: (user: never, options: RequestOptions) => Promise<void> } | undefined;
  return async (options) => {
    auth ??= new (await import("@kubernetes/client-node/dist/exec_auth.js")).ExecAuth();
    try {
      await auth.applyAuthentication(
        { name: context, exec: { ...exec, args: exec.args ?? [], env } } as never,
        options,
      );
    } catch (error) {
      throw cannotScan(
        `The credential plugin ${exec.command} of the context ${context} failed: ${messageOf(error).trim()}`,
        { hint: exec.installHint ?? `Run it by hand: ${exec.command} ${(exec.args ?? []).join(" ")}` },
      );
    }
  };
}

function wholeClient(
  cluster: KubeCluster,
  user: KubeUser,
  context: string,
): (options: RequestOptions) => Promise<void> {
  let config: { applyToHTTPSOptions: (options: RequestOptions) => Promise<void> } | undefined;
  return async (options) => {
    const { agent } = options;
    try {
      config ??= await loadWholeClient(cluster, user, context);
      await config.applyToHTTPSOptions(options);
    } catch (error) {
      throw cannotScan(`The credentials of the context ${context} cannot be used: ${messageOf(error)}`);
    }
    // The client's own connections are not kept; they are needed for its proxies alone.
    if (!cluster["proxy-url"] && agent !== undefined) options.agent = agent;
  };
}

async function loadWholeClient(cluster: KubeCluster, user: KubeUser, context: string) {
  const { KubeConfig } = await import("@kubernetes/client-node").catch((error: unknown) => {
    throw cannotScan(`Kubernetes' client needs Node 22.19 or newer; this is ${process.version}.`, {
      cause: error,
    });
  });
  const config = new KubeConfig();
  const { "tls-server-name": name, ...others } = cluster;
  const known = name !== undefined && isIP(name) === 0 ? cluster : others;
  config.loadFromString(
    JSON.stringify({
      clusters: [{ name: context, cluster: known }],
      users: [{ name: context, user }],
      contexts: [{ name: context, context: { cluster: context, user: context } }],
      "current-context": context,
    }),
  );
  return config;
}

function flawOf(certificate: Buffer | undefined): string | null {
  if (certificate === undefined) return null;
  try {
    const { validFrom, validTo } = new X509Certificate(certificate);
    if (Date.parse(validTo) < Date.now()) return `the client certificate expired on ${validTo}`;
    if (Date.parse(validFrom) > Date.now()) return `the client certificate is valid only from ${validFrom}`;
  } catch {
    return "the client certificate cannot be read";
  }
  return null;
}
