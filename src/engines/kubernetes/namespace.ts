/** What the namespace of a run demands of its pods. */
import type { Api } from "./api/client.ts";
import { isRefusal } from "./api/exchange.ts";
import type { SecurityLevel } from "./manifest/types.ts";
import { explained } from "./api/refusals.ts";

const label = "pod-security.kubernetes.io/enforce";

/** Null when it is not said, or may not be known. @throws SidescanError (exit 3) when there is no such namespace */
export async function enforcedLevel(
  api: Api,
  namespace: string,
  signal?: AbortSignal,
): Promise<SecurityLevel | null> {
  try {
    const found = await api.call<{ metadata?: { labels?: Record<string, string> } }>(
      "GET",
      `/api/v1/namespaces/${namespace}`,
      { signal },
    );
    const level = found.metadata?.labels?.[label];
    return level === "privileged" || level === "baseline" || level === "restricted" ? level : null;
  } catch (error) {
    if (isRefusal(error, 403)) return null;
    throw explained(error, { what: `use the namespace ${namespace}`, namespace }, api.access);
  }
}
