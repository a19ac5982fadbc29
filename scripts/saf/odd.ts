/** Values that are nearly right, or not right at all. */
import * as fc from "fast-check";

/** The usual value `weight` times as often as the rare one. */
export const often = <T>(
  usual: fc.Arbitrary<T>,
  rare: fc.Arbitrary<unknown>,
  weight = 12,
): fc.Arbitrary<unknown> => fc.oneof({ arbitrary: usual, weight }, { arbitrary: rare, weight: 1 });
/** Of a record: every key may be absent. */
export const maybe = { requiredKeys: [] };

export const odd = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, 1, -1, "", "x", "0", "1", " 2 ", "0x1", "1e1", [], {}, [1]),
  fc.constantFrom<unknown>(Number.NaN, Infinity, -Infinity, -0, 1.5, 1e300, "high", ["c1"], { min: 1 }, [[]]),
  fc.constantFrom<unknown>([2], ["2"], "c1", "c", { length: 0 }, { min: 0, max: 9 }, "__proto__", "toString"),
);
