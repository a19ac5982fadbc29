/** Is a result whole? What the agent said it would run is compared with what came back; what is missing is no pass. */
import type { AgentEventOf } from "../protocol/events.ts";
import type { ExecJson, HdfProfile } from "./hdf.ts";
import { families } from "./overlays.ts";

/** Of the agent's `loaded` events, several of which may add up. */
export type LoadedProfiles = Pick<AgentEventOf<"loaded">["profiles"][number], "name" | "controls">[];

/** Why a result cannot be judged, in sentences; empty when it is whole. `loaded` is null for results from elsewhere. */
export function completeness(hdf: ExecJson, loaded: LoadedProfiles | null): string[] {
  const problems = hdf.profiles.flatMap(profileProblem);
  const empty = hdf.profiles.every(({ controls }) => controls.length === 0);
  if (empty && problems.length === 0) {
    problems.push(
      hdf.profiles.length === 0 ? "There is no profile in the result." : "There is no control in the result.",
    );
  }
  if (loaded === null) return problems;
  const found = families(hdf);
  const expected = new Map<string, Set<string>>();
  for (const { name, controls } of loaded) {
    const ids = expected.get(name) ?? new Set();
    for (const id of controls) ids.add(id);
    expected.set(name, ids);
  }
  for (const [name, ids] of expected) {
    if (!hdf.profiles.some((profile) => profile.name === name)) {
      problems.push(`The profile ${name} was loaded, but is not in the result.`);
      continue;
    }
    const present = new Set(
      found.flatMap(({ id, copies }) => (copies.some(({ profile }) => profile.name === name) ? [id] : [])),
    );
    const missing = [...ids].filter((id) => !present.has(id));
    if (missing.length > 0) {
      problems.push(
        `${missing.length} of the ${ids.size} controls of the profile ${name} are not in the result: ${list(missing)}.`,
      );
    }
  }
  return problems;
}

function profileProblem(profile: HdfProfile): string[] {
  const { name, status } = profile;
  if (status !== "failed" && status !== "skipped") return [];
  const why = (profile.status_message ?? profile.skip_message ?? "").trim();
  const what = status === "failed" ? "did not load" : "was skipped";
  return [`The profile ${name} ${what}${why === "" ? "" : `: ${why.replace(/\.$/u, "")}`}.`];
}

const list = (ids: string[]): string =>
  ids.length <= 10 ? ids.join(", ") : `${ids.slice(0, 10).join(", ")} and ${ids.length - 10} more`;
