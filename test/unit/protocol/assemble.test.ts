import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { assembler } from "../../../src/protocol/assemble.ts";
import type { AgentEvent } from "../../../src/protocol/events.ts";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** The events that deliver one file, in pieces of `size` bytes. */
function delivery(name: "result.json" | "evidence.json", bytes: Uint8Array, size = 10): AgentEvent[] {
  const file = { name, bytes: bytes.length, sha256: sha256(bytes) };
  const packed = gzipSync(bytes);
  const chunks = Array.from({ length: Math.ceil(packed.length / size) }, (_, n) => ({
    event: "chunk",
    file: name,
    n,
    data: packed.subarray(n * size, (n + 1) * size).toString("base64"),
  }));
  const stored = {
    event: "stored",
    directory: "/r",
    files: [file],
    auditor: { exit: 0, meaning: "passed", seconds: 1 },
  };
  const delivered = { event: "delivered", file, chunks: chunks.length, gzipBytes: packed.length };
  return [stored, ...chunks, delivered].map((event, seq) => ({ v: 1, seq, ...event }) as AgentEvent);
}

async function assemble(
  events: AgentEvent[],
  limits?: { file: number; gzip: number },
): Promise<Map<string, Uint8Array>> {
  const it = assembler(limits);
  for (const event of events) await it.add(event);
  return it.files();
}

const result = Buffer.from(JSON.stringify({ profiles: Array.from({ length: 50 }, (_, id) => ({ id })) }));
const good = delivery("result.json", result);
const change = (at: number, fields: object): AgentEvent[] =>
  good.with(at, { ...good.at(at), ...fields } as AgentEvent);

test("pieces become the file that was stored, byte by byte", async () => {
  expect(Buffer.from((await assemble(good)).get("result.json") ?? [])).toEqual(result);
});

test("an empty file arrives, too", async () => {
  const files = await assemble(delivery("evidence.json", Buffer.alloc(0)));
  expect(files.get("evidence.json")).toHaveLength(0);
});

test("two files may come in turns, in pieces of any size", async () => {
  const large = Buffer.from(Array.from({ length: 30_000 }, (_, n) => `${n * n}`).join(" "));
  const [one, other] = [delivery("result.json", large, 5000), delivery("evidence.json", result, 3)];
  const turns = Array.from({ length: Math.max(one.length, other.length) }, (_, n) =>
    [one[n], other[n]].flatMap((event) => event ?? []),
  );
  const files = await assemble(turns.flat());
  expect(Buffer.from(files.get("result.json") ?? []).equals(large)).toBe(true);
  expect(Buffer.from(files.get("evidence.json") ?? []).equals(result)).toBe(true);
});

const other = delivery("result.json", Buffer.from("another")).at(-1);
test.each<[string, AgentEvent[], string]>([
  ["a piece is missing", good.toSpliced(2, 1), "piece 1 is missing, 2 came"],
  ["the last piece is missing", good.toSpliced(-2, 1), "pieces came"],
  ["a piece came twice", good.toSpliced(2, 0, good[1] as AgentEvent), "piece 1 is missing, 0 came"],
  ["a piece was changed", change(3, { data: Buffer.from("0123456789").toString("base64") }), "result.json"],
  ["a piece was cut", change(3, { data: "AAAA" }), "bytes came"],
  ["the end never came", good.slice(0, -1), "stored, but not delivered"],
  ["the end is another file's", [...good.slice(0, -1), other as AgentEvent], "another one"],
  ["it was never stored", good.slice(1), "before it was stored"],
  ["it came again", [...good, good.at(-1) as AgentEvent], "delivered twice"],
  ["more came after it", [...good, good[1] as AgentEvent], "after it was delivered"],
])("nothing is handed on when %s", async (_, events, message) => {
  await expect(assemble(events)).rejects.toThrow(message);
});

test("a file that unpacks to more than was promised is stopped, not unpacked", async () => {
  const bomb = delivery("result.json", Buffer.alloc(50_000_000), 12_000);
  const lie = { name: "result.json", bytes: 10, sha256: "0".repeat(64) };
  const events = bomb.map((event) =>
    event.event === "stored"
      ? { ...event, files: [lie] }
      : event.event === "delivered"
        ? { ...event, file: lie }
        : event,
  ) as AgentEvent[];
  await expect(assemble(events)).rejects.toThrow("cannot be unpacked");
});

test("a file that is too large is refused before it comes", async () => {
  await expect(assemble(good, { file: 100, gzip: 1000 })).rejects.toThrow("100 is the limit");
  await expect(assemble(good, { file: 10_000, gzip: 20 })).rejects.toThrow("more than 20 bytes");
});
