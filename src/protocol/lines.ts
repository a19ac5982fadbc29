/** Bytes to lines, with a limit: what an agent or a log sends is not trusted to ever end a line, nor to leave a terminal alone. */
import { stripVTControlCharacters } from "node:util";

/** Longer lines are no events: a chunk's is below 16 KiB, the longest of the others far below this. */
export const LONGEST_LINE = 256 * 1024;

/** Lines between two that came are known to be lost: the log was rotated, or cut. */
export class LinesLost extends Error {}

/**
 * Lines without their newline, in order; a last line without one counts. Of a line that is too long only the first `longest` + 1
 * characters are kept, so that the reader sees that it is, and memory does not.
 */
export async function* splitLines(
  bytes: AsyncIterable<Uint8Array>,
  longest: number = LONGEST_LINE,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of bytes) {
    const lines = decoder.decode(piece, { stream: true }).split("\n");
    lines[0] = (rest + (lines[0] ?? "")).slice(0, longest + 1);
    rest = lines.pop() ?? "";
    yield* lines;
  }
  rest = (rest + decoder.decode()).slice(0, longest + 1);
  if (rest !== "") yield rest;
}

/** A line that a program printed, so that it cannot steer the terminal it is shown on. */
export const withoutControls = (text: string): string =>
  stripVTControlCharacters(text)
    .replaceAll(/\p{Cc}/gu, "")
    .trimEnd();
