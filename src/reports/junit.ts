/** JUnit's XML as CI systems read it: a suite for each profile, a case for each control. */
import type { Control } from "../results/model.ts";
import { controlsByProfile, firstReason, targetName, type ReportInput } from "./input.ts";
import { attributes, content, element } from "./xml.ts";

const time = (control: Control): number => control.results.reduce((sum, result) => sum + result.runTime, 0);

const inFull = (control: Control): string =>
  control.results
    .filter(({ status }) => status !== "passed")
    .slice(0, 100)
    .map(({ status, codeDesc, message }) => `[${status}] ${codeDesc}\n${message ?? ""}`.trim())
    .join("\n\n");

function outcome(control: Control): string {
  const { status } = control;
  if (status === "passed") return "";
  const reason = firstReason(control);
  const message = reason?.message ?? reason?.tested ?? status;
  if (status === "skipped" || status === "no_impact") return element("skipped", message, 2_000);
  const name = status === "failed" ? "failure" : "error";
  const type = control.results.find(({ exception }) => exception !== null)?.exception ?? control.severity;
  return `<${name}${attributes({ message, type })}>${content(inFull(control))}</${name}>`;
}

const testcase = (control: Control): string =>
  `    <testcase${attributes({
    name: [control.id, control.title].filter(Boolean).join(": "),
    classname: control.profile,
    time: time(control).toFixed(6),
  })}>${outcome(control)}</testcase>`;

function suite(name: string, controls: Control[], input: ReportInput): string {
  const count = (...statuses: Control["status"][]): number =>
    controls.filter(({ status }) => statuses.includes(status)).length;
  const head = attributes({
    name,
    tests: controls.length,
    failures: count("failed"),
    errors: count("error"),
    skipped: count("skipped", "no_impact"),
    time: controls.reduce((sum, control) => sum + time(control), 0).toFixed(6),
    hostname: targetName(input),
    ...(input.run === null ? {} : { timestamp: input.run.started.replace(/(\.\d+)?Z$/u, "") }),
  });
  return `  <testsuite${head}>\n${controls.map(testcase).join("\n")}\n  </testsuite>`;
}

export function junit(input: ReportInput): string {
  const suites = [...controlsByProfile(input)].map(([name, controls]) => suite(name, controls, input));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join("\n")}\n</testsuites>\n`;
}
