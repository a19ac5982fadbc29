/** How large a profile may be: real ones are far below 2 MB, and whoever names the wrong directory should hear of it at once. */
import { usageError, type SidescanError } from "../errors.ts";

/** Bytes that a profile's files may hold together, uncompressed. */
export const PROFILE_LIMIT = 32 * 1024 * 1024;

/** The error for a profile over the limit; `largest` are its biggest files, to show where to look. */
export function tooLarge(source: string, bytes: number, largest: string[] = []): SidescanError {
  return usageError(
    `The profile ${source} holds ${mebibytes(bytes)} or more; the limit is ${mebibytes(PROFILE_LIMIT)}.`,
    largest.length > 0
      ? `What takes the space: ${largest.join(", ")}.`
      : "Leave out what is not part of the profile.",
  );
}

const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
