/** SARIF 2.1.0, for code scanning: every control is a rule, every control that needs attention a result at its place in the profile. */
import type { Control, Severity, Status } from "../results/model.ts";
import { firstReason, linkOf, placeOf, sharedIds, targetName, type ReportInput } from "./input.ts";
import { oneLine, printable } from "./text.ts";

const levels: Record<Severity, "error" | "warning" | "note"> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
  none: "note",
};

/** GitHub's bands: above 9.0 critical, 7.0 high, 4.0 medium. */
const scores: Record<Severity, string> = {
  critical: "9.5",
  high: "8.0",
  medium: "5.0",
  low: "2.0",
  none: "0.0",
};

/** What the standard calls them: `open`, not enough was known to decide; `review`, a person has to look. */
const kinds: Partial<Record<Status, "fail" | "open" | "review">> = {
  failed: "fail",
  error: "open",
  skipped: "review",
};

const text = (value: string, limit = 4_000): string => printable(value, limit).trim();

function rule(control: Control, id: string): object {
  const of = (label: string): string =>
    control.descriptions.find((description) => description.label === label)?.data ?? "";
  const title = text(control.title ?? control.id, 1_000) || id;
  const help = [of("check"), of("fix")].filter(Boolean).join("\n\n");
  const nist = control.tags["nist"];
  const tags = Array.isArray(nist) ? (nist as unknown[]).filter((tag) => typeof tag === "string") : [];
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: text(control.description ?? "") || title },
    help: { text: text(help) || title },
    defaultConfiguration: { level: levels[control.severity] },
    properties: {
      "security-severity": scores[control.severity],
      tags: [...new Set(["security", ...tags.map((tag) => oneLine(tag, 100))])].slice(0, 20),
    },
  };
}

/** Every part escaped, so that it can be neither another scheme nor another host. */
const uri = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

function result(control: Control, id: string, ruleIndex: number): object[] {
  const kind = kinds[control.status];
  if (kind === undefined) return [];
  const reason = firstReason(control);
  const message = [reason?.tested, reason?.message].filter(Boolean).join("\n") || control.status;
  const { path, line } = placeOf(control);
  return [
    {
      ruleId: id,
      ruleIndex,
      kind,
      level: kind === "fail" ? levels[control.severity] : "none",
      message: { text: text(message) },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: uri(path) },
            region: { startLine: line },
          },
        },
      ],
      partialFingerprints: { "control/v1": `${oneLine(control.profile, 500)}/${oneLine(control.id, 500)}` },
      ...(control.waived === null
        ? {}
        : {
            suppressions: [
              { kind: "external", justification: text(control.waived.justification ?? "waived", 1_000) },
            ],
          }),
    },
  ];
}

export function sarif(input: ReportInput): string {
  const { controls } = input.summary;
  const shared = sharedIds(controls);
  const ids = controls.map((control) => linkOf(control, shared));
  const driver = {
    name: "sidescan",
    ...(input.run?.tools["sidescan"] === undefined ? {} : { version: input.run.tools["sidescan"] }),
    rules: controls.map((control, index) => rule(control, ids[index] ?? control.id)),
  };
  const run = {
    tool: { driver },
    automationDetails: { id: `sidescan/${oneLine(targetName(input), 300)}/` },
    results: controls.flatMap((control, index) => result(control, ids[index] ?? control.id, index)),
  };
  return `${JSON.stringify({ $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] })}\n`;
}
