/** One figure that the README states: what was measured, and whether it is within what is promised. */

export type Figure = { what: string; measured: string; limit: string; met: boolean };

/** @param ratio how many times faster it was */
export const atLeast = (what: string, ratio: number, limit: number): Figure => ({
  what,
  measured: `${ratio.toFixed(1)} times faster`,
  limit: `at least ${limit}`,
  met: ratio >= limit,
});

export const atMost = (what: string, value: number, limit: number, unit = " times"): Figure => ({
  what,
  measured: `${value.toFixed(2)}${unit}`,
  limit: `at most ${limit}${unit}`,
  met: value <= limit,
});

export const countAtMost = (what: string, value: number, limit: number): Figure => ({
  what,
  measured: String(value),
  limit: limit === 0 ? "0" : `at most ${limit}`,
  met: value <= limit,
});
