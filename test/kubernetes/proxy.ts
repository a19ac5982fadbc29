/**
 * What may happen between sidescan and an API server. `apiProxy` sees every request and what is answered, and loses what a test wants
 * lost; `tcpProxy` sees only bytes, as a load balancer does, and cuts or stalls every connection at once.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import {
  connect,
  createServer as createTcpServer,
  isIP,
  type AddressInfo,
  type Server,
  type Socket,
} from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { KubeConfig } from "@kubernetes/client-node";

export type Request = { verb: string; path: string; query: URLSearchParams };

/** `cut`: the connection is reset. `stall`: nothing comes any more, and the connection stays. */
export type Fate = "pass" | "cut" | "stall";

export type Rules = {
  /** What the server gets instead. */
  change?: (request: Request) => void;
  /** Before the server gets it. */
  before?: (request: Request) => Fate;
  /** When the server has answered, with nothing, then for each piece of its answer. */
  after?: (request: Request, text: string) => Fate;
};

type Opened = { address: string; kubeconfig: string } & AsyncDisposable;
export type ApiProxy = Opened & {
  requests: Request[];
  /** When the server has answered all that is to change something. */
  settled: () => Promise<void>;
};
export type TcpProxy = Opened & {
  /** Resets every connection there is. */
  cut: () => void;
  /** Connections that are there, and new ones, carry nothing until it is called with false. */
  stall: (stalled: boolean) => void;
  connections: () => number;
};

export const isFor =
  (verb: string, resource: string) =>
  ({ verb: its, path }: Request): boolean =>
    its === verb && path.split("/").includes(resource);
export const isLog = ({ path }: Request): boolean => path.endsWith("/log");
export const isWatch = ({ query }: Request): boolean => query.has("watch");

/** A request's body; null when the caller went away in the middle of it. */
const whole = (incoming: IncomingMessage): Promise<Buffer | null> =>
  new Promise((resolve) => {
    const pieces: Buffer[] = [];
    incoming.on("data", (piece: Buffer) => void pieces.push(piece));
    incoming.on("end", () => resolve(Buffer.concat(pieces)));
    incoming.on("close", () => resolve(null));
    incoming.on("error", () => resolve(null));
  });

/** Speaks plain HTTP to sidescan, and has the rights of KUBECONFIG. */
export async function apiProxy(rules: Rules = {}): Promise<ApiProxy> {
  const { config, server } = cluster();
  const requests: Request[] = [];
  const changes = new Set<Promise<void>>();
  const { before = () => "pass", after = () => "pass", change = () => {} } = rules;

  /** Null when the request is not to reach the server. */
  const admitted = (incoming: IncomingMessage): Request | null => {
    const url = new URL(incoming.url ?? "", "http://proxy");
    const request = { verb: incoming.method ?? "", path: url.pathname, query: url.searchParams };
    requests.push(request);
    const fate = before(request);
    if (fate === "cut") incoming.socket.resetAndDestroy();
    return fate === "pass" ? request : null;
  };
  const passOn = async (incoming: IncomingMessage, request: Request) => {
    change(request);
    const url = new URL(request.path, server);
    url.search = request.query.toString();
    const { host: _, ...headers } = incoming.headers;
    const options: RequestOptions = { method: incoming.method ?? "", headers };
    await config.applyToHTTPSOptions(options);
    return httpsRequest(url, options);
  };

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const request = admitted(incoming);
    if (request === null) return;
    // Read at once: whoever is killed takes what nobody has read yet along. A request that did not arrive whole is none.
    const body = await whole(incoming);
    if (body === null) return;
    const upstream = await passOn(incoming, request);
    upstream.end(body);
    if (request.verb !== "GET") {
      const over = new Promise<void>((resolve) => void upstream.on("close", resolve));
      changes.add(over);
      void over.then(() => changes.delete(over));
    }
    // What the server was asked to change it is to change, also when nobody waits for the answer any more.
    if (request.verb === "GET") outgoing.on("close", () => upstream.destroy());
    upstream.on("error", () => incoming.socket.destroy());
    upstream.on("response", (answer) => {
      let fate: Fate = "pass";
      const meet = (text: string): boolean => {
        if (fate === "pass") fate = after(request, text);
        if (fate === "cut") incoming.socket.resetAndDestroy();
        return fate === "pass";
      };
      const { connection: _, "transfer-encoding": __, ...headers } = answer.headers;
      if (meet("")) {
        outgoing.writeHead(answer.statusCode ?? 502, headers);
        outgoing.flushHeaders();
      }
      answer.on("error", () => incoming.socket.destroy());
      answer.on("end", () => fate === "pass" && outgoing.end());
      answer.on("data", (piece: Buffer) => {
        // Nobody drains what is written to a caller that is gone.
        if (!meet(piece.toString("latin1")) || outgoing.destroyed || outgoing.write(piece)) return;
        answer.pause();
        outgoing.once("drain", () => answer.resume()).once("close", () => answer.resume());
      });
    });
  };

  const upgrade = async (incoming: IncomingMessage, socket: Duplex): Promise<void> => {
    const request = admitted(incoming);
    if (request === null) return;
    const upstream = await passOn(incoming, request);
    const reply = (answer: IncomingMessage): void => {
      const lines = answer.rawHeaders.flatMap((name, at) =>
        at % 2 === 0 ? [`${name}: ${answer.rawHeaders[at + 1]}`] : [],
      );
      socket.write(
        `HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n${lines.join("\r\n")}\r\n\r\n`,
        "latin1",
      );
    };
    upstream.on("error", () => socket.destroy());
    upstream.on("response", (answer) => {
      reply(answer);
      answer.pipe(socket);
    });
    upstream.on("upgrade", (answer, end: Socket, head) => {
      if (after(request, "") === "cut") incoming.socket.resetAndDestroy();
      reply(answer);
      socket.write(head);
      end.on("error", () => socket.destroy()).on("close", () => socket.end());
      socket.on("error", () => end.destroy()).on("close", () => end.destroy());
      socket.pipe(end);
      end.on("data", (piece: Buffer) => {
        if (after(request, piece.toString("latin1")) === "cut") incoming.socket.resetAndDestroy();
        else if (!socket.write(piece)) {
          end.pause();
          socket.once("drain", () => end.resume());
        }
      });
    });
    upstream.end();
  };

  const listening = createServer((incoming, outgoing) => void handle(incoming, outgoing));
  listening.on("upgrade", (incoming, socket) => void upgrade(incoming, socket));
  const settled = async (): Promise<void> => void (await Promise.all(changes));
  return { requests, settled, ...(await opened(listening, "http", {})) };
}

