/**
 * Requests to one API server: counted, with time limits, repeated where that is safe. Bodies are sent and read as they are, so that
 * fields which the official client's models do not know survive, on old servers and on new ones.
 */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import { SidescanError } from "../../../errors.ts";
import { version } from "../../../version.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import { unreachable } from "./unreachable.ts";

export type Verb = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The part of a Status that the server answers a refused request with. */
export type Status = {
  reason?: string;
  message?: string;
  code?: number;
  details?: {
    name?: string;
    kind?: string;
    group?: string;
    retryAfterSeconds?: number;
    causes?: { reason?: string; message?: string; field?: string }[];
  };
};

/** The API server understood, and said no. What it means for the user is told by refusals.ts. */
export class Refusal extends Error {
  readonly code: number;
  readonly status: Status;

  constructor(code: number, status: Status) {
    super(status.message ?? `HTTP status ${code}`);
    this.name = "Refusal";
    this.code = code;
    this.status = status;
  }
}

export const isRefusal = (error: unknown, code: number): error is Refusal =>
  error instanceof Refusal && error.code === code;

type CallOptions = {
  query?: Record<string, string>;
  body?: unknown;
  contentType?: string;
  signal?: AbortSignal | undefined;
  /** Milliseconds for all attempts together. */
  patience?: number;
};

export type Api = {
  access: ClusterAccess;
  /** One request and its answer. Only GET and DELETE are repeated. @throws Refusal, or SidescanError (exit 3) when unreachable */
  call: <Answer>(verb: Verb, path: string, options?: CallOptions) => Promise<Answer>;
  /**
   * Creates an object; when the answer was lost, asks again, and takes "exists already" for the proof that the first one arrived.
   * Null then: what exists has to be looked at to know more.
   */
  create: <Kind>(path: string, object: Kind, options?: CallOptions) => Promise<Kind | null>;
  /** A body that comes piece by piece: a log, a watch. Not repeated. */
  stream: (path: string, query: Record<string, string>, signal: AbortSignal) => Promise<IncomingMessage>;
  /** Counts a request that is made elsewhere (exec). */
  count: () => void;
  requests: () => number;
};

/** Milliseconds until the head of an answer must be there, and between two pieces of one that is not a stream. */
export const ANSWER_TIME = 15_000;
const PATIENCE = 20_000;
const LARGEST_ANSWER = 64 * 1024 * 1024;

export function connect(access: ClusterAccess): Api {
  let requests = 0;
  /** Until something was heard from there, a wrong address is likelier than an outage. */
  let heard = false;

  const send = async (verb: Verb, path: string, options: CallOptions): Promise<IncomingMessage> => {
    requests += 1;
    const response = await exchange(access, verb, path, options);
    heard = true;
    if (response.statusCode !== undefined && response.statusCode < 300) return response;
    throw await refusalOf(response);
  };

  /** @param safe whether this attempt may be made again although it may have been carried out */
  const persist = async <Answer>(
    attempt: () => Promise<Answer>,
    safe: (error: unknown) => boolean,
    { signal, patience = PATIENCE }: CallOptions,
  ): Promise<Answer> => {
    const until = performance.now() + patience;
    for (let tries = 0; ; tries += 1) {
      try {
        return await attempt();
      } catch (error) {
        signal?.throwIfAborted();
        const pause = pauseBefore(tries, error);
        const known = error instanceof Refusal || error instanceof SidescanError;
        const hopeless = !heard && (neverArrived(error) || codeOf(error) === "ETIMEDOUT");
        if (hopeless || !safe(error) || performance.now() + pause > until)
          throw known ? error : unreachable(access, error);
        await delay(pause, undefined, signal === undefined ? {} : { signal });
      }
    }
  };

  return {
    access,
    call: (verb, path, options = {}) =>
      persist(
        async () => readJson(await send(verb, path, options), options.patience),
        (error) => (verb === "GET" || verb === "DELETE" ? isPassing(error) : neverArrived(error)),
        options,
      ),
    create: async <Kind>(path: string, object: Kind, options: CallOptions = {}) => {
      let lost = false;
      try {
        return await persist(
          // The signal ends the repeating only: who cuts a request short does not know whether it was carried out.
          async () => (await readJson(await send("POST", path, { body: object }))) as Kind,
          (error) => {
            if (!isPassing(error)) return false;
            lost ||= !neverArrived(error);
            return true;
          },
          options,
        );
      } catch (error) {
        if (lost && isRefusal(error, 409)) return null;
        throw error;
      }
    },
    stream: async (path, query, signal) => {
      try {
        return await send("GET", path, { query, signal });
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      }
    },
    count: () => {
      requests += 1;
    },
    requests: () => requests,
  };
}

