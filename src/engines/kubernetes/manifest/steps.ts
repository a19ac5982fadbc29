/** What a run's pod is like, in words: for `plan`, and for whoever wonders why. Pure. */
import type { V1Pod } from "./api.ts";
import type { PlanStep } from "../../engine.ts";
import { expiresAnnotation } from "./labels.ts";
import { holdContainer, markerVariable, paths, toolsContainer } from "./names.ts";
import { securityLevel, violations } from "./security.ts";
import type { RunSettings, SecurityLevel } from "./types.ts";

export function furtherSteps(
  pod: V1Pod,
  { pod: options, kit, cluster, enforced }: RunSettings,
  apart: boolean,
  marked: boolean,
): PlanStep[] {
  const level = securityLevel(pod);
  const broken = violations(pod);
  return [
    {
      what: "shared process namespace: the target's program is not process 1",
      why: "the scanner sees the target's processes by it; a program that insists on being process 1, as init systems do, does not start",
    },
    {
      what: `Pod Security Standard: ${level}`,
      why:
        broken.length === 0
          ? "every check of restricted is met"
          : `not ${level === "privileged" ? "baseline" : "restricted"}, because of: ${[...new Set(broken.filter((one) => level === "baseline" || one.level === "baseline").map(({ check }) => check))].join(", ")}`,
    },
    ...(enforced !== null && stricter(enforced, level)
      ? [
          {
            what: `the namespace enforces ${enforced}, which will refuse this pod`,
            why: "choose a lower --access, or another namespace",
          },
        ]
      : []),
    ...(kit === null
      ? apart
        ? [
            {
              what: `container ${toolsContainer}: holds the tools that the scanner lends to the target's commands`,
              why: "a hostile root target could climb out of the tools' directory into the container that it lies in, so it lies in one that holds nothing else",
            },
          ]
        : []
      : [
          {
            what: `scanner: ${options.scannerImage}, to which agent and transport travel in a ConfigMap`,
            why: "--scanner-kit; such an image brings no shell and tools to lend: a target without a shell answers only what is answered natively",
          },
        ]),
    ...(options.hold
      ? [
          {
            what: `hold: the target's program is ${paths.held}/hold, put there by the init container ${holdContainer}`,
            why: `--hold; controls about processes see that program, and ${paths.held} is a directory of the target's root`,
          },
        ]
      : []),
    ...(marked
      ? [
          {
            what: `${markerVariable} in the target's environment`,
            why: "it tells the target's processes from those of the containers beside it; no answer shows it",
          },
        ]
      : []),
    ...(options.mountResults === null
      ? []
      : [
          {
            what: `results volume: in the target at ${options.mountResults.path}, ${options.mountResults.writable ? "writable" : "read-only"}`,
            why: options.mountResults.writable
              ? "--mount-results; the target could change results before they are retrieved"
              : "--mount-results; whatever user it runs as may read what the scanner saw",
          },
        ]),
    {
      what: cluster.keep ? "nothing is removed" : "the pod and what it owns are removed in the end",
      why: cluster.keep
        ? `--keep; sidescan gc removes them after ${pod.metadata?.annotations?.[expiresAnnotation]}`
        : `should sidescan be killed, the pod ends after ${pod.spec?.activeDeadlineSeconds} seconds, and sidescan gc removes it`,
    },
  ];
}

const strictness: SecurityLevel[] = ["privileged", "baseline", "restricted"];
const stricter = (one: SecurityLevel, other: SecurityLevel): boolean =>
  strictness.indexOf(one) > strictness.indexOf(other);
