/**
 * What the tests of this folder stand on: the cluster that KUBECONFIG names, a namespace of a test file's own, the command line as a child
 * process, and the question what a run has left behind.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ApiException, CoreV1Api, KubeConfig, type V1Pod } from "@kubernetes/client-node";

export const repository = join(import.meta.dirname, "..", "..");

/** The image under test, as `npm run image` was asked to name it. */
export const scannerImage = process.env["SIDESCAN_TEST_SCANNER_IMAGE"] ?? "localhost/sidescan-scanner:dev";

/** Made by scripts/test-images.ts. */
export const testImage = (name: string): string => `localhost/sidescan-test/${name}:dev`;

const config = new KubeConfig();
/** Undefined only where nothing can be tested. */
export const core = connect();

/** Why nothing can be tested here; null when everything can: `describe.skipIf(unavailable !== null)`. */
export const unavailable: string | null = await reason();
if (unavailable !== null) console.warn(`skipped: ${unavailable}`);

function connect(): CoreV1Api {
  if (process.env["KUBECONFIG"] === undefined) return undefined as unknown as CoreV1Api;
  config.loadFromDefault();
  return config.makeApiClient(CoreV1Api);
}

async function reason(): Promise<string | null> {
  if (process.env["KUBECONFIG"] === undefined) return "KUBECONFIG names no cluster";
  const wanted = [scannerImage, testImage("distroless")];
  let missing = wanted;
  // A node tells of an image some seconds after it got it.
  for (let tries = 0; tries < 30; tries++) {
    const there = await imagesOfNodes();
    if (typeof there === "string") return there;
    missing = wanted.filter((name) => !there.has(name));
    if (missing.length === 0) return null;
    await pause(1000);
  }
  return `no node has ${missing.join(" and ")}: they are made by npm run image and npm run test-images`;
}

async function imagesOfNodes(): Promise<Set<string> | string> {
  try {
    const { items } = await core.listNode();
    return new Set(items.flatMap(({ status }) => (status?.images ?? []).flatMap(({ names }) => names ?? [])));
  } catch (error) {
    return `the cluster of KUBECONFIG cannot be asked: ${String(error).split("\n")[0]}`;
  }
}

export type Namespace = { name: string } & AsyncDisposable;

/** A namespace of its own; disposing removes it with all that is in it, and waits until it is gone. */
export async function makeNamespace(
  purpose: string,
  labels: Record<string, string> = {},
): Promise<Namespace> {
  const name = `sidescan-test-${purpose}-${randomBytes(3).toString("hex")}`;
  await core.createNamespace({
    body: { metadata: { name, labels: { "sidescan.dev/test": purpose, ...labels } } },
  });
  // Pods are refused until the controller has made it.
  await until(
    `the service account of ${name}`,
    async () => (await core.listNamespacedServiceAccount({ namespace: name })).items.length > 0,
  );
  return {
    name,
    // Not waited for: old nodes take ten seconds to let go of a pod, and nobody comes back to this namespace.
    async [Symbol.asyncDispose]() {
      await core.deleteCollectionNamespacedPod({ namespace: name, gracePeriodSeconds: 0 });
      await core.deleteNamespace({ name, gracePeriodSeconds: 0 });
    },
  };
}

/** Kind and name of every object in the namespace that sidescan made, of one run or of all. Events are the cluster's own. */
export async function leftovers(namespace: string, run?: string): Promise<string[]> {
  const labelSelector = `app.kubernetes.io/managed-by=sidescan${run === undefined ? "" : `,sidescan.dev/run=${run}`}`;
  const of = { namespace, labelSelector };
  const lists = await Promise.all([
    core.listNamespacedPod(of).then(({ items }) => ["pod", items] as const),
    core.listNamespacedConfigMap(of).then(({ items }) => ["configmap", items] as const),
    core.listNamespacedSecret(of).then(({ items }) => ["secret", items] as const),
  ]);
  return lists.flatMap(([kind, items]) => items.map(({ metadata }) => `${kind}/${metadata?.name}`));
}

/** Every object of the kinds that a scan makes, whoever made it, but for what Kubernetes puts into each namespace. */
export async function contents(namespace: string): Promise<string[]> {
  const lists = await Promise.all([
    core.listNamespacedPod({ namespace }).then(({ items }) => ["pod", items] as const),
    core.listNamespacedConfigMap({ namespace }).then(({ items }) => ["configmap", items] as const),
    core.listNamespacedSecret({ namespace }).then(({ items }) => ["secret", items] as const),
  ]);
  return lists
    .flatMap(([kind, items]) => items.map(({ metadata }) => `${kind}/${metadata?.name}`))
    .filter((name) => name !== "configmap/kube-root-ca.crt" && !name.startsWith("secret/default-token-"))
    .toSorted();
}

