/** A control as MITRE SAF counts it, whichever way it was read. */
import { severities, type Counts, type Status } from "../results/model.ts";
import { countControls } from "../results/rules.ts";

/** `severity` is the tag as written when there is one: "High" is not "high". */
export type SafControl = { id: string; status: Status; severity: string };

/** By status and severity; a severity that is in no bucket is `other`. */
export const countSafControls = (controls: SafControl[]): Counts =>
  countControls(
    controls.map(({ status, severity }) => {
      const bucket = severities.find((one) => one === severity);
      return { status, severity: bucket ?? "none", rawSeverity: bucket === undefined ? severity : null };
    }),
  );