/** One request until the head of its answer. */
async function exchange(
  access: ClusterAccess,
  verb: Verb,
  path: string,
  { query = {}, body, contentType, signal, patience = PATIENCE }: CallOptions,
): Promise<IncomingMessage> {
  const url = new URL(access.server);
  url.pathname = url.pathname.replace(/\/$/u, "") + path;
  url.search = new URLSearchParams(query).toString();
  const payload = body === undefined ? null : Buffer.from(JSON.stringify(body));
  const options: RequestOptions = {
    method: verb,
    agent: access.agent,
    headers: {
      Accept: "application/json",
      "User-Agent": `sidescan/${version()}`,
      ...(payload === null
        ? {}
        : { "Content-Type": contentType ?? "application/json", "Content-Length": payload.length }),
    },
    ...(signal === undefined ? {} : { signal }),
  };
  await access.credentials.apply(options);
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "http:" ? httpRequest : httpsRequest)(url, options);
    const late = setTimeout(
      () => request.destroy(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })),
      Math.min(ANSWER_TIME, patience),
    );
    request.once("error", (error) => {
      clearTimeout(late);
      reject(error);
    });
    request.once("response", (response) => {
      clearTimeout(late);
      // What breaks later is told by whoever reads the body.
      request.on("error", () => {});
      resolve(response);
    });
    // A connection whose other end went away without a word is found out within 20 s.
    request.on("socket", (socket) => socket.setKeepAlive(true, 10_000));
    request.end(payload ?? undefined);
  });
}

async function readText(response: IncomingMessage, patience = PATIENCE): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  const late = setTimeout(
    () => response.destroy(Object.assign(new Error("the answer stopped halfway"), { code: "ETIMEDOUT" })),
    Math.min(ANSWER_TIME, patience),
  );
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      late.refresh();
      bytes += piece.length;
      if (bytes > LARGEST_ANSWER) throw new Error(`the answer has more than ${LARGEST_ANSWER} bytes`);
      pieces.push(piece);
    }
  } finally {
    clearTimeout(late);
  }
  return Buffer.concat(pieces).toString("utf8");
}

async function readJson<Answer>(response: IncomingMessage, patience?: number): Promise<Answer> {
  const text = await readText(response, patience);
  try {
    return JSON.parse(text) as Answer;
  } catch {
    throw Object.assign(new Error(`what answers is no Kubernetes API: ${text.slice(0, 80)}`), {
      code: "NO_API",
    });
  }
}

async function refusalOf(response: IncomingMessage): Promise<Refusal> {
  const code = response.statusCode ?? 0;
  const text = await readText(response);
  let status: Status = {};
  try {
    const value = JSON.parse(text) as Status | null;
    if (value !== null && typeof value === "object") status = value;
  } catch {
    status = { message: text.trim().slice(0, 500) || `HTTP status ${code}` };
  }
  const wait = Number(response.headers["retry-after"]);
  if (Number.isFinite(wait) && wait > 0) status.details = { retryAfterSeconds: wait, ...status.details };
  return new Refusal(code, status);
}

/** Of refusals, those that may be over a moment later; of broken connections, every one. */
const isPassing = (error: unknown): boolean =>
  error instanceof Refusal
    ? [429, 502, 503, 504].includes(error.code) || (error.code === 500 && !/webhook/u.test(error.message))
    : !(error instanceof SidescanError) && !isTlsFailure(error);

/** Whether the server cannot have carried it out. */
const neverArrived = (error: unknown): boolean =>
  error instanceof Refusal
    ? error.code === 429 // told before anything is done
    : ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"].includes(codeOf(error));

export const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "";

const isTlsFailure = (error: unknown): boolean => /CERT|SELF_SIGNED|SSL|NO_API/u.test(codeOf(error));

/** Milliseconds: what the server asks for, else doubling, up to 2 s. */
function pauseBefore(tries: number, error: unknown): number {
  const asked = error instanceof Refusal ? error.status.details?.retryAfterSeconds : undefined;
  return asked !== undefined && asked > 0 ? asked * 1000 : Math.min(2000, 100 * 2 ** tries);
}
