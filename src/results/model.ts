/** The plain data that thresholds and reports share: what one control, and one result file, amount to. */

/** Status of a control as MITRE SAF (inspecjs) counts it. */
export const statuses = ["passed", "failed", "skipped", "no_impact", "error"] as const;
export type Status = (typeof statuses)[number];

/** Severity of a control as MITRE SAF counts it; `none` is impact below 0.1. */
export const severities = ["critical", "high", "medium", "low", "none"] as const;
export type Severity = (typeof severities)[number];

/** Controls by status, and within each by severity. `other` are severity tags that fit no bucket ("High"). */
export type Counts = Record<Status, { total: number; other: number } & Record<Severity, number>>;

export type ControlResult = {
  status: "passed" | "failed" | "skipped" | "error";
  /** What was tested, in words: "File /etc/passwd owner is expected to eq \"root\"". */
  codeDesc: string;
  /** Failure or skip text, or null. Never trusted: it may hold anything that the target holds. */
  message: string | null;
  /** Ruby class of an exception, or null. */
  exception: string | null;
  /** Seconds. */
  runTime: number;
};

export type Control = {
  id: string;
  profile: string;
  title: string | null;
  description: string | null;
  descriptions: { label: string; data: string }[];
  code: string | null;
  /** 0.0 to 1.0 */
  impact: number;
  severity: Severity;
  /** The tag as written, when it is in no bucket. */
  rawSeverity: string | null;
  status: Status;
  tags: Record<string, unknown>;
  refs: unknown[];
  sourceLocation: { ref: string | null; line: number | null };
  waived: { justification: string | null; run: boolean } | null;
  results: ControlResult[];
};

export type Compliance = {
  /** Math.round of `exact`, as SAF reports it: 0 to 100. */
  rounded: number;
  /** 100 * passed / (passed + failed + skipped + error); 0 when nothing counts. */
  exact: number;
};

/** Everything that reports and thresholds read of a result. */
export type Summary = {
  platform: { name: string | null; release: string | null };
  auditor: { version: string | null };
  profiles: {
    name: string;
    version: string | null;
    title: string | null;
    sha256: string | null;
    status: string | null;
    statusMessage: string | null;
  }[];
  /** Controls of the root profiles, overlays resolved; in the order of the result. */
  controls: Control[];
  counts: Counts;
  compliance: Compliance;
  /** Seconds of the audit itself. */
  duration: number | null;
  /** As written by the scan; null for results from elsewhere. */
  passthrough: Record<string, unknown> | null;
};

/** A control as a cause of a violation, with what a reader needs to find it. */
export type Cause = {
  id: string;
  title: string | null;
  severity: Severity;
  status: Status;
  /** The first result that says why it is not passed: what was tested and what came of it. */
  result: { codeDesc: string; message: string | null } | null;
};

export type Violation = {
  /** Dotted key of the threshold file, such as `failed.high.max`; without a dot (`errors`, `untested`) for what no key asked for. */
  rule: string;
  /** One sentence with limit, count and difference. */
  message: string;
  /** Ids of the controls that caused it. */
  controls: string[];
  /** What the threshold file says, what was counted, and how far it is off; absent for lists of controls. */
  limit?: number;
  counted?: number;
  difference?: number;
  /** The controls of `controls` that are in the result, explained. Absent in SAF mode. */
  causes?: Cause[];
};

/** What MITRE's own SAF CLI said of the same files; `message` is its first violation. */
export type SafAnswer = { verdict: "pass" | "fail"; message: string | null };

export type ThresholdOutcome = {
  /** `none`: it could not be judged, see `error`. Never to be treated as a pass. */
  verdict: "pass" | "fail" | "none";
  compliance: Compliance | null;
  counts: Counts | null;
  violations: Violation[];
  /** What a reader should know though it decides nothing: "compliance 79.5 rounds to 80". */
  notes?: string[];
  /** With --saf. */
  saf?: SafAnswer;
  error?: string;
  /** With `error`: `threshold`, the threshold file cannot be used (exit code 2); `results`, the results cannot be judged (3). */
  errorKind?: "threshold" | "results";
};