/** Waits for a condition; throws with `what` after `seconds`. */
export async function until<Value>(
  what: string,
  holds: () => Promise<Value | false | null | undefined>,
  seconds = 60,
): Promise<Value> {
  for (const end = performance.now() + seconds * 1000; ; await pause(100)) {
    const value = await holds();
    if (value !== false && value !== null && value !== undefined) return value;
    if (performance.now() > end) throw new Error(`${what} did not come within ${seconds} s`);
  }
}

/** Creates a pod and waits until its containers run. */
export async function runPod(namespace: string, body: V1Pod): Promise<V1Pod> {
  // Servers before 1.24 refuse a pod with a token until that is made, too.
  const made = await until("the service account's token", () =>
    core.createNamespacedPod({ namespace, body }).catch((error: unknown) => {
      if (error instanceof ApiException && /retry after the token/u.test(String(error.body))) return null;
      throw error;
    }),
  );
  const name = made.metadata?.name ?? "";
  return until(`pod ${name}`, async () => {
    const pod = await core.readNamespacedPod({ namespace, name });
    const states = pod.status?.containerStatuses ?? [];
    if (pod.status?.phase === "Failed")
      throw new Error(`pod ${name} failed: ${JSON.stringify(states.map(({ state }) => state))}`);
    return states.length > 0 && states.every(({ state }) => state?.running !== undefined) && pod;
  });
}

/** The log of a container that has ended or ends soon. */
export async function logOfEnded(
  namespace: string,
  name: string,
  container: string,
  seconds = 60,
): Promise<{ code: number; log: string }> {
  const code = await until(
    `the end of ${container} in ${name}`,
    async () => {
      const pod = await core.readNamespacedPod({ namespace, name });
      return pod.status?.containerStatuses?.find((of) => of.name === container)?.state?.terminated?.exitCode;
    },
    seconds,
  );
  return { code, log: await core.readNamespacedPodLog({ namespace, name, container }) };
}

export type Ran = { code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string };

export type Running = {
  pid: number;
  /** The first line of either stream that matches, also one that came already; rejects when the program ends without it. */
  said: (pattern: RegExp) => Promise<string>;
  kill: (signal: NodeJS.Signals) => void;
  ended: Promise<Ran>;
};

/** The command line from its sources. `args` as a user types them after `sidescan`. */
export function start(
  args: string[],
  { env = {}, cwd = repository }: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Running {
  const child = spawn(process.execPath, [join(repository, "src", "cli", "main.ts"), ...args], {
    cwd,
    env: { ...process.env, SIDESCAN_SCANNER_IMAGE: scannerImage, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const text = { stdout: "", stderr: "" };
  const lines: string[] = [];
  let waiting: ((line: string | null) => void)[] = [];
  const tell = (line: string | null): void => {
    for (const listen of waiting) listen(line);
  };
  for (const stream of ["stdout", "stderr"] as const) {
    let partial = "";
    child[stream].setEncoding("utf8").on("data", (data: string) => {
      text[stream] += data;
      const all = (partial + data).split("\n");
      partial = all.pop() ?? "";
      for (const line of all) {
        lines.push(line);
        tell(line);
      }
    });
  }
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve({ code, signal, ...text });
      tell(null);
    });
  });
  let over = false;
  void ended.finally(() => (over = true));
  return {
    pid: child.pid ?? 0,
    ended,
    kill: (signal) => void child.kill(signal),
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const missed = (): void =>
          reject(new Error(`it ended without saying ${pattern}:\n${text.stdout}\n${text.stderr}`));
        const before = lines.find((line) => pattern.test(line));
        if (before !== undefined) return resolve(before);
        if (over) return missed();
        const listen = (line: string | null): void => {
          if (line !== null && !pattern.test(line)) return;
          waiting = waiting.filter((other) => other !== listen);
          if (line === null) missed();
          else resolve(line);
        };
        waiting.push(listen);
      }),
  };
}

/** The same, to its end. */
export const sidescan = (args: string[], options: Parameters<typeof start>[1] = {}): Promise<Ran> =>
  start(args, options).ended;
