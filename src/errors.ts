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

/** A failed system call in words; what is not here keeps the message of Node. */
const words: Record<string, string> = {
  EACCES: "permission denied",
  EISDIR: "it is a directory",
  ELOOP: "its links lead round in a circle",
  ENAMETOOLONG: "the name is too long",
  ENOENT: "no such file or directory",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of the path is no directory",
  EPERM: "the system does not allow it",
  EROFS: "the file system is read-only",
};

/** The message of whatever was thrown, without the code, call and path that Node puts into those of system calls. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, syscall } = error as NodeJS.ErrnoException;
  return (syscall === undefined ? undefined : words[code ?? ""]) ?? error.message;
}

/** As a sentence begins: the agent's texts, which also go into logs and other sentences, start with a small letter. */
export const capital = (text: string): string =>
  /^[a-z]+[ ,']/u.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;

/** As a sentence begins and ends. */
export const sentence = (text: string): string =>
  capital(text) + (/[\p{L}\p{N})"'`\]]$/u.test(text) ? "." : "");