/** Carries the TLS of KUBECONFIG's own cluster and user, unopened. */
export async function tcpProxy(): Promise<TcpProxy> {
  const { config, server } = cluster();
  const pairs = new Set<[Socket, Socket]>();
  let stalled = false;
  const hold = ([one, other]: [Socket, Socket]): void => {
    if (stalled) {
      one.unpipe(other).pause();
      other.unpipe(one).pause();
    } else {
      one.pipe(other);
      other.pipe(one);
    }
  };
  const listening = createTcpServer((client) => {
    const pair: [Socket, Socket] = [client, connect(Number(server.port || 443), server.hostname)];
    pairs.add(pair);
    for (const socket of pair)
      socket
        .on("error", () => {})
        .on("close", () => {
          for (const each of pair) each.destroy();
          pairs.delete(pair);
        });
    hold(pair);
  });
  const { cluster: own, user } = parts(config);
  return {
    ...(await opened(listening, "https", {
      cluster: {
        "certificate-authority": own.caFile,
        "certificate-authority-data": own.caData,
        // An address needs none, and may be none.
        "tls-server-name": own.tlsServerName ?? (isIP(server.hostname) ? undefined : server.hostname),
      },
      user: {
        "client-certificate": user.certFile,
        "client-certificate-data": user.certData,
        "client-key": user.keyFile,
        "client-key-data": user.keyData,
        token: user.token,
      },
    })),
    cut: () => {
      for (const [client, end] of pairs) {
        client.resetAndDestroy();
        end.destroy();
      }
    },
    stall: (so) => {
      stalled = so;
      for (const pair of pairs) hold(pair);
    },
    connections: () => pairs.size,
  };
}

function cluster(): { config: KubeConfig; server: URL } {
  const config = new KubeConfig();
  config.loadFromDefault();
  return { config, server: new URL(parts(config).cluster.server) };
}

function parts(config: KubeConfig) {
  const [found, user] = [config.getCurrentCluster(), config.getCurrentUser()];
  if (found === null || user === null) throw new Error("KUBECONFIG has no current context");
  return { cluster: found, user };
}

async function opened(
  server: Server,
  scheme: string,
  more: { cluster?: object; user?: object },
): Promise<Opened> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket.on("close", () => sockets.delete(socket))));
  const address = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const directory = mkdtempSync(join(tmpdir(), "sidescan-test-proxy-"));
  const kubeconfig = join(directory, "kubeconfig");
  // JSON is YAML; what is undefined falls out.
  const content = {
    clusters: [{ name: "proxy", cluster: { server: address, ...more.cluster } }],
    users: [{ name: "proxy", user: more.user ?? {} }],
    contexts: [{ name: "proxy", context: { cluster: "proxy", user: "proxy" } }],
    "current-context": "proxy",
  };
  writeFileSync(kubeconfig, JSON.stringify(content), { mode: 0o600 });
  return {
    address,
    kubeconfig,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
