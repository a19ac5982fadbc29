/** What the user named. Pure: nothing is looked up here. */

/** `uid[:gid]`, numbers or names of the target's own passwd and group. */
export type UserSpec = { user: string; group: string | null };

export type Target =
  | { kind: "dir"; path: string; user: UserSpec | null; imageConfig: string | null; run: boolean }
  | { kind: "pid"; pid: number };
