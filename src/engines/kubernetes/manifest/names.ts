/** The names of everything that a run makes in a cluster, and what Kubernetes takes as a name. Pure. */

/** Containers of ours; a target's container of such a name is refused. */
export const scannerContainer = "sidescan";
export const toolsContainer = "sidescan-tools";
export const holdContainer = "sidescan-hold";
/** The container of an image target. */
export const targetContainer = "target";

/** Owned objects carry the run id whatever the pod is called, so that undoing a run cannot hit someone else's. */
export const ownedName = (run: string, what: string): string => `sidescan-${run}-${what}`;

export const podName = (run: string, wanted: string | null): string => wanted ?? `sidescan-${run}`;

/** RFC 1123 label: names of namespaces and containers. */
export const isLabelName = (text: string): boolean =>
  text.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/u.test(text);

/** RFC 1123 subdomain: names of nearly everything else. */
export const isName = (text: string): boolean =>
  text.length <= 253 && text.split(".").every((part) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/u.test(part));

/** Of labels and node selectors: an optional DNS prefix, then a name. */
export const isLabelKey = (text: string): boolean => {
  const [name = "", prefix, ...more] = text.split("/").toReversed();
  return (
    more.length === 0 &&
    (prefix === undefined || isName(prefix)) &&
    name.length <= 63 &&
    /^[A-Za-z0-9]([-\w.]*[A-Za-z0-9])?$/u.test(name)
  );
};

export const isLabelValue = (text: string): boolean =>
  text === "" || (text.length <= 63 && /^[A-Za-z0-9]([-\w.]*[A-Za-z0-9])?$/u.test(text));

/** Of environment variables, as every supported server takes them. */
export const isVariableName = (text: string): boolean => /^[-._A-Za-z][-._A-Za-z0-9]*$/u.test(text);

/** Where things lie in our containers, and in the target. */
export const paths = {
  spec: "/sidescan/spec",
  profiles: "/sidescan/profiles",
  results: "/sidescan/results",
  work: "/sidescan/work",
  kit: "/sidescan/kit",
  tools: "/opt/sidescan/tools",
  agent: "/opt/sidescan/bin/agent",
  hold: "/opt/sidescan/bin/hold",
  /** In the target, with --hold. */
  held: "/.sidescan",
  /** In an ephemeral container, which has no volumes. */
  attached: "/tmp/sidescan",
} as const;

/** Names the audited container's processes where others run beside them; the transport hides it from every answer. */
export const markerVariable = "SIDESCAN_TARGET";
