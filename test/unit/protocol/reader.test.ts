import * as fc from "fast-check";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { exitCodes, SidescanError } from "../../../src/errors.ts";
import type { AgentEvent } from "../../../src/protocol/events.ts";
import { splitLines } from "../../../src/protocol/lines.ts";
import { agentFailure, readEvents, type AgentEnd } from "../../../src/protocol/reader.ts";

const hello = { v: 1, event: "hello", agent: "sidescan-agent 0.1.0", run: "abc", ruby: "3.1.2" };
const notice = { v: 1, event: "notice", level: "info", message: "x" };
const end = { v: 1, event: "end", seconds: 1 };
const error = {
  v: 1,
  event: "error",
  phase: "identify",
  code: "target-gone",
  message: "It ended.",
  hint: "start it again",
  details: ["one"],
};

const numbered = (...events: object[]): string[] =>
  events.map((event, seq) => JSON.stringify({ seq, ...event }));

async function read(lines: string[], ended?: AgentEnd): Promise<AgentEvent[]> {
  const events: AgentEvent[] = [];
  const source = readEvents(Readable.from(lines), "abc", ended && Promise.resolve(ended));
  for await (const event of source) events.push(event);
  return events;
}

describe("events", () => {
  test("a whole run is handed on as it is", async () => {
    const events = await read(numbered(hello, notice, end));
    expect(events.map(({ event }) => event)).toEqual(["hello", "notice", "end"]);
  });

  test("an error is the last event of a run, too", async () => {
    expect((await read(numbered(hello, error))).at(-1)).toMatchObject({ code: "target-gone" });
  });

  test.each([
    ["a lost line", numbered(hello, notice, notice, end).toSpliced(1, 1), "gap: line 1 is missing"],
    ["a repeated line", numbered(hello, { ...notice, seq: 0 }), "line 0 came again"],
    ["another version", numbered({ ...hello, v: 2 }), "speaks protocol 2"],
    ["another run", numbered({ ...hello, run: "other" }), 'answers for run "other"'],
    ["no hello", numbered(notice, end), '"hello" must be the first'],
    ["hello again", numbered(hello, hello, end), '"hello" must be the first'],
    ["no JSON", [...numbered(hello), "warning: something"], "line 1 is not JSON"],
    ["half a line", [...numbered(hello), '{"v":1,"seq":1,"ev'], "line 1 is not JSON"],
    ["an unknown event", numbered(hello, { v: 1, event: "surprise" }), "no event of the protocol"],
    ["an event that lacks something", numbered(hello, { v: 1, event: "end" }), "seconds"],
    ["a scalar", [...numbered(hello), "7"], "no event of the protocol"],
    ["an endless line", [...numbered(hello), "x".repeat(300_000)], "longer than"],
    ["something after the end", numbered(hello, end, notice), 'came after "end"'],
    ["nothing after hello", numbered(hello), 'ended after "hello" (line 0), without a result'],
    ["nothing", [], "ended before it said anything"],
  ])("%s is refused", async (_, lines, message) => {
    await expect(read(lines)).rejects.toMatchObject({
      message: expect.stringContaining(message) as string,
      exitCode: exitCodes.cannotScan,
    });
  });

  test("how the agent ended completes the story", async () => {
    const ended = { code: null, signal: "SIGKILL", stderr: ["out of memory"] };
    await expect(read(numbered(hello), ended)).rejects.toMatchObject({
      message: expect.stringContaining("killed by SIGKILL") as string,
      details: ["out of memory"],
    });
  });

  test("a garbled line is shown without what could steer a terminal", async () => {
    await expect(read(["\u001b[2Jboo"])).rejects.toMatchObject({ details: ['"\\u001b[2Jboo"'] });
  });

  test("whatever comes, it is an event or a SidescanError", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.string(), fc.json(), fc.constantFrom(...numbered(hello, notice, end)))),
        async (lines) => {
          const outcome: unknown = await read(lines).catch((failure: unknown) => failure);
          expect(Array.isArray(outcome) || outcome instanceof SidescanError).toBe(true);
        },
      ),
    );
  });
});

test("an agent's error says what it said; only wrong usage is exit code 2", () => {
  const event = { ...error, seq: 1 } as Extract<AgentEvent, { event: "error" }>;
  expect(agentFailure(event)).toMatchObject({
    message: "It ended.",
    hint: "Start it again",
    details: ["one"],
    exitCode: 3,
  });
  expect(agentFailure({ ...event, code: "usage" }).exitCode).toBe(2);
});

async function split(pieces: string[], longest?: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of splitLines(Readable.from(pieces.map((piece) => Buffer.from(piece))), longest))
    lines.push(line);
  return lines;
}

describe("lines", () => {
  test("come whole, however the bytes are cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: "grapheme" })),
        fc.integer({ min: 1, max: 7 }),
        async (texts, size) => {
          const bytes = Buffer.from(texts.map((text) => `${text.replaceAll("\n", "")}\n`).join(""));
          const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
            bytes.subarray(at * size, (at + 1) * size),
          );
          const lines: string[] = [];
          for await (const line of splitLines(Readable.from(pieces))) lines.push(line);
          expect(lines).toEqual(texts.map((text) => text.replaceAll("\n", "")));
        },
      ),
    );
  });

  test("count without a newline at the end", async () => expect(await split(["a\nb"])).toEqual(["a", "b"]));

  test("that never end are cut, not kept", async () => {
    expect(await split(["aaaa", "aaaa", "aaaa\nb\n"], 5)).toEqual(["aaaaaa", "b"]);
    expect(await split(["b\naaaaaaaaaaaaa\nc"], 5)).toEqual(["b", "aaaaaaaaaaaaa", "c"]);
  });
});
