/** Ctrl-C and SIGTERM: the first asks the scan to clean up, a second one leaves at once (what was started dies with us). */
import { exitCodes } from "../errors.ts";

/** `release` gives the signals back. */
export function abortOnSignals(say: (text: string) => void): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    say("Interrupted: cleaning up (once more to leave at once)");
    controller.abort(new Error(`received ${name}`));
  };
  const names: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
