/**
 * Kubeconfig files, read and merged as kubectl merges them. The official client's own loader is not used for it: it costs 80 MB and
 * 0.4 s, for what most kubeconfigs do not need.
 */
import { readFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { messageOf, usageError, type SidescanError } from "../../../errors.ts";

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

/** As in the file, but paths of certificates, keys and tokens are absolute. */
export type KubeCluster = z.output<typeof cluster>;
/** As in the file, but paths of certificates, keys and tokens are absolute. */
export type KubeUser = z.output<typeof user>;

/** What all files say together, by name. */
export type Kube = {
  current: string | null;
  clusters: Map<string, KubeCluster>;
  users: Map<string, KubeUser>;
  contexts: Map<string, z.output<typeof context>>;
};

/** In kubectl's order: what the flag --kubeconfig names, else KUBECONFIG's list, else the one in the home directory. */
export function kubeconfigFiles(
  flag: string | undefined,
  environment: NodeJS.ProcessEnv,
  home: string,
): string[] {
  if (flag !== undefined) return [flag];
  const listed = (environment["KUBECONFIG"] ?? "").split(delimiter).filter((file) => file !== "");
  return listed.length > 0 ? listed : [join(home, ".kube", "config")];
}

/**
 * Null when none of the files is there.
 * @param required whether it is an error that a file is missing: kubectl forgives it in KUBECONFIG, but not in its flag
 * @throws SidescanError (exit code 2) that says which file is wrong
 */
export function readKubeconfigs(files: string[], required: boolean): Kube | null {
  const found = files.flatMap((file) => load(file, required) ?? []);
  return found.length === 0 ? null : merged(found);
}

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
