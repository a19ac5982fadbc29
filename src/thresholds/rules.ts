/** The rules that a threshold file can hold, each one plain data. Both readers of the file, strict and schema, are built on these names. */
import { severities, statuses, type Severity, type Status } from "../results/model.ts";

export const bounds = ["min", "max"] as const;
export type Bound = (typeof bounds)[number];

/** Keys of a status: all of its controls, or those of one severity. */
export const scopes = ["total", ...severities] as const;
export const topKeys = ["compliance", ...statuses] as const;

/** Far beyond any profile; a larger number is a slip. */
export const MAX_COUNT = 1_000_000_000;

export type ComplianceRule = { kind: "compliance"; key: string; bound: Bound; limit: number };

export type CountRule = {
  kind: "count";
  key: string;
  bound: Bound | "exactly";
  limit: number;
  status: Status;
  /** null: all severities together. */
  severity: Severity | null;
};

/** The controls of one status and severity, listed by id. */
export type ListRule = { kind: "controls"; key: string; ids: string[]; status: Status; severity: Severity };

export type Rule = ComplianceRule | CountRule | ListRule;
