/** A pod's trouble as the user is told it, and what must be known of the run to tell it. */

/** The target's last log lines are only asked for, by `logsOf`: whoever tells it fetches them. */
export type Trouble = {
  message: string;
  hint?: string;
  details?: string[];
  /** The container whose last lines say more. */
  logsOf?: string;
};

/** What must be known of a run to tell whose fault something is. */
export type Cast = {
  scanner: string;
  target: string;
  /** Names of the run's own Secrets and ConfigMaps: that the kubelet looked for them too early passes. */
  own: ReadonlySet<string>;
  /** Whether a target that ended may be held by --hold. */
  canHold: boolean;
  /** The pod is not ours: what else is wrong in it is none of our business. */
  shared: boolean;
};

/** The scanner's container, or one that is there for it. */
export const isOurs = (name: string, { scanner }: Cast): boolean =>
  name === scanner || name.startsWith("sidescan-");
