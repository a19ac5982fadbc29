/** Labels and annotations by which everything of a run is found again, by people and by `sidescan gc`. Pure. */
import { version } from "../../../version.ts";

export const runLabel = "sidescan.dev/run";
export const managedBy = { "app.kubernetes.io/managed-by": "sidescan" } as const;
export const expiresAnnotation = "sidescan.dev/expires";
export const injectedAnnotation = "sidescan.dev/injected";
export const targetContainerAnnotation = "sidescan.dev/target-container";
/** Of the packed profile archives, in hexadecimal, joined by commas. */
export const profileDigestAnnotation = "sidescan.dev/profile-sha256";

export const labelsOf = (run: string, component: "scan" | "inject" = "scan"): Record<string, string> => ({
  "app.kubernetes.io/name": "sidescan",
  ...managedBy,
  "app.kubernetes.io/component": component,
  [runLabel]: run,
});

/** Free text goes into annotations: label values are at most 63 letters, digits, dots, dashes and underscores. */
export const annotationsOf = (of: {
  target: string;
  profileNames: string[];
  expires: Date | null;
}): Record<string, string> => ({
  "sidescan.dev/target": of.target,
  "sidescan.dev/profile": of.profileNames.join(", ").slice(0, 4096),
  "sidescan.dev/version": version(),
  ...(of.expires === null ? {} : { [expiresAnnotation]: of.expires.toISOString() }),
});
