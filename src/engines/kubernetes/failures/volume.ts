/** Volumes that cannot be mounted, which only events tell. Pure. */
import type { CoreV1Event } from "../manifest/api.ts";
import type { Cast, Trouble } from "./trouble.ts";

/** Only what will not pass by itself. */
export function volumeTrouble({ reason, message = "" }: CoreV1Event, own: Cast["own"]): Trouble | null {
  if (reason !== "FailedMount" && reason !== "FailedAttachVolume") return null;
  const missing =
    /(secret|configmap|persistentvolumeclaim) "([^"]+)" not found|references non-existent (\w+) key/iu.exec(
      message,
    );
  if (missing === null || own.has(missing[2] ?? "") || [...own].some((name) => message.includes(name)))
    return null;
  return {
    message: `A volume cannot be mounted: ${message}`,
    hint:
      missing[2] === undefined
        ? "Add the key, or mark the reference as optional in the workload."
        : `Create the ${missing[1]} ${missing[2]} in this namespace.`,
  };
}
