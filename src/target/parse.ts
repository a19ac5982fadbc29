/** The text a user names a target with -> Target. Pure: whether it exists is the engine's to say. */
import { usageError } from "../errors.ts";
import type { Target, UserSpec } from "./target.ts";

/** What only some targets take; a target that cannot take it refuses it. */
export type TargetOptions = { user?: string; imageConfig?: string; run?: boolean };

/** Schemes and kinds of the whole grammar, and where each runs. */
const grammar: Record<string, "here" | "not-yet-here" | "kubernetes"> = {
  dir: "here",
  pid: "here",
  archive: "not-yet-here",
  image: "kubernetes",
  pod: "kubernetes",
  deployment: "kubernetes",
  statefulset: "kubernetes",
  daemonset: "kubernetes",
};

const forms = "Targets are dir:PATH and pid:N";

/** @throws SidescanError (exit code 2) that says what a target looks like */
export function parseTarget(text: string, options: TargetOptions = {}): Target {
  const scheme = /^([a-z]+):/u.exec(text)?.[1];
  if (scheme === "dir") return directory(text.slice("dir:".length), options);
  if (scheme === "pid") return processOf(text.slice("pid:".length), options);
  if (text.trim() === "") throw usageError("The target is empty.", forms);
  if (scheme === "archive")
    throw usageError(
      "Image archives (archive:FILE) are not built yet.",
      "Unpack its root file system and name it: dir:PATH",
    );
  const kind = scheme ?? /^([a-z]+)\//u.exec(text)?.[1];
  if (kind !== undefined && grammar[kind] === "kubernetes")
    throw usageError(`${text}: Kubernetes targets are not built yet.`, `${forms}, on this machine.`);
  if (/^[./~]/u.test(text)) throw usageError(`${text} is no target.`, `For a directory write dir:${text}`);
  if (/^\d+$/u.test(text)) throw usageError(`${text} is no target.`, `For a process write pid:${text}`);
  const meant = scheme === undefined ? undefined : nearest(scheme);
  if (meant !== undefined)
    throw usageError(
      `${text} is no target: there is no ${scheme}:`,
      `Did you mean ${meant}:${text.slice(text.indexOf(":") + 1)}?`,
    );
  throw usageError(
    `${text} would be an image; images are scanned on Kubernetes, which is not built yet.`,
    `${forms}, on this machine.`,
  );
}

/** `uid[:gid]`, numbers or names. @throws SidescanError (exit code 2) */
export function parseUser(text: string): UserSpec {
  const [user, group, ...more] = text.split(":");
  if (!user || group === "" || more.length > 0 || !/^[^\s,/]+$/u.test(text))
    throw usageError(
      `--user ${text}: a user is UID, UID:GID, or names of the target's own passwd and group.`,
    );
  return { user, group: group ?? null };
}

/** The target as a word in titles and file names. */
export function targetSlug(target: Target): string {
  const name =
    target.kind === "pid"
      ? `pid-${target.pid}`
      : (target.path.split("/").findLast((part) => part !== "") ?? "root");
  return name.replaceAll(/[^\w.-]+/gu, "-").replace(/^[.-]+/u, "") || "target";
}

function directory(path: string, options: TargetOptions): Target {
  if (path === "") throw usageError("dir: needs a path.", "Such as dir:./rootfs");
  if (path.includes("\0")) throw usageError("dir: the path holds a NUL character, which no path can.");
  const run = options.run ?? false;
  if (run && options.imageConfig === undefined)
    throw usageError(
      "--run starts the image's own program, but nothing says what that is.",
      "Add --image-config FILE.",
    );
  return {
    kind: "dir",
    path,
    user: options.user === undefined ? null : parseUser(options.user),
    imageConfig: options.imageConfig ?? null,
    run,
  };
}

function processOf(text: string, options: TargetOptions): Target {
  const pid = Number(text);
  if (!/^[1-9]\d*$/u.test(text) || pid > 4_194_304)
    throw usageError(`pid:${text}: a process is named by its number, 1 to 4194304.`);
  const refused = [
    ...(options.user === undefined ? [] : ["--user"]),
    ...(options.imageConfig === undefined ? [] : ["--image-config"]),
    ...(options.run ? ["--run"] : []),
  ];
  if (refused.length > 0)
    throw usageError(
      `${refused.join(", ")}: a process that already runs is what it is; only dir: takes this.`,
    );
  return { kind: "pid", pid };
}

/** A known scheme one slip away: same letters, or one letter more, less or other. */
const nearest = (scheme: string): string | undefined =>
  Object.keys(grammar).find((known) => letters(known) === letters(scheme) || oneSlip(known, scheme));

const letters = (word: string): string => word.split("").sort().join("");

function oneSlip(one: string, other: string): boolean {
  if (Math.abs(one.length - other.length) > 1) return false;
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return (
    one.slice(at + 1) === other.slice(at + 1) ||
    one.slice(at) === other.slice(at + 1) ||
    one.slice(at + 1) === other.slice(at)
  );
}
