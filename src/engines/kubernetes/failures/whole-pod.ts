/** What ends a pod as a whole, or keeps it from beginning: its node, the scheduler, or somebody who deletes it. Pure. */
import type { V1Pod } from "../manifest/api.ts";
import type { Sight } from "../follow.ts";
import type { Trouble } from "./trouble.ts";

/** What the scheduler says when it finds no node; null when it found one or has not looked yet. */
export function unschedulable({ pod, events }: Sight): string | null {
  const condition = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (condition?.status !== "False" || condition.reason === "SchedulingGated") return null;
  const said = condition.message ?? events.findLast(({ reason }) => reason === "FailedScheduling")?.message;
  return said ?? condition.reason ?? "no node was found";
}

/** @param waited seconds that it was given to find one; 0: none */
export const schedulingTrouble = (pod: V1Pod, said: string, waited: number): Trouble => ({
  message: `No node takes the pod ${nameOf(pod)}${waited > 0 ? `, also not within ${waited} s` : ""}: ${said}`,
  hint:
    waited > 0
      ? "Free or add nodes, or change what the pod asks for (--node-selector, --toleration, --overrides)."
      : "Change what the pod asks for (--node-selector, --toleration, --overrides); with an autoscaler, give it time: --schedule-wait 300",
});

/** By the condition DisruptionTarget, which newer servers set. */
const disruptions: Record<string, string> = {
  EvictionByEvictionAPI: "it was evicted (a node is being drained, perhaps)",
  PreemptionByScheduler: "the scheduler made room for a pod of higher priority",
  DeletionByTaintManager: "its node has a taint that it does not tolerate",
  DeletionByPodGC: "its node is gone",
  TerminationByKubelet: "its node had to end it (it is short of memory or disk, or shuts down)",
};

/** @param gone it is not in the API any more */
export function wholePod(pod: V1Pod, gone: boolean): Trouble | null {
  const name = nameOf(pod);
  const { phase, reason, message, conditions } = pod.status ?? {};
  const node = pod.spec?.nodeName ?? "its node";
  const disruption = conditions?.find(({ type, status }) => type === "DisruptionTarget" && status === "True");
  const said = message === undefined || message === "" ? "" : ` ${message}`;
  if (reason === "NodeLost")
    return { message: `The node ${node} does not answer any more.${said}`, hint: "Scan again." };
  if (reason === "Evicted")
    return {
      message: `The pod ${name} was evicted from ${node}.${said}`,
      hint: "The node is short of memory or disk; scan again, or choose another one with --node-selector.",
    };
  if (reason === "DeadlineExceeded")
    return {
      message: `The pod ${name} reached its deadline of ${pod.spec?.activeDeadlineSeconds ?? "?"} s.${said}`,
      hint: "Allow more time: --timeout SECONDS",
    };
  if (gone || pod.metadata?.deletionTimestamp !== undefined) {
    const why = disruptions[disruption?.reason ?? ""];
    return {
      message: `The pod ${name} was deleted by somebody else during the scan${why === undefined ? "." : `: ${why}.`}`,
      hint: "Scan again.",
    };
  }
  if (phase === "Failed" && reason !== undefined)
    return {
      message: `The node ${node} refuses the pod ${name}: ${reason}.${said}`,
      hint: /^OutOf|NodeAffinity|MatchNodeSelector/u.test(reason)
        ? "The node has no room for it, or is not the right one; scan again, or choose another one with --node-selector."
        : "Scan again, or choose another node with --node-selector.",
    };
  return null;
}

const nameOf = (pod: V1Pod): string => pod.metadata?.name ?? "";
