/** Between sidescan and an API server: sees every request and what is answered, and loses what a test wants lost. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { cluster, opened, type Opened } from "./proxied.ts";

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

export type ApiProxy = Opened & {
  requests: Request[];
  /** When the server has answered all that is to change something. */
  settled: () => Promise<void>;
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
