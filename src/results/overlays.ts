/**
 * Overlays: a profile that includes another's controls lists them again, without results, and InSpec writes both. Here the copies of
 * one control are brought together, whatever the order of the profiles in the file.
 */
import type { ExecJson, HdfControl, HdfProfile } from "./hdf.ts";

type Copy = { profile: HdfProfile; control: HdfControl };

/** One control as the user means it: every copy under one root profile, overlays first, the control that they overlay last. */
export type Family = { id: string; root: HdfProfile; copies: Copy[] };

/** All controls of a result: root profiles in the order of the file, in each its own controls first. */
export function families({ profiles }: Pick<ExecJson, "profiles">): Family[] {
  const found: Family[] = [];
  const byRoot = new Map<number, Map<string, Family>>();
  const byDepth = profiles.map((profile) => ({ profile, ...ancestry(profiles, profile) }));
  const order = byDepth.toSorted((a, b) => a.root - b.root || a.depth - b.depth);
  for (const { profile, root } of order) {
    const byId = byRoot.get(root) ?? new Map<string, Family>();
    byRoot.set(root, byId);
    for (const control of profile.controls) {
      const known = byId.get(control.id);
      if (known === undefined) {
        const family = { id: control.id, root: profiles[root] ?? profile, copies: [{ profile, control }] };
        byId.set(control.id, family);
        found.push(family);
      } else {
        known.copies.push({ profile, control });
      }
    }
  }
  return found;
}

/** Index of the profile at the top of the overlays, and how far below it this one is. A circle ends where it began. */
function ancestry(profiles: HdfProfile[], start: HdfProfile): { root: number; depth: number } {
  const seen = new Set<HdfProfile>();
  let current = start;
  for (;;) {
    seen.add(current);
    const parent = profiles.find(({ name }) => name === current.parent_profile);
    if (parent === undefined || seen.has(parent))
      return { root: profiles.indexOf(current), depth: seen.size - 1 };
    current = parent;
  }
}

/** The copy that speaks for the control: the one that they all overlay; one with results before one without. */
export function origin({ copies }: Family): Copy {
  const ran = copies.filter(({ control }) => control.results.length > 0);
  const last = (ran.length > 0 ? ran : copies).at(-1);
  if (last === undefined) throw new Error("a family has at least one copy");
  return last;
}
