/**
 * A stack of undos, each registered before its do. Runs in reverse order, every one even when another fails, each within its own
 * time budget; what remains is returned, never thrown, so that the first cause of a failure stays the one that is told.
 */

import { messageOf } from "./errors.ts";

/** What could not be undone: the thing, and why. */
export type Remains = { what: string; why: string };

/** A step that undoes several things says itself what of them remains. */
type Work = () => Promise<Remains[] | void> | void;
type Step = { what: string; undo: Work; budget: number };

export class Undo {
  readonly #steps: Step[] = [];
  #done: Promise<Remains[]> | null = null;

  /** Registers `undo`, which must be idempotent and cope with a do that never happened. `budget`: milliseconds for it. */
  defer(what: string, undo: Work, { budget = 10_000 }: { budget?: number } = {}): void {
    this.#steps.push({ what, undo, budget });
  }

  /** Runs every step once, however often it is called. */
  run(): Promise<Remains[]> {
    this.#done ??= this.#runAll();
    return this.#done;
  }

  async #runAll(): Promise<Remains[]> {
    const remains: Remains[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        remains.push(...((await within(step.budget, step.undo())) ?? []));
      } catch (error) {
        remains.push({ what: step.what, why: messageOf(error) });
      }
    }
    return remains;
  }
}

async function within<Result>(milliseconds: number, work: Promise<Result> | Result): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${milliseconds / 1000} s`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
