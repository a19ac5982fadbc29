/** Servers and agents that stop in the middle, with the connection left open: a scan ends with a reason, it never waits for ever. */
import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, vi } from "vitest";
import { connect, type Api } from "../../../src/engines/kubernetes/api/client.ts";
import { agentLog } from "../../../src/engines/kubernetes/log.ts";

async function served(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  use: (api: Api, asked: string[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const agent = new Agent();
  try {
    await use(
      connect({
        server: new URL(`http://127.0.0.1:${port}`),
        namespace: "n",
        context: "c",
        agent,
        credentials: { apply: async () => {}, flaw: () => null },
      }),
      asked,
    );
  } finally {
    agent.destroy();
    server.closeAllConnections();
    server.close();
  }
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
    (_, response) => void response.flushHeaders(),
    async (api, asked) => {
      vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
      try {
        const lines = agentLog(api, scanner, new AbortController().signal, () => true).lines();
        let over = false;
        const read = lines.next().finally(() => (over = true));
        while (!over) {
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
