import { expect, it } from "vitest";
import type { Deployment } from "../../../src/engines/engine.ts";
import { converse } from "../../../src/scan/converse.ts";

/** A deployment whose agent says these events, in this order. */
function saying(events: object[]): Deployment {
  const lines = [{ event: "hello", agent: "0", run: "r", ruby: "3.1" }, ...events].map((event, seq) =>
    JSON.stringify({ v: 1, seq, ...event }),
  );
  return {
    lines: (async function* () {
      yield* lines;
    })(),
    ended: Promise.resolve({ code: 1, signal: null, stderr: ["last words"] }),
  };
}

const loaded = (name: string, controls: string[]) => ({
  event: "loaded",
  profiles: [{ name, version: null, title: null, sha256: null, controls }],
  total: 3,
});

it("adds up the lists of controls that come in several lines", async () => {
  const agent = converse(
    saying([loaded("p", ["a", "b"]), loaded("p", ["c"]), { event: "end", seconds: 1 }]),
    "r",
    () => {},
  );
  await agent.files();
  expect(agent.told.loaded?.profiles.flatMap(({ controls }) => controls)).toEqual(["a", "b", "c"]);
});

it("fails a phase with the agent's own error, hint and details", async () => {
  const error = {
    event: "error",
    phase: "identify",
    code: "target-gone",
    message: "process 5 is gone",
    hint: "start it again",
    details: ["x"],
  };
  await expect(converse(saying([error]), "r", () => {}).until("access")).rejects.toMatchObject({
    message: "Process 5 is gone.",
    hint: "Start it again",
    details: ["x"],
    exitCode: 3,
  });
});

it("fails when the agent stops speaking, with its last words", async () => {
  await expect(converse(saying([]), "r", () => {}).until("access")).rejects.toMatchObject({
    exitCode: 3,
    details: ["last words"],
  });
});
