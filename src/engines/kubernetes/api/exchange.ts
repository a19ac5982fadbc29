/**
 * One request to the API server, and its answer or its "no". Bodies are sent and read as they are, so that fields which the official
 * client's models do not know survive, on old servers and on new ones.
 */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { version } from "../../../version.ts";
import type { ClusterAccess } from "./cluster-access.ts";

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

/** @param code HTTP status */
export const isRefusal = (error: unknown, code: number): error is Refusal =>
  error instanceof Refusal && error.code === code;

/** Of one call; `body` is sent as JSON. */
export type CallOptions = {
  query?: Record<string, string>;
  body?: unknown;
  contentType?: string;
  signal?: AbortSignal | undefined;
  /** Milliseconds for all attempts together. */
  patience?: number;
};

/** Milliseconds until the head of an answer must be there, and between two pieces of one that is not a stream. */
export const ANSWER_TIME = 15_000;
/** Milliseconds for all attempts of one call, where the caller does not say. */
export const PATIENCE = 20_000;
const LARGEST_ANSWER = 64 * 1024 * 1024;

/** One request until the head of its answer. */
export async function exchange(
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

/** @throws Error when it breaks off, is too large, or is no JSON (code NO_API) */
export async function readJson<Answer>(response: IncomingMessage, patience?: number): Promise<Answer> {
  const text = await readText(response, patience);
  try {
    return JSON.parse(text) as Answer;
  } catch {
    throw Object.assign(new Error(`what answers is no Kubernetes API: ${text.slice(0, 80)}`), {
      code: "NO_API",
    });
  }
}

/** Of an answer that is no success: what the server says of it, however it says it. */
export async function refusalOf(response: IncomingMessage): Promise<Refusal> {
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
