/**
 * The evidence gate: what could not be looked at is an error, never a finding and never a pass. It changes the result itself, so
 * that every later reader (thresholds, reports, Heimdall, SAF) sees the same.
 */
import type { Evidence } from "./evidence.ts";
import type { ExecJson, HdfControl, HdfResult } from "./hdf.ts";
import { families } from "./overlays.ts";
import { controlStatus } from "./rules.ts";

/** Every message of train-procroot about a look that was denied begins with this. */
const DENIED = "could not look: ";

export type GateChange = {
  control: string;
  profile: string;
  /** Status of the control before and after. */
  from: string;
  to: string;
  /** What could not be looked at, and why. */
  reason: string;
};

type Asked = Evidence["controls"][number]["asked"][number];
type Denied = (control: HdfControl) => Asked[];

/**
 * Returns a new document; the given one stays as it is.
 * @param options.requireEvidence a control that passed, or says that it does not apply, errors when one of its looks was denied
 * @param options.sidescan is written to `passthrough.sidescan`, beside what is there
 */
export function gate(
  hdf: ExecJson,
  evidence: Evidence | null,
  options: { requireEvidence: boolean; sidescan?: Record<string, unknown> },
): { hdf: ExecJson; changes: GateChange[] } {
  const denied = deniedLooks(hdf, evidence);
  const changes: GateChange[] = [];
  const profiles = hdf.profiles.map((profile) => ({
    ...profile,
    controls: profile.controls.map((control) => {
      const looks = denied(control);
      const honest = withErrors(control, evidence === null || looks.length > 0);
      const judged = options.requireEvidence ? withEvidence(honest, looks) : honest;
      if (judged !== control) {
        changes.push({
          control: control.id,
          profile: profile.name,
          from: controlStatus(control),
          to: controlStatus(judged),
          reason: reasonOf(judged),
        });
      }
      return judged;
    }),
  }));
  const before = record(hdf.passthrough);
  const sidescan = {
    ...record(before["sidescan"]),
    ...options.sidescan,
    gate: { requireEvidence: options.requireEvidence, changes },
  };
  return { hdf: { ...hdf, profiles, passthrough: { ...before, sidescan } }, changes };
}

/** Results that failed because of a denied look become errors. */
function withErrors(control: HdfControl, wasDenied: boolean): HdfControl {
  const results = control.results.map((result) =>
    result.status !== "error" && isDenied(result, wasDenied)
      ? { ...result, status: "error" as const }
      : result,
  );
  return results.some((result, index) => result !== control.results[index])
    ? { ...control, results }
    : control;
}

/**
 * The exception's class is the auditor's word. A message may quote what the target holds, so a target could write the words itself
 * to turn a failure into an error: its word counts only when the ledger knows of a denied look. So does an exception of another
 * class: resources wrap what they are told ("Command `...` timed out") in their own.
 */
function isDenied({ exception, message }: HdfResult, wasDenied: boolean): boolean {
  if (exception !== null && exception !== undefined) {
    const name = exception.trim();
    if (/(?:^|::)(?:CouldNotLook|TargetGone)$/u.test(name) || name.startsWith(DENIED)) return true;
    if (wasDenied && !name.endsWith("ExpectationNotMetError")) return true;
  }
  return wasDenied && message?.includes(DENIED) === true;
}

/** Appends an error to a control that rests on looks that were denied. A waived control was not run and rests on nothing. */
function withEvidence(control: HdfControl, looks: Asked[]): HdfControl {
  const first = looks[0];
  if (first === undefined || control.results.length === 0) return control;
  if (control.waiver_data?.skipped_due_to_waiver) return control;
  const status = controlStatus(control);
  if (status !== "passed" && status !== "no_impact") return control;
  const more = looks.length === 1 ? "" : ` (and ${looks.length - 1} more denied)`;
  const reason = first.denied ?? "";
  return {
    ...control,
    results: [
      ...control.results,
      {
        status: "error",
        code_desc: `Evidence: ${first.ask}`,
        run_time: 0,
        start_time: control.results.at(-1)?.start_time ?? "",
        message: `${reason.startsWith(DENIED) ? reason : DENIED + reason}${more}`,
      },
    ],
  };
}

function reasonOf(control: HdfControl): string {
  const error = control.results.findLast((result) => result.status === "error");
  const line = (error?.message ?? error?.exception ?? "").split("\n").find((one) => one.includes(DENIED));
  return line?.slice(line.indexOf(DENIED)) ?? error?.message ?? "";
}

/**
 * The looks of a control are those of its id under any profile that overlays it or that it overlays. Evidence of a profile that is not in
 * the result, or of none, counts for every control of that id: better an error too many than a pass for lack of evidence.
 */
function deniedLooks(hdf: ExecJson, evidence: Evidence | null): Denied {
  const known = new Set(hdf.profiles.map(({ name }) => name));
  const found = new Map<string, Asked[]>();
  for (const { control, profile, asked } of evidence?.controls ?? []) {
    if (control === null) continue;
    const key = JSON.stringify([control, profile !== null && known.has(profile) ? profile : null]);
    const looks = asked.filter((one) => one.denied !== null);
    found.set(key, [...(found.get(key) ?? []), ...looks]);
  }
  const related = new Map<HdfControl, string[]>();
  for (const { root, copies } of families(hdf)) {
    const names = new Set([root.name, ...copies.map(({ profile }) => profile.name)]);
    for (const { control } of copies) related.set(control, [...names]);
  }
  return (control) =>
    [...(related.get(control) ?? []), null].flatMap(
      (profile) => found.get(JSON.stringify([control.id, profile])) ?? [],
    );
}

const record = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
