/** The six phases as a caller sees them: when each starts and ends, what is heard meanwhile, and how long it took. */
import { sentence } from "../errors.ts";
import type { AgentEvent } from "../protocol/events.ts";

export const phaseNames = ["deploy", "identify", "scan", "retrieve", "process", "cleanup"] as const;
export type Phase = (typeof phaseNames)[number];

export type Notice = { level: "info" | "warning"; message: string };

/** What a scan tells while it runs. */
export type ScanEvent =
  | { type: "phase"; phase: Phase; state: "started" }
  | { type: "phase"; phase: Phase; state: "done" | "failed"; seconds: number }
  | { type: "agent"; event: AgentEvent }
  | ({ type: "notice" } & Notice);

export class Phases {
  /** Seconds; 0 for a phase that was not reached. */
  readonly durations: Record<Phase, number> = {
    deploy: 0,
    identify: 0,
    scan: 0,
    retrieve: 0,
    process: 0,
    cleanup: 0,
  };
  readonly notices: Notice[] = [];
  readonly #signal: AbortSignal;
  readonly #tell: (event: ScanEvent) => void;

  constructor(signal: AbortSignal, tell: (event: ScanEvent) => void) {
    this.#signal = signal;
    this.#tell = tell;
  }

  /** Runs one phase. `always` is for cleanup, which an abort must not cut short. */
  async run<Result>(
    phase: Phase,
    work: () => Promise<Result>,
    when: "unless-aborted" | "always" = "unless-aborted",
  ): Promise<Result> {
    const started = performance.now();
    this.#tell({ type: "phase", phase, state: "started" });
    let state: "done" | "failed" = "failed";
    try {
      const result = await (when === "always" ? work() : unlessAborted(this.#signal, work));
      state = "done";
      return result;
    } finally {
      this.durations[phase] += (performance.now() - started) / 1000;
      this.#tell({ type: "phase", phase, state, seconds: this.durations[phase] });
    }
  }

  readonly heard = (event: AgentEvent): void => {
    if (event.event === "notice") this.notice(event.level, sentence(event.message));
    else this.#tell({ type: "agent", event });
  };

  readonly notice = (level: Notice["level"], message: string): void => {
    this.notices.push({ level, message });
    this.#tell({ type: "notice", level, message });
  };
}

/** Work that ends at once when the signal aborts, whether or not it listens to the signal itself. */
async function unlessAborted<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  signal.throwIfAborted();
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    if (abort !== undefined) signal.removeEventListener("abort", abort);
  }
}
