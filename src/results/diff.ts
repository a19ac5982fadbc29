/** What changed between two results of the same profiles: controls that got better, worse, that are new, and that are gone. */
import type { Control, Status } from "./model.ts";
import { readResults } from "./read.ts";
import { summarize } from "./summarize.ts";

type Named = { id: string; profile: string; title: string | null; severity: Control["severity"] };

export type ResultDiff = {
  better: (Named & { from: Status; to: Status })[];
  worse: (Named & { from: Status; to: Status })[];
  added: (Named & { status: Status })[];
  gone: (Named & { status: Status })[];
  /** Controls in both, with the same status. */
  same: number;
  /** Unrounded, 0 to 100. */
  compliance: { from: number; to: number };
};

/** Best first. Not reviewed is worse than reviewed; an error is worst, for it may hide anything. */
const ranks: Status[] = ["passed", "no_impact", "skipped", "failed", "error"];

/**
 * @param before, after contents of result files
 * @throws SidescanError (exit code 3) when one of them cannot be read
 */
export function diffResults(before: string, after: string): ResultDiff {
  const [old, now] = [summarize(readResults(before)), summarize(readResults(after))];
  const [oldById, nowById] = [byKey(old.controls), byKey(now.controls)];
  const diff: ResultDiff = {
    better: [],
    worse: [],
    added: [],
    gone: [...oldById].flatMap(([key, control]) =>
      nowById.has(key) ? [] : [{ ...named(control), status: control.status }],
    ),
    same: 0,
    compliance: { from: old.compliance.exact, to: now.compliance.exact },
  };
  for (const [key, control] of nowById) {
    const { status: to } = control;
    const from = oldById.get(key)?.status;
    if (from === undefined) diff.added.push({ ...named(control), status: to });
    else if (from === to) diff.same++;
    else
      diff[ranks.indexOf(to) < ranks.indexOf(from) ? "better" : "worse"].push({
        ...named(control),
        from,
        to,
      });
  }
  return diff;
}

const byKey = (controls: Control[]): Map<string, Control> =>
  new Map(controls.map((control) => [JSON.stringify([control.profile, control.id]), control]));

const named = ({ id, profile, title, severity }: Control): Named => ({ id, profile, title, severity });
