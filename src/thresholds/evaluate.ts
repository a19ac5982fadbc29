/** Holds rules against what was counted. What is counted is a view: SAF's own, or all controls of a result. */
import type { Compliance, Status } from "../results/model.ts";
import type { ComplianceRule, CountRule, ListRule } from "./rules.ts";

export type Counted = { id: string; status: Status; severity: string };
export type View = { controls: Counted[]; compliance: Compliance };

/** How a limit is broken. */
export type Breach = {
  counted: number;
  /** How far it is off, above 0. */
  difference: number;
  direction: "too many" | "too few";
  /** The controls that caused it. */
  controls: Counted[];
};

export function countBreach(rule: CountRule, view: View): Breach | null {
  const scope = view.controls.filter(({ severity }) => rule.severity === null || severity === rule.severity);
  const inside = scope.filter(({ status }) => status === rule.status);
  const counted = inside.length;
  if (counted < rule.limit && rule.bound !== "max") {
    const others = scope.filter(({ status }) => status !== rule.status);
    // What does not apply can hardly pass; it is named only when there is nothing else to name.
    const likely = others.filter(({ status }) => status !== "no_impact");
    const controls = likely.length > 0 ? likely : others;
    return { counted, difference: rule.limit - counted, direction: "too few", controls };
  }
  if (counted > rule.limit && rule.bound !== "min") {
    return { counted, difference: counted - rule.limit, direction: "too many", controls: inside };
  }
  return null;
}

/** SAF compares the rounded compliance. A limit with a fraction is meant exactly, so it is held against both. */
export function complianceBreach({ bound, limit }: ComplianceRule, view: View): Breach | null {
  const { rounded, exact } = view.compliance;
  const candidates = Number.isInteger(limit) ? [rounded] : [rounded, exact];
  const counted = bound === "min" ? Math.min(...candidates) : Math.max(...candidates);
  const difference = bound === "min" ? limit - counted : counted - limit;
  if (difference <= 0) return null;
  const causes: Status[] = bound === "min" ? ["failed", "error", "skipped"] : ["passed"];
  const controls = view.controls.filter(({ status }) => causes.includes(status));
  return { counted, difference, direction: bound === "min" ? "too few" : "too many", controls };
}

/** How a list is not met: listed and not there, there and not listed. */
export type Mismatch = { missing: string[]; extra: Counted[]; repeated: number };

export function listMismatch(rule: ListRule, view: View): Mismatch | null {
  const inside = view.controls.filter(
    ({ status, severity }) => status === rule.status && severity === rule.severity,
  );
  const ids = new Set(inside.map(({ id }) => id));
  const missing = rule.ids.filter((id) => !ids.has(id));
  const extra = inside.filter(({ id }) => !rule.ids.includes(id));
  // SAF compares lengths, so an id that two controls share breaks the rule.
  const repeated = inside.length - ids.size;
  return missing.length + extra.length + repeated === 0 ? null : { missing, extra, repeated };
}
