/**
 * DISA's checklist as STIG Viewer 2 opens it: one STIG for each profile, one vulnerability for each control. What could not be judged is
 * `Not_Reviewed`, never `NotAFinding`. Findings and comments are written as MITRE's converter writes them, so that it reads them back.
 */
import { isIP } from "node:net";
import type { Control, Severity, Status } from "../results/model.ts";
import { controlsByProfile, targetName, type ReportInput } from "./input.ts";
import { oneLine } from "./text.ts";
import { element } from "./xml.ts";

const statuses: Record<Status, string> = {
  failed: "Open",
  passed: "NotAFinding",
  no_impact: "Not_Applicable",
  skipped: "Not_Reviewed",
  error: "Not_Reviewed",
};

/** A checklist knows three. */
const severities: Record<Severity, "high" | "medium" | "low"> = {
  critical: "high",
  high: "high",
  medium: "medium",
  low: "low",
  none: "low",
};

/** Characters of one text. */
const most = 20_000;
const mostResults = 200;

type Pairs = [name: string, value: string][];

function asset(input: ReportInput): string {
  const { passthrough } = input.summary;
  const told = (passthrough?.["metadata"] ?? {}) as Record<string, unknown>;
  const of = (key: string): string => (typeof told[key] === "string" ? oneLine(told[key], 500) : "");
  const facts = Object.entries(input.run?.facts ?? {}).map(
    ([name, value]) => `${name}: ${oneLine(value, 500)}`,
  );
  const fields: Pairs = [
    ["ROLE", "None"],
    ["ASSET_TYPE", "Computing"],
    ["MARKING", of("marking")],
    ["HOST_NAME", of("hostname") || oneLine(input.run?.facts?.pod ?? targetName(input), 500)],
    ["HOST_IP", isIP(of("hostip")) === 0 ? "" : of("hostip")],
    ["HOST_MAC", /^[\dA-F]{2}([:-][\dA-F]{2}){5}$/iu.test(of("hostmac")) ? of("hostmac") : ""],
    ["HOST_FQDN", /^[\w-]+(\.[\w-]+)+$/u.test(of("hostfqdn")) ? of("hostfqdn") : ""],
    ["TARGET_COMMENT", [targetName(input), ...facts].join("\n")],
    ["TECH_AREA", ""],
    ["TARGET_KEY", ""],
    ["WEB_OR_DATABASE", "false"],
    ["WEB_DB_SITE", ""],
    ["WEB_DB_INSTANCE", ""],
  ];
  return `  <ASSET>\n${fields.map(([name, value]) => `    ${element(name, value)}\n`).join("")}  </ASSET>\n`;
}

/** A tag as text; what is no text, number or list of them is left out. */
function tag(control: Control, name: string): string {
  const value = control.tags[name];
  return typeof value === "string" || typeof value === "number" ? oneLine(String(value), 500) : "";
}

function tagList(control: Control, name: string): string[] {
  const value = control.tags[name];
  const list = Array.isArray(value) ? (value as unknown[]) : [value];
  return list.filter((one) => typeof one === "string").map((one) => oneLine(one, 200));
}

const described = (control: Control, label: string): string =>
  control.descriptions.find((one) => one.label.toLowerCase() === label)?.data ?? "";

