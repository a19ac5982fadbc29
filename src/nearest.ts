/** Which known key was meant: for typing errors, and for the names that other tools use. */

/** Names that people bring along from SAF's own output, InSpec and Heimdall. */
const synonyms: Record<string, string> = {
  notreviewed: "skipped",
  skip: "skipped",
  notapplicable: "no_impact",
  na: "no_impact",
  waived: "no_impact",
  profileerror: "error",
  pass: "passed",
  fail: "failed",
  minimum: "min",
  maximum: "max",
  all: "total",
  ids: "controls",
};

/** The known key nearest to an unknown one, or null when none is near. Case, dashes and underscores do not count. */
export function nearest(key: string, known: readonly string[]): string | null {
  const wanted = plain(key);
  const synonym = synonyms[wanted];
  if (synonym !== undefined && known.includes(synonym)) return synonym;
  const ranked = known
    .map((one) => ({ one, distance: editDistance(wanted, plain(one)) }))
    .toSorted((a, b) => a.distance - b.distance);
  const best = ranked[0];
  if (best === undefined) return null;
  return best.distance <= Math.max(1, Math.floor(best.one.length / 3)) ? best.one : null;
}

const plain = (key: string): string =>
  key
    .slice(0, 40)
    .toLowerCase()
    .replace(/[\s_-]/gu, "");

/** Insertions, deletions, substitutions, and swaps of neighbours ("flaied"). */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      (rows[i] as number[])[j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
        swapped ? at(i - 2, j - 2) + 1 : Infinity,
      );
    }
  }
  return at(a.length, b.length);
}
