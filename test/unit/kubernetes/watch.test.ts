/** Watches on a server that forgets, hangs up and errs: a real one cannot be made to do so on demand. */
import type { ServerResponse } from "node:http";
import { expect, it } from "vitest";
import type { Api } from "../../../src/engines/kubernetes/api/client.ts";
import { watch, type Change } from "../../../src/engines/kubernetes/api/watch.ts";
import { withApiServer } from "../../fixtures/api-server.ts";

type Pod = { metadata: { uid: string; resourceVersion: string } };
const pod = (uid: string, resourceVersion: string): Pod => ({ metadata: { uid, resourceVersion } });
const line = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;

/** Answers its requests one after the other; a list is what has no `watch`. */
async function served(
  answers: ((response: ServerResponse, version: string | null) => void)[],
  use: (api: Api, asked: (string | null)[]) => Promise<void>,
): Promise<void> {
  const asked: (string | null)[] = [];
  await withApiServer(
    (request, response) => {
      const { searchParams } = new URL(request.url ?? "", "http://x");
      asked.push(searchParams.has("watch") ? searchParams.get("resourceVersion") : "list");
      const answer = answers.shift();
      if (answer === undefined) response.flushHeaders();
      else answer(response, searchParams.get("resourceVersion"));
    },
    (api) => use(api, asked),
  );
}

async function first(api: Api, count: number, from?: string): Promise<string[]> {
  const stop = new AbortController();
  const seen: Change<Pod>[] = [];
  for await (const change of watch<Pod>(api, "/pods", {}, { from, signal: stop.signal })) {
    seen.push(change);
    if (seen.length === count) stop.abort();
  }
  return seen.map(({ type, object }) => `${type} ${object.metadata.uid}`);
}

it("goes on where it was when the connection ends, also in the middle of a line", () =>
  served(
    [
      (response) => void response.end(line("ADDED", pod("a", "5")) + line("BOOKMARK", pod("", "7"))),
      (response) => {
        response.write(line("MODIFIED", pod("a", "8")) + line("DELETED", pod("a", "9")).slice(0, 30));
        setImmediate(() => response.destroy());
      },
      (response) => void response.write(line("DELETED", pod("a", "9"))),
    ],
    async (api, asked) => {
      expect(await first(api, 3)).toEqual(["there a", "there a", "gone a"]);
      expect(asked).toEqual([null, "7", "8"]);
    },
  ));

it("looks at everything anew when its version has expired, and tells what went away meanwhile", () =>
  served(
    [
      (response) => void response.end(line("ADDED", pod("a", "5")) + line("ADDED", pod("b", "6"))),
      (response) => void response.end(line("ERROR", { code: 410, reason: "Expired", message: "too old" })),
      (response) =>
        void response.end(JSON.stringify({ metadata: { resourceVersion: "20" }, items: [pod("b", "15")] })),
      (response) => void response.write(line("DELETED", pod("b", "21"))),
    ],
    async (api, asked) => {
      expect(await first(api, 5)).toEqual(["there a", "there b", "gone a", "there b", "gone b"]);
      expect(asked).toEqual([null, "6", "list", "20"]);
    },
  ));

it("outlives a server that errs, and ends where it is forbidden", () =>
  served(
    [
      (response) => void response.writeHead(503).end(JSON.stringify({ code: 503, message: "no leader" })),
      (response) => void response.end(line("ADDED", pod("a", "5"))),
      (response) => void response.writeHead(403).end(JSON.stringify({ code: 403, message: "forbidden" })),
    ],
    async (api) => {
      await expect(first(api, 2)).rejects.toThrow("forbidden");
    },
  ));
