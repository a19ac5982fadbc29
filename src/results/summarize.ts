/** What a result amounts to: its controls, overlays resolved, with status and severity as MITRE SAF counts them. */
import type { ExecJson, HdfControl, HdfResult } from "./hdf.ts";
import type { Control, ControlResult, Status, Summary } from "./model.ts";
import { families, origin, type Family } from "./overlays.ts";
import { complianceOf, controlSeverity, controlStatus, countControls, resultStatus } from "./rules.ts";
import { isRecord } from "./shape.ts";

export function summarize(hdf: ExecJson): Summary {
  const controls = families(hdf).map(toControl);
  const counts = countControls(controls);
  return {
    platform: { name: hdf.platform.name, release: hdf.platform.release },
    auditor: { version: hdf.version },
    profiles: hdf.profiles.map((profile) => ({
      name: profile.name,
      version: profile.version ?? null,
      title: profile.title ?? null,
      sha256: profile.sha256,
      status: profile.status ?? null,
      statusMessage: profile.status_message ?? profile.skip_message ?? null,
    })),
    controls,
    counts,
    compliance: complianceOf(counts),
    duration: hdf.statistics.duration ?? null,
    passthrough: isRecord(hdf.passthrough) ? hdf.passthrough : null,
  };
}

function toControl(family: Family): Control {
  const { control, profile } = origin(family);
  const { severity, raw } = controlSeverity(control);
  return {
    id: family.id,
    profile: profile.name,
    title: control.title ?? null,
    description: control.desc ?? null,
    descriptions: (control.descriptions ?? []).map(({ label, data }) => ({ label, data })),
    code: control.code ?? null,
    impact: control.impact,
    severity,
    rawSeverity: raw,
    status: worstStatus(family),
    tags: control.tags,
    refs: control.refs,
    sourceLocation: {
      ref: control.source_location.ref ?? null,
      line: control.source_location.line ?? null,
    },
    waived: waiver(control),
    results: family.copies.flatMap((copy) => copy.control.results.map(toResult)),
  };
}

/** Copies without results are InSpec's way to write an overlay. Where several have results, none of them may hide another. */
function worstStatus(family: Family): Status {
  const order: Status[] = ["error", "failed", "skipped", "passed", "no_impact"];
  const ran = family.copies.filter(({ control }) => control.results.length > 0);
  const found = (ran.length > 0 ? ran : [origin(family)]).map(({ control }) => controlStatus(control));
  return order.find((status) => found.includes(status)) ?? "error";
}

const toResult = (result: HdfResult): ControlResult => ({
  status: resultStatus(result),
  codeDesc: result.code_desc,
  message: result.message ?? result.skip_message ?? null,
  exception: result.exception ?? null,
  runTime: result.run_time ?? 0,
});

/** InSpec writes an empty object for a control that no waiver names. */
function waiver({ waiver_data: waived }: HdfControl): Control["waived"] {
  if (waived === null || waived === undefined || Object.keys(waived).length === 0) return null;
  return { justification: waived.justification ?? null, run: !waived.skipped_due_to_waiver };
}
