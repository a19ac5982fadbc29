/** Servers and agents that stop in the middle, with the connection left open: a scan ends with a reason, it never waits for ever. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { expect, it, vi } from "vitest";
import type { Api } from "../../../src/engines/kubernetes/api/client.ts";
import { execute } from "../../../src/engines/kubernetes/api/exec.ts";
import { listen } from "../../../src/engines/kubernetes/listen.ts";
import type { Running } from "../../../src/engines/kubernetes/start.ts";
import { agentLog } from "../../../src/engines/kubernetes/log.ts";
import { Undo } from "../../../src/undo.ts";
import { withApiServer } from "../../fixtures/api-server.ts";

async function served(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  use: (api: Api, asked: string[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  await withApiServer(
    (request, response) => {
      asked.push(request.url ?? "");
      answer(request, response);
    },
    (api) => use(api, asked),
  );
}

const scanner = { namespace: "n", name: "p", container: "sidescan" };

it("an answer that stops halfway is given up", () =>
  served(
    (_, response) => void response.write('{"items": ['),
    async (api) => {
      await expect(api.call("GET", "/pods", { patience: 300 })).rejects.toThrow("Cannot reach");
    },
  ));

it("the log of a container that has ended ends, also when its connection stays open", () =>
  served(
    (_, response) => response.flushHeaders(),
    async (api, asked) => {
      vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
      try {
        const lines = agentLog(api, scanner, new AbortController().signal, () => true).lines();
        const over = new AbortController();
        const read = lines.next().finally(() => over.abort());
        while (!over.signal.aborted) {
          // oxlint-disable-next-line no-await-in-loop -- time passes step by step
          await vi.advanceTimersByTimeAsync(1000);
          // oxlint-disable-next-line no-await-in-loop -- the connection's own events
          await new Promise((resolve) => void setImmediate(resolve));
        }
        expect(await read).toEqual({ value: undefined, done: true });
        expect(asked).toHaveLength(1);
      } finally {
        vi.useRealTimers();
      }
    },
  ));

it("an agent that does not find a target which runs is not waited for as long as an audit may take", () =>
  served(
    (_, response) => void response.write('2026-01-01T00:00:00.000000000Z {"v":1,"seq":0,"event":"hello"}\n'),
    async (api) => {
      const undo = new Undo();
      const running = {
        namespace: "n",
        name: "p",
        followed: { now: () => ({ pod: {}, gone: false, events: [] }), until: () => new Promise(() => {}) },
        cast: { scanner: "sidescan", target: "web" },
      } as unknown as Running;
      const context = { undo, signal: new AbortController().signal, notice: () => {} };
      const { lines } = listen(api, running, [], { retrieve: "logs" } as never, context, 0.2);
      const all = async (): Promise<void> => {
        for await (const line of lines) expect(line).toContain("hello");
      };
      await expect(all()).rejects.toThrow(
        "The container web of the pod p runs, but the scanner has not told within 0.2 s that it found it.",
      );
      await undo.run();
    },
  ));

it("an exec that nobody answers ends when the scan is stopped", () => {
  const stop = new AbortController();
  return served(
    () => stop.abort(new Error("stopped")),
    async (api) => {
      const read = execute(api, scanner, ["print"], stop.signal, async () => {});
      await expect(read).rejects.toThrow("stopped");
    },
  );
});
