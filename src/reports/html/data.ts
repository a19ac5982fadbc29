/** What the page's script reads: each control as plain, harmless text, in the order in which it is listed. */
import type { Control, ControlResult, Severity, Status } from "../../results/model.ts";
import { evidenceOf, firstReason, linkOf, sharedIds, worstFirst, type ReportInput } from "../input.ts";
import { oneLine, printable } from "../text.ts";

export type PageResult = {
  status: ControlResult["status"];
  tested: string;
  message: string;
  exception: string;
  seconds: number;
};

export type PageEvidence = {
  answers: Record<"native" | "target" | "supplied" | "none", number>;
  asked: { ask: string; how: "native" | "target" | "supplied" | "none"; ms: number; denied: string }[];
  omitted: number;
};

export type PageControl = {
  id: string;
  /** Names the control in an address: its id, with the profile in front where two profiles share the id. */
  link: string;
  /** Place in the result. */
  place: number;
  profile: string;
  title: string;
  status: Status;
  severity: Severity | "other";
  /** The severity as the profile writes it, where that is in no bucket. */
  written: string;
  impact: number;
  /** Why it did not pass, on one line; empty when it did. */
  reason: string;
  texts: { label: string; text: string }[];
  code: string;
  source: string;
  tags: { name: string; values: string[] }[];
  refs: { text: string; url: string }[];
  waiver: { text: string; run: boolean } | null;
  results: PageResult[];
  evidence: PageEvidence | null;
};

export type PageData = { controls: PageControl[] };

/** Characters of one text; a control that prints a megabyte is not read to its end by anyone. */
const most = 20_000;
/** Results of one control; a loop over every file of a target makes thousands. */
const mostResults = 500;

export function pageData(input: ReportInput): PageData {
  const shared = sharedIds(input.summary.controls);
  const looked = evidenceOf(input.evidence);
  return {
    controls: input.summary.controls
      .map((control, place) => ({ control, place }))
      .sort((a, b) => worstFirst(a.control, b.control) || a.place - b.place)
      .map(({ control, place }) => ({
        id: oneLine(control.id, 500),
        link: linkOf(control, shared),
        place,
        profile: oneLine(control.profile, 500),
        title: oneLine(control.title ?? "", 1_000),
        status: control.status,
        severity: control.rawSeverity === null ? control.severity : "other",
        written: oneLine(control.rawSeverity ?? "", 100),
        impact: control.impact,
        reason: reason(control),
        texts: texts(control),
        code: printable(control.code ?? "", most * 2),
        source: source(control),
        tags: tags(control),
        refs: control.refs.flatMap(references),
        waiver:
          control.waived === null
            ? null
            : { text: printable(control.waived.justification ?? "", most), run: control.waived.run },
        results: results(control),
        evidence: evidence(looked(control)),
      })),
  };
}

export function reason(control: Control): string {
  const first = firstReason(control);
  return first === null ? "" : oneLine(first.message ?? first.tested, 240);
}

/** The description and its siblings; the default one only once. */
const texts = (control: Control): PageControl["texts"] =>
  [
    { label: "Description", data: control.description ?? "" },
    ...control.descriptions
      .filter(({ label, data }) => label !== "default" || data !== control.description)
      .map(({ label, data }) => ({ label: label.charAt(0).toUpperCase() + label.slice(1), data })),
  ]
    .filter(({ data }) => data.trim() !== "")
    .map(({ label, data }) => ({ label: oneLine(label, 100), text: printable(data, most).trim() }));

function source({ sourceLocation: { ref, line } }: Control): string {
  if (ref === null) return "";
  return oneLine(line === null ? ref : `${ref}:${line}`, 500);
}

const tags = (control: Control): PageControl["tags"] =>
  Object.entries(control.tags)
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => ({
      name: oneLine(name, 100),
      values: (Array.isArray(value) ? (value as unknown[]) : [value])
        .slice(0, 100)
        .map((one) => oneLine(plain(one), 500)),
    }));

const plain = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));

/** A reference as InSpec writes it: `{ref}`, `{url}`, `{uri}`, or a list of them. */
function references(ref: unknown): PageControl["refs"] {
  if (Array.isArray(ref)) return (ref as unknown[]).flatMap(references);
  if (typeof ref !== "object" || ref === null) return [{ text: oneLine(plain(ref), 500), url: "" }];
  const fields = ref as Record<string, unknown>;
  if (Array.isArray(fields["ref"])) return (fields["ref"] as unknown[]).flatMap(references);
  const target = plain(fields["url"] ?? fields["uri"] ?? "");
  const url = /^https?:\/\//iu.test(target) ? target.slice(0, 2_000) : "";
  return [{ text: oneLine(plain(fields["ref"] ?? target), 500), url }];
}

function results(control: Control): PageResult[] {
  const shown = control.results.slice(0, mostResults).map((result) => ({
    status: result.status,
    tested: printable(result.codeDesc, most).trim(),
    message: printable(result.message ?? "", most).trim(),
    exception: oneLine(result.exception ?? "", 500),
    seconds: result.runTime,
  }));
  const more = control.results.length - shown.length;
  if (more <= 0) return shown;
  // A failure among those left out must not disappear with them.
  const worst = control.results
    .slice(mostResults)
    .some((result) => result.status === "failed" || result.status === "error");
  const tested = `${more} more results${worst ? ", some of them failed," : ""} are in the JSON result.`;
  return [...shown, { status: worst ? "failed" : "skipped", tested, message: "", exception: "", seconds: 0 }];
}

function evidence(looked: ReturnType<ReturnType<typeof evidenceOf>>): PageEvidence | null {
  if (looked === null) return null;
  return {
    answers: looked.answers,
    asked: looked.asked.map(({ ask, how, ms, denied }) => ({
      ask: oneLine(ask, 1_000),
      how,
      ms,
      denied: oneLine(denied ?? "", 1_000),
    })),
    omitted: looked.omitted,
  };
}
