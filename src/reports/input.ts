/** What every report is made from, and what they all need to know about it. */
import { oneLine, plural } from "./text.ts";
import type { Evidence } from "../results/evidence.ts";
import type { Control, Severity, Status, Summary, ThresholdOutcome } from "../results/model.ts";
import type { TargetFacts } from "../target/target.ts";

/** How a scan came about; absent for results from elsewhere. */
export type RunDetails = {
  /** As the user named it, such as `dir:./rootfs`. */
  target: string;
  /** As the user named them. */
  profiles: string[];
  /** ISO 8601, UTC. */
  started: string;
  /** Seconds of each phase, in their order. */
  durations: Record<string, number>;
  /** Versions of what took part, such as `{ sidescan: "0.1.0" }`. */
  tools: Record<string, string>;
  /** What limits this result: "ownership is not visible to an ordinary user". */
  notices: string[];
  commandLine: string[];
  facts?: TargetFacts;
};

export type ReportInput = {
  /** The result document, HDF, as it is. */
  hdf: string;
  summary: Summary;
  threshold: ThresholdOutcome | null;
  evidence: Evidence | null;
  /** Name of the file beside the JSON report that the evidence goes to when it is large. */
  evidenceFile?: string;
  run: RunDetails | null;
};

export const statusWords: Record<Status, string> = {
  failed: "Failed",
  error: "Error",
  skipped: "Skipped",
  passed: "Passed",
  no_impact: "Not applicable",
};

/** What a reader has to act on first. */
export const statusOrder: Status[] = ["failed", "error", "skipped", "passed", "no_impact"];
export const severityOrder: Severity[] = ["critical", "high", "medium", "low", "none"];

export const worstFirst = (a: Control, b: Control): number =>
  statusOrder.indexOf(a.status) - statusOrder.indexOf(b.status) ||
  severityOrder.indexOf(a.severity) - severityOrder.indexOf(b.severity);

type Looked = Evidence["controls"][number];

/** What was asked for one control. Evidence without a profile counts for every control of that id. */
export function evidenceOf(evidence: Evidence | null): (control: Control) => Looked | null {
  const entries = new Map<string, Looked>();
  for (const entry of evidence?.controls ?? []) {
    if (entry.control !== null) entries.set(JSON.stringify([entry.control, entry.profile]), entry);
  }
  const of = (control: Control, profile: string | null): Looked | undefined =>
    entries.get(JSON.stringify([control.id, profile]));
  return (control) => of(control, control.profile) ?? of(control, null) ?? null;
}

/** Controls that rest on a look that was denied, each with the first reason. */
export function deniedLooks(input: ReportInput): { control: Control; ask: string; reason: string }[] {
  const looked = evidenceOf(input.evidence);
  return input.summary.controls.flatMap((control) => {
    const denied = looked(control)?.asked.find((one) => one.denied !== null);
    return denied === undefined ? [] : [{ control, ask: denied.ask, reason: denied.denied ?? "" }];
  });
}

/** "183 controls: 12 rest on a look that was denied"; empty without evidence. */
export function evidenceSentence(input: ReportInput): string {
  if (input.evidence === null) return "";
  const total = plural(input.summary.controls.length, "control");
  const denied = deniedLooks(input).length;
  if (denied === 0) return `${total}: every look at the target was answered`;
  return `${total}: ${denied} ${denied === 1 ? "rests" : "rest"} on a look that was denied`;
}

/** Answers of the whole scan by how they were got. */
export function answers(evidence: Evidence): Looked["answers"] {
  const sum = { native: 0, target: 0, supplied: 0, none: 0 };
  for (const entry of evidence.controls) {
    for (const how of ["native", "target", "supplied", "none"] as const) sum[how] += entry.answers[how];
  }
  return sum;
}

/** The first result that says why a control is not passed, in at most two parts: what was tested and what came of it. */
export function firstReason(control: Control): { tested: string; message: string | null } | null {
  if (control.status === "passed") return null;
  const worst =
    control.results.find((result) => result.status === "error") ??
    control.results.find((result) => result.status === "failed") ??
    control.results.find((result) => result.status === "skipped");
  if (worst !== undefined) return { tested: worst.codeDesc, message: worst.message };
  return control.results.length === 0 && control.status === "error"
    ? { tested: "The auditor has no result for this control: nothing was tested.", message: null }
    : null;
}

/** The target as a heading: as named, else the platform that the auditor saw. */
export const targetName = (input: ReportInput): string => {
  const { name, release } = input.summary.platform;
  return input.run?.target ?? ([name, release].filter(Boolean).join(" ") || "Unknown target");
};

/** Names a control in an address: its id, with the profile in front where two profiles share the id. */
export const linkOf = (control: { id: string; profile: string }, shared: Set<string>): string =>
  oneLine(shared.has(control.id) ? `${control.profile}/${control.id}` : control.id, 500);

/** Ids that more than one control has. */
export function sharedIds(controls: Control[]): Set<string> {
  const seen = new Set<string>();
  return new Set(controls.filter(({ id }) => seen.size === seen.add(id).size).map(({ id }) => id));
}

/** Where a control stands in its profile; the auditor says it in full for a directory, within the profile for an archive. */
export function placeOf({ sourceLocation: { ref, line } }: Control): { path: string; line: number } {
  const path = oneLine(ref ?? "", 1_000)
    .replace(/^\/.*\/(?=(?:controls|libraries)\/)/u, "")
    .split("/")
    .filter((part) => part !== "" && part !== "." && part !== "..")
    .join("/");
  return { path: path === "" ? "inspec.yml" : path, line: Math.max(1, line ?? 1) };
}

/** Controls in the order of the result, under the profile that each belongs to. */
export function controlsByProfile({ summary }: ReportInput): Map<string, Control[]> {
  const profiles = new Map<string, Control[]>();
  for (const control of summary.controls) {
    const controls = profiles.get(control.profile) ?? [];
    controls.push(control);
    profiles.set(control.profile, controls);
  }
  return profiles;
}