function findings({ status, results }: Control): string {
  if (results.length === 0 && status === "error")
    return "error :: TEST The auditor has no result for this control: nothing was tested.";
  const worstFirst = [...results].sort(
    (a, b) => Number(a.status === "passed") - Number(b.status === "passed"),
  );
  const shown = worstFirst.slice(0, mostResults).map((result) => {
    const kind = result.status === "skipped" ? "SKIP_MESSAGE" : "MESSAGE";
    const message = result.message === null ? "" : ` :: ${kind} ${result.message}`;
    return `${result.status} :: TEST ${result.codeDesc}${message}`;
  });
  const more = results.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more results are in the JSON result.`] : [])].join(
    "\n--------------------------------\n",
  );
}

function comments(control: Control): string {
  const { waived } = control;
  const waiver =
    waived === null
      ? ""
      : `Waived${waived.run ? ", and run nevertheless" : ""}: ${waived.justification ?? "no justification was given"}`;
  return [
    ["CAVEAT", described(control, "caveat")],
    ["JUSTIFICATION", [waiver, described(control, "justification")].filter(Boolean).join("\n")],
    ["RATIONALE", described(control, "rationale")],
    ["COMMENTS", described(control, "comments")],
  ]
    .filter(([, text]) => text !== "")
    .map(([label, text]) => `${label} :: ${text}`)
    .join("\n");
}

/** What a checklist has no place for, where MITRE's converter looks for it. */
const hdfSpecific = ({ severity, impact }: Control): string =>
  JSON.stringify({ hdfSpecificData: { severity, ...(impact === 0 ? {} : { impact }) } });

function vulnerability(control: Control, reference: string): string {
  const data: Pairs = [
    ["Vuln_Num", tag(control, "gid") || oneLine(control.id, 500)],
    ["Severity", severities[control.severity]],
    ["Group_Title", tag(control, "gtitle")],
    ["Rule_ID", tag(control, "rid") || oneLine(control.id, 500)],
    ["Rule_Ver", tag(control, "stig_id") || oneLine(control.id, 500)],
    ["Rule_Title", oneLine(control.title ?? "", 2_000)],
    ["Vuln_Discuss", control.description ?? ""],
    ["IA_Controls", ""],
    ["Check_Content", described(control, "check")],
    ["Fix_Text", described(control, "fix")],
    ["False_Positives", ""],
    ["False_Negatives", ""],
    ["Documentable", "false"],
    ["Mitigations", ""],
    ["Potential_Impact", ""],
    ["Third_Party_Tools", hdfSpecific(control)],
    ["Mitigation_Control", ""],
    ["Responsibility", ""],
    ["Security_Override_Guidance", ""],
    ["Check_Content_Ref", ""],
    ["Weight", "10.0"],
    ["Class", "Unclass"],
    ["STIGRef", reference],
    ["TargetKey", ""],
    ["STIG_UUID", ""],
    ["LEGACY_ID", tagList(control, "legacy").join("; ")],
    ...tagList(control, "cci").map((cci): [string, string] => ["CCI_REF", cci]),
  ];
  const stigData = data.map(
    ([name, value]) =>
      `        <STIG_DATA>${element("VULN_ATTRIBUTE", name)}${element("ATTRIBUTE_DATA", value, most)}</STIG_DATA>\n`,
  );
  return `      <VULN>
${stigData.join("")}        ${element("STATUS", statuses[control.status])}
        ${element("FINDING_DETAILS", findings(control), most * 5)}
        ${element("COMMENTS", comments(control), most)}
        <SEVERITY_OVERRIDE/>
        <SEVERITY_JUSTIFICATION/>
      </VULN>
`;
}

function stig(name: string, controls: Control[], input: ReportInput): string {
  const profile = input.summary.profiles.find((one) => one.name === name);
  const title = oneLine(profile?.title ?? name, 1_000);
  const version = oneLine(profile?.version ?? "", 100);
  const info: Pairs = [
    ["version", version],
    ["classification", "UNCLASSIFIED"],
    ["customname", ""],
    ["stigid", oneLine(name, 500)],
    ["description", ""],
    ["filename", ""],
    ["releaseinfo", ""],
    ["title", title],
    ["uuid", ""],
    ["notice", ""],
    ["source", ""],
  ];
  const data = info.map(
    ([key, value]) =>
      `        <SI_DATA>${element("SID_NAME", key)}${value === "" ? "" : element("SID_DATA", value)}</SI_DATA>\n`,
  );
  const reference = `${title} :: Version ${version}`;
  const vulnerabilities = controls.map((control) => vulnerability(control, reference));
  return `    <iSTIG>\n      <STIG_INFO>\n${data.join("")}      </STIG_INFO>\n${vulnerabilities.join("")}    </iSTIG>\n`;
}

export function ckl(input: ReportInput): string {
  const stigs = [...controlsByProfile(input)].map(([name, controls]) => stig(name, controls, input));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<!--Made by sidescan-->\n<CHECKLIST>\n${asset(input)}  <STIGS>\n${stigs.join("")}  </STIGS>\n</CHECKLIST>\n`;
}
