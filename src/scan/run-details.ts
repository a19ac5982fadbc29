/** How a scan came about, for its reports. */
import { release } from "node:os";
import type { TargetFacts } from "../target/target.ts";
import { capital } from "../errors.ts";
import type { CheckedOptions } from "../options.ts";
import type { Phases } from "./phases.ts";
import type { Prepared } from "./prepare.ts";
import type { Told } from "./converse.ts";
import type { RunDetails } from "../reports/report.ts";
import { version } from "../version.ts";

export function runDetails(of: {
  started: Date;
  checked: CheckedOptions;
  prepared: Prepared;
  told: Told;
  phases: Phases;
  commandLine: string[];
  facts: TargetFacts | undefined;
}): RunDetails {
  const { told, phases } = of;
  return {
    target: [
      of.checked.target,
      ...(of.checked.container === undefined ? [] : ["-c", of.checked.container]),
    ].join(" "),
    profiles: of.prepared.profiles.map(({ source }) => source),
    started: of.started.toISOString(),
    durations: { ...phases.durations },
    tools: {
      sidescan: version(),
      ...(told.auditor === null ? {} : { [told.auditor.name]: told.auditor.version }),
      ...(told.hello === null ? {} : { ruby: told.hello.ruby }),
      kernel: release(),
    },
    notices: [
      ...(told.access?.limits ?? []).map(({ what, why }) => capital(`${what}: ${why}`)),
      ...phases.notices.filter(({ level }) => level === "warning").map(({ message }) => message),
    ],
    commandLine: of.commandLine,
    ...(of.facts === undefined ? {} : { facts: of.facts }),
  };
}
