/** Requests to one API server, with time limits, repeated where that is safe. */
import type { IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { SidescanError } from "../../../errors.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import {
  exchange,
  isRefusal,
  PATIENCE,
  readJson,
  Refusal,
  refusalOf,
  type CallOptions,
  type Verb,
} from "./exchange.ts";
import { codeOf, unreachable } from "./unreachable.ts";

/** One API server, as one user. Paths begin with /api or /apis. */
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
};

/** Nothing is sent until the first call. */
export function connect(access: ClusterAccess): Api {
  /** Until something was heard from there, a wrong address is likelier than an outage. */
  let heard = false;

  const send = async (verb: Verb, path: string, options: CallOptions): Promise<IncomingMessage> => {
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
  };
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

const isTlsFailure = (error: unknown): boolean => /CERT|SELF_SIGNED|SSL|NO_API/u.test(codeOf(error));

/** Milliseconds: what the server asks for, else doubling, up to 2 s. */
function pauseBefore(tries: number, error: unknown): number {
  const asked = error instanceof Refusal ? error.status.details?.retryAfterSeconds : undefined;
  return asked !== undefined && asked > 0 ? asked * 1000 : Math.min(2000, 100 * 2 ** tries);
}
