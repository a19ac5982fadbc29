/**
 * The strict reading of a threshold, the default. Every rule is held against two views of a result: SAF's, so that nothing passes that
 * SAF fails, and all controls that ran, so that nothing passes because SAF does not see it.
 */
import type { Control, Summary, Violation } from "../results/model.ts";
import { complianceOf } from "../results/rules.ts";
import type { View } from "./evaluate.ts";
import { counted, list, namedCauses, roundingNote, violationOf } from "./explain.ts";
import type { Rule } from "./rules.ts";
import { countSafControls, type SafControl } from "./saf-control.ts";

/** Both ways to count one result. */
export type Views = { whole: View; saf: View };

export function viewsOf(summary: Summary, saf: SafControl[]): Views {
  return {
    whole: { controls: summary.controls, compliance: summary.compliance },
    saf: { controls: saf, compliance: complianceOf(countSafControls(saf)) },
  };
}

/** Every rule that is broken in one view or the other, then what no rule asked for and yet must not pass. */
export function strictViolations(rules: Rule[], views: Views, summary: Summary): Violation[] {
  const broken = rules.flatMap((rule) => {
    const violation = violationOf(rule, views.whole, summary);
    if (violation !== null) return [violation];
    const saf = violationOf(rule, views.saf, summary);
    return saf === null ? [] : [{ ...saf, message: `as MITRE SAF counts this result, ${saf.message}` }];
  });
  return [...broken, ...uncoveredErrors(rules, summary), ...untested(rules, summary)];
}

/**
 * Controls in error were not judged. A rule about errors decides on them; a minimum compliance counts them as not passed, except
 * those that have no result at all. Otherwise they would pass unseen.
 */
function uncoveredErrors(rules: Rule[], summary: Summary): Violation[] {
  const limitsErrors = ({ severity }: Control): boolean =>
    rules.some(
      (rule) =>
        rule.kind !== "compliance" &&
        rule.status === "error" &&
        (rule.severity === null || rule.severity === severity) &&
        (rule.kind === "controls" || rule.bound !== "min"),
    );
  const weighed = rules.some((rule) => rule.kind === "compliance" && rule.bound === "min" && rule.limit > 0);
  const uncovered = summary.controls.filter(
    (control) =>
      control.status === "error" && !limitsErrors(control) && (control.results.length === 0 || !weighed),
  );
  if (uncovered.length === 0) return [];
  const count = uncovered.length;
  const what = uncovered.every(({ results }) => results.length === 0)
    ? `${counted(count, "control")} ${count === 1 ? "has" : "have"} no result: nothing was tested`
    : `${counted(count, "control")} ended in error, so ${count === 1 ? "it was" : "they were"} not judged`;
  return [
    {
      rule: "errors",
      message: `${what}, and no rule limits errors; error.total.max: ${summary.counts.error.total} would accept ${count === 1 ? "it" : "them"}`,
      limit: 0,
      counted: count,
      difference: count,
      ...namedCauses(uncovered, summary),
    },
  ];
}

/** When nothing passed and nothing failed, a rule such as failed.total.max is met by nothing at all. */
function untested(rules: Rule[], { counts }: Summary): Violation[] {
  if (counts.passed.total + counts.failed.total + counts.error.total > 0) return [];
  const meant = rules.some(
    (rule) => rule.kind !== "compliance" && (rule.status === "skipped" || rule.status === "no_impact"),
  );
  if (meant) return [];
  const what = `${counted(counts.skipped.total, "control")} skipped, ${counts.no_impact.total} not applicable`;
  const message = `nothing was tested: no control passed or failed (${what}); a rule for skipped or no_impact would accept that`;
  return [{ rule: "untested", message, controls: [] }];
}

/** What decides nothing but should be known. */
export function notesOn(views: Views, summary: Summary): string[] {
  const rounding = roundingNote(views.whole.compliance);
  const tagged = summary.controls.filter(({ rawSeverity }) => rawSeverity !== null);
  const tags = tagged.map(({ id, rawSeverity }) => `${id} (${JSON.stringify(rawSeverity)})`);
  const { whole, saf } = views;
  return [
    ...(rounding === null ? [] : [rounding]),
    ...(tags.length === 0
      ? []
      : [
          `MITRE SAF counts ${counted(tags.length, "control")} in no severity, because the tag is not in lower case: ${list(tags)}; here every rule is held against both readings`,
        ]),
    ...(sameCounts(whole, saf)
      ? []
      : [
          `MITRE SAF counts ${saf.controls.length} of the ${counted(whole.controls.length, "control")}, those of the first profile (${summary.profiles[0]?.name}) that no other overlays; here every rule is held against both counts`,
        ]),
  ];
}

/** Mostly they have the same order, too. */
const sameCounts = ({ controls: a }: View, { controls: b }: View): boolean =>
  a.length === b.length &&
  (a.every(({ id, status }, at) => id === b[at]?.id && status === b[at].status) ||
    inventory(a) === inventory(b));

const inventory = (controls: View["controls"]): string =>
  controls
    .map(({ id, status }) => JSON.stringify([id, status]))
    .sort()
    .join();
