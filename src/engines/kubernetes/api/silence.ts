/** Connections that say nothing: what is between may have lost them without a word, so after a while they are ended and begun anew. */
import type { IncomingMessage } from "node:http";

/** Not an outage yet: whoever reads begins anew. */
export class Silence extends Error {
  constructor() {
    super("the connection said nothing for too long");
    this.name = "Silence";
  }
}

/** Milliseconds that a connection may be silent, after so many that were. Rare things are not asked for again and again. */
export const silenceAfter = (silent: number): number => Math.min(300_000, 10_000 * 2 ** silent);

/** The body's pieces. @throws Silence when none came for so many milliseconds, which may change meanwhile */
export async function* untilSilent(body: IncomingMessage, limit: () => number): AsyncGenerator<Uint8Array> {
  let heard = performance.now();
  const timer = setInterval(() => {
    if (performance.now() - heard > limit()) body.destroy(new Silence());
  }, 1000);
  // A reader that stops reading may never come back.
  body.once("close", () => clearInterval(timer));
  try {
    for await (const piece of body as AsyncIterable<Uint8Array>) {
      heard = performance.now();
      yield piece;
    }
  } finally {
    clearInterval(timer);
  }
}
