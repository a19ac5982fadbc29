/** A program in a container and what it prints, by exec: the way to a stored result when the log lost a part of it. */
import type { RequestOptions } from "node:https";
import { cannotScan, messageOf } from "../../../errors.ts";
import { LARGEST_GZIP } from "../../../protocol/assemble.ts";
import type { Api } from "./client.ts";
import { ANSWER_TIME, type Status } from "./exchange.ts";
import { unreachable } from "./unreachable.ts";

/** Streams of the channel protocol (v4.channel.k8s.io). */
const [STDOUT, STDERR, STATUS] = [1, 2, 3];
/** Milliseconds without a byte. */
const SILENCE = 30_000;
/** Bytes that may wait for whoever takes them; then the connection is not read for a while. */
const WAITING = 256 * 1024;

/**
 * What the program writes to stdout, piece by piece, in its order; the next one waits until one is taken.
 * @throws Refusal when it is not allowed, SidescanError (exit 3) when the program fails or the connection breaks
 */
export async function execute(
  api: Api,
  pod: { namespace: string; name: string; container: string },
  command: string[],
  signal: AbortSignal,
  take: (piece: Uint8Array) => Promise<void>,
): Promise<void> {
  const query = new URLSearchParams([
    ["container", pod.container],
    ["stdout", "true"],
    ["stderr", "true"],
    ...command.map((word): [string, string] => ["command", word]),
  ]).toString();
  const path = `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/exec?${query}`;
  const { access } = api;
  // The official client's handler needs no more of a kubeconfig than this.
  const config = {
    getCurrentCluster: () => ({ server: access.server.href.replace(/\/$/u, "") }),
    applyToHTTPSOptions: async (options: RequestOptions) => {
      options.agent = access.agent;
      await access.credentials.apply(options);
      // They reach the WebSocket's own request: a server that takes the connection and says nothing is not waited for.
      Object.assign(options, { handshakeTimeout: ANSWER_TIME, signal });
    },
  };
  const { WebSocketHandler } = await import("@kubernetes/client-node/dist/web-socket-handler.js");
  signal.throwIfAborted();

  let bytes = 0;
  let waiting = 0;
  let taken = Promise.resolve();
  let connection: { pause: () => void; resume: () => void } | null = null;
  let errors = "";
  let status: Status | null = null;
  const after = async (before: Promise<void>, piece: Buffer): Promise<void> => {
    await before;
    await take(piece);
    waiting -= piece.length;
    if (waiting <= WAITING) connection?.resume();
  };
  let heard = performance.now();
  const handler = new WebSocketHandler(config as never);
  const socket = await handler
    .connect(path, null, (stream, piece) => {
      heard = performance.now();
      if (stream === STDOUT) {
        bytes += piece.length;
        waiting += piece.length;
        if (waiting > WAITING) connection?.pause();
        taken = after(taken, piece);
        // Told below; a connection that breaks first must not leave it unheard.
        taken.catch(() => {});
      } else if (stream === STDERR) errors = (errors + piece.toString("utf8")).slice(-4096);
      else if (stream === STATUS) status = JSON.parse(piece.toString("utf8")) as Status;
      return status === null && bytes <= LARGEST_GZIP;
    })
    .catch((event: unknown) => refusedToConnect(api, path, event, signal));
  connection = socket;

  await new Promise<void>((resolve, reject) => {
    const settle = (): void => {
      clearInterval(timer);
      signal.removeEventListener("abort", settle);
      socket.terminate();
      if (signal.aborted) reject(signal.reason as Error);
      else resolve();
    };
    const timer = setInterval(() => {
      if (performance.now() - heard > SILENCE) settle();
    }, 1000);
    signal.addEventListener("abort", settle, { once: true });
    socket.addEventListener("close", settle);
    if (socket.readyState >= socket.CLOSING || signal.aborted) settle();
  });
  await taken;
  check(bytes, status, errors);
}

function check(bytes: number, status: (Status & { status?: string }) | null, errors: string): void {
  if (bytes > LARGEST_GZIP) throw cannotScan(`What was read by exec has more than ${LARGEST_GZIP} bytes.`);
  if (status === null)
    throw cannotScan("The connection was cut while the result was read by exec.", { hint: "Scan again." });
  if (status.status === "Success") return;
  throw cannotScan(
    `Reading the result by exec failed: ${status.message ?? status.reason ?? "no reason given"}`,
    {
      details: errors.split("\n").filter((line) => line !== ""),
    },
  );
}

/** The handler tells no more than the number of a refusal; asked without an upgrade, the server says the rest. */
async function refusedToConnect(api: Api, path: string, event: unknown, signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  const [place, query] = path.split("?");
  await api.call("GET", place ?? "", {
    query: Object.fromEntries(new URLSearchParams(query)),
    signal,
  });
  const error = (event as { error?: unknown }).error ?? event;
  throw unreachable(api.access, error instanceof Error ? error : new Error(messageOf(error)));
}
