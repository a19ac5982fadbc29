/** Errors that a user sees: what happened, why, and what to do next, with the exit code they end in. */

/** Exit codes of the command line (docs: README, "Exit codes"). */
export const exitCodes = {
  passed: 0,
  thresholdFailed: 1,
  usage: 2,
  cannotScan: 3,
  cleanupIncomplete: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** An error with an exit code; `hint` says what to do next, `details` are lines such as a program's last output. */
export class SidescanError extends Error {
  readonly exitCode: ExitCode;
  readonly hint: string | null;
  readonly details: string[];

  constructor(
    message: string,
    options: { exitCode: ExitCode; hint?: string; details?: string[]; cause?: unknown },
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "SidescanError";
    this.exitCode = options.exitCode;
    this.hint = options.hint ?? null;
    this.details = options.details ?? [];
  }
}

export const usageError = (message: string, hint?: string): SidescanError =>
  new SidescanError(message, { exitCode: exitCodes.usage, ...(hint === undefined ? {} : { hint }) });

export const cannotScan = (
  message: string,
  options: { hint?: string; details?: string[]; cause?: unknown } = {},
): SidescanError => new SidescanError(message, { exitCode: exitCodes.cannotScan, ...options });

/** The message of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
