/** A broken rule in words for the engineer who has to act: what was counted, the limit, by how much, and which controls. */
import type { Cause, Compliance, Control, Status, Summary, Violation } from "../results/model.ts";
import {
  complianceBreach,
  countBreach,
  listMismatch,
  type Breach,
  type Counted,
  type Mismatch,
  type View,
} from "./evaluate.ts";
import type { ComplianceRule, CountRule, Rule } from "./rules.ts";

/** The violation when `rule` does not hold in `view`. */
export function violationOf(rule: Rule, view: View, summary: Summary): Violation | null {
  if (rule.kind === "controls") {
    const mismatch = listMismatch(rule, view);
    if (mismatch === null) return null;
    const message = listSentence(mismatch, summary);
    return { rule: rule.key, message, ...namedCauses([...mismatch.missing, ...mismatch.extra], summary) };
  }
  const compliance = rule.kind === "compliance";
  const breach = compliance ? complianceBreach(rule, view) : countBreach(rule, view);
  if (breach === null) return null;
  return {
    rule: rule.key,
    message: compliance ? complianceSentence(rule, breach, view) : countSentence(rule, breach),
    limit: rule.limit,
    counted: tidy(breach.counted),
    difference: tidy(breach.difference),
    ...namedCauses(breach.controls, summary),
  };
}

/** Ids, and those of them that are in the result with the first result that says why each is what it is. */
export function namedCauses(
  causes: (Counted | string)[],
  { controls }: Summary,
): { controls: string[]; causes: Cause[] } {
  const ids = new Set(causes.map((cause) => (typeof cause === "string" ? cause : cause.id)));
  const exact = new Set<unknown>(causes);
  // Two profiles may hold one id: a control that is not itself the cause is named only when no other of that id is.
  const found = controls.filter((control) => exact.has(control));
  const sure = new Set(found.map(({ id }) => id));
  const chosen = controls.filter(
    (control) => exact.has(control) || (ids.has(control.id) && !sure.has(control.id)),
  );
  return { controls: [...ids], causes: chosen.map(toCause) };
}

function toCause({ id, title, severity, status, results }: Control): Cause {
  const reason = results.find((result) => result.status === resultOf[status]) ?? results[0];
  const result = reason === undefined ? null : { codeDesc: reason.codeDesc, message: reason.message };
  return { id, title, severity, status, result };
}

const resultOf: Record<Status, Control["results"][number]["status"]> = {
  passed: "passed",
  failed: "failed",
  skipped: "skipped",
  no_impact: "skipped",
  error: "error",
};

const verbs: Record<Status, [one: string, many: string]> = {
  passed: ["passed", "passed"],
  failed: ["failed", "failed"],
  skipped: ["was skipped", "were skipped"],
  no_impact: ["does not apply", "do not apply"],
  error: ["ended in error", "ended in error"],
};

const limits = { min: "the minimum is", max: "the maximum is", exactly: "it must be exactly" };

/** "3 controls of high severity failed; the maximum is 1: 2 too many" */
function countSentence(rule: CountRule, breach: Breach): string {
  const { status, severity, bound, limit } = rule;
  const noun = breach.counted <= 1 ? "control" : "controls";
  const which = severity === null ? noun : `${noun} of ${severity} severity`;
  const verb = verbs[status][breach.counted <= 1 ? 0 : 1];
  const count = breach.counted === 0 ? "no" : breach.counted;
  return `${count} ${which} ${verb}; ${limits[bound]} ${limit}: ${breach.difference} ${breach.direction}`;
}

/** "compliance is 57% (4 of 7 controls passed: 57.14%); the minimum is 80%: 23 points too low" */
function complianceSentence(rule: ComplianceRule, breach: Breach, view: View): string {
  const counting = view.controls.filter(({ status }) => status !== "no_impact");
  const passed = counting.filter(({ status }) => status === "passed").length;
  const exact = isExact(view.compliance) ? "" : `: ${unrounded(view.compliance)}%`;
  const how = breach.direction === "too few" ? "too low" : "too high";
  const points = counted(tidy(breach.difference), "point");
  const of =
    counting.length === 0
      ? "no control counts"
      : `${passed} of ${counted(counting.length, "control")} passed${exact}`;
  return `compliance is ${tidy(breach.counted)}% (${of}); ${limits[rule.bound]} ${rule.limit}%: ${points} ${how}`;
}

function listSentence({ missing, extra, repeated }: Mismatch, summary: Summary): string {
  const statusOf = new Map(summary.controls.map(({ id, status, severity }) => [id, { status, severity }]));
  const now = (id: string): string => {
    const found = statusOf.get(id);
    return found === undefined
      ? "is not in the result"
      : `${verbs[found.status][0]}, severity ${found.severity}`;
  };
  const parts = [
    missing.length > 0 &&
      `${counted(missing.length, "listed control")} not among them: ${list(missing.map((id) => `${id} (${now(id)})`))}`,
    extra.length > 0 &&
      `${counted(extra.length, "control")} among them not listed: ${list(extra.map(({ id }) => id))}`,
    repeated > 0 && `${repeated} of them share an id with another`,
  ];
  return `the list does not match: ${parts.filter((part) => part !== false).join("; ")}`;
}

/** "compliance 79.5% rounds to 80%", or null when nothing was rounded. */
export const roundingNote = (compliance: Compliance): string | null =>
  isExact(compliance)
    ? null
    : `compliance ${unrounded(compliance)}% rounds to ${compliance.rounded}%, which is what whole limits are held against, as in MITRE SAF`;

const isExact = ({ exact, rounded }: Compliance): boolean => exact === rounded;

/** Two decimals, or four where two would look whole: 79.5, 66.67, 99.9951. */
function unrounded({ exact, rounded }: Compliance): string {
  const short = Number(exact.toFixed(2));
  return String(short === rounded ? Number(exact.toFixed(4)) : short);
}

/** Without the noise of binary fractions. */
const tidy = (value: number): number => Math.round(value * 10_000) / 10_000;

export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** At most five, and how many more. */
export const list = (items: string[]): string =>
  items.length <= 5 ? items.join(", ") : `${items.slice(0, 5).join(", ")} and ${items.length - 5} more`;
