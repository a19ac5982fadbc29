/**
 * A stack of undos, each registered before its do. Runs in reverse order, every one even when another fails, each within its own
 * time budget; what remains is returned, never thrown, so that the first cause of a failure stays the one that is told.
 */

import { messageOf } from "./errors.ts";

type Step = { what: string; undo: () => Promise<void> | void };

/** What could not be undone: the thing, and why. */
export type Remains = { what: string; why: string };

export class Undo {
  readonly #steps: Step[] = [];
  #done: Promise<Remains[]> | null = null;

  /** Registers `undo`, which must be idempotent and cope with a do that never happened. */
  defer(what: string, undo: () => Promise<void> | void): void {
    this.#steps.push({ what, undo });
  }

  /** Runs every step once, however often it is called. `budget`: milliseconds for each step. */
  run(budget = 10_000): Promise<Remains[]> {
    this.#done ??= this.#runAll(budget);
    return this.#done;
  }

  async #runAll(budget: number): Promise<Remains[]> {
    const remains: Remains[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await within(budget, step.undo());
      } catch (error) {
        remains.push({ what: step.what, why: messageOf(error) });
      }
    }
    return remains;
  }
}

async function within(milliseconds: number, work: Promise<void> | void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${milliseconds / 1000} s`)), milliseconds);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
