/** What a pod's status says of its containers, and how one ended. Pure. */
import type { V1ContainerStatus, V1Pod } from "./manifest/api.ts";

/** Of init containers, containers and ephemeral ones, in this order. */
export const statusesOf = ({ status }: V1Pod): V1ContainerStatus[] => [
  ...(status?.initContainerStatuses ?? []),
  ...(status?.containerStatuses ?? []),
  ...(status?.ephemeralContainerStatuses ?? []),
];

export const statusOf = (pod: V1Pod, container: string): V1ContainerStatus | undefined =>
  statusesOf(pod).find(({ name }) => name === container);

/** As a container's status has it, as far as it matters here. */
export type Terminated = { exitCode: number; signal?: number | undefined; reason?: string | undefined };

const signals: Record<number, string> = { 1: "SIGHUP", 2: "SIGINT", 4: "SIGILL", 6: "SIGABRT", 8: "SIGFPE" };
Object.assign(signals, { 7: "SIGBUS", 9: "SIGKILL", 11: "SIGSEGV", 13: "SIGPIPE", 15: "SIGTERM" });

/** A container's end in words; runtimes tell a signal as exit code 128 + number. */
export function howItEnded(terminated: Terminated): string {
  const { exitCode, reason } = terminated;
  const signal = signalOf(terminated);
  if (reason === "OOMKilled") return "killed because it needed more memory than its limit (OOMKilled)";
  if (signal !== null) return `by ${signal} (exit code ${exitCode})`;
  return `with exit code ${exitCode}`;
}

/** Null when it ended by itself; else `SIGKILL`, or `signal 40` for one without a name. */
export function signalOf(terminated: Terminated): string | null {
  const number = terminated.signal || (terminated.exitCode > 128 ? terminated.exitCode - 128 : 0);
  return number > 0 && number < 65 ? (signals[number] ?? `signal ${number}`) : null;
}
