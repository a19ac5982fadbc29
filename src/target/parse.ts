/** The text a user names a target with -> Target. Pure: whether it exists is the engine's to say. */
import { usageError } from "../errors.ts";
import { badImage } from "./image.ts";
import { workloadKinds, type Target, type UserSpec, type WorkloadKind } from "./target.ts";

/** What belongs to the target itself; whether it can take it is said by takes.ts. */
export type TargetOptions = {
  user?: string;
  imageConfig?: string;
  run?: boolean;
  container?: string;
  clone?: boolean;
};

/** Kinds of objects, also as kubectl shortens them. */
const kinds: Record<string, "pod" | WorkloadKind> = {
  pod: "pod",
  po: "pod",
  deploy: "deployment",
  sts: "statefulset",
  ds: "daemonset",
  rs: "replicaset",
  cj: "cronjob",
  ...Object.fromEntries(workloadKinds.map((kind) => [kind, kind])),
  ...Object.fromEntries(["pod" as const, ...workloadKinds].map((kind) => [`${kind}s`, kind])),
};
const schemes = ["dir", "pid", "archive", "image"];

const forms =
  "Targets are dir:PATH and pid:N on this machine; an image (nginx:1.27, or image:REF), pod/NAME, deployment/NAME, statefulset/NAME, daemonset/NAME, replicaset/NAME, job/NAME and cronjob/NAME in a cluster.";

/** @throws SidescanError (exit code 2) that says what a target looks like */
export function parseTarget(text: string, options: TargetOptions = {}): Target {
  const scheme = /^([a-z]+):/u.exec(text)?.[1];
  if (scheme === "dir") return directory(text.slice("dir:".length), options);
  if (scheme === "pid") return processOf(text.slice("pid:".length));
  if (scheme === "image") return image(text.slice("image:".length));
  if (text.trim() === "") throw usageError("The target is empty.", forms);
  if (scheme === "archive")
    throw usageError(
      "Image archives (archive:FILE) are not built yet.",
      "Unpack its root file system and name it: dir:PATH",
    );
  const object = /^([a-z]+)(?:\.(?:apps|batch))?\/(.*)$/su.exec(text);
  const kind = object?.[1] === undefined ? undefined : kinds[object[1]];
  if (kind !== undefined) return named(kind, object?.[2] ?? "", options);
  if (/^[./~]/u.test(text))
    throw usageError(`${shown(text)} is no target.`, `For a directory write dir:${shown(text)}`);
  if (/^\d+$/u.test(text)) throw usageError(`${text} is no target.`, `For a process write pid:${text}`);
  slipped(text, scheme, object);
  return image(text);
}

/** `uid[:gid]`, numbers or names. @throws SidescanError (exit code 2) */
export function parseUser(text: string): UserSpec {
  const [user, group, ...more] = text.split(":");
  if (!user || group === "" || more.length > 0 || !/^[^\s,/]+$/u.test(text))
    throw usageError(
      `--user ${shown(text)}: a user is UID, UID:GID, or names of the target's own passwd and group.`,
    );
  return { user, group: group ?? null };
}

/** The target as a word in titles and file names. */
export function targetSlug(target: Target): string {
  return (
    nameOf(target)
      .replaceAll(/[^\w.-]+/gu, "-")
      .replace(/^[.-]+/u, "")
      .slice(0, 100) || "target"
  );
}

const nameOf = (target: Target): string => {
  if (target.kind === "pid") return `pid-${target.pid}`;
  if (target.kind === "dir") return target.path.split("/").findLast((part) => part !== "") ?? "root";
  if (target.kind === "image") return (target.image.split("@")[0] ?? "").split("/").at(-1) ?? "image";
  const kind = target.kind === "pod" ? [] : [target.workload];
  return [...kind, target.name, ...(target.container === null ? [] : [target.container])].join("-");
};

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

function processOf(text: string): Target {
  const pid = Number(text);
  if (!/^[1-9]\d*$/u.test(text) || pid > 4_194_304)
    throw usageError(`pid:${shown(text)}: a process is named by its number, 1 to 4194304.`);
  return { kind: "pid", pid };
}

function image(text: string): Target {
  const wrong = badImage(text);
  if (wrong !== null)
    throw usageError(`${text === "" ? "image:" : shown(text)} is no target and no image: ${wrong}.`, forms);
  return { kind: "image", image: text };
}

function named(kind: "pod" | WorkloadKind, name: string, { container, clone }: TargetOptions): Target {
  if (name.length > 253 || !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/u.test(name))
    throw usageError(
      `${kind}/${shown(name)}: that is no name of a ${kind}: Kubernetes takes small letters, digits, dashes and dots.`,
      `For an image write image:${shown(name) || "REF"}; the namespace is given by --namespace.`,
    );
  if (container !== undefined && !/^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/u.test(container))
    throw usageError(
      `--container ${shown(container)}: that is no name of a container.`,
      "It is the name of one of the pod's containers; without it all of them are audited.",
    );
  const one = { name, container: container ?? null };
  return kind === "pod"
    ? { kind, ...one, clone: clone ?? false }
    : { kind: "workload", workload: kind, ...one };
}

/** What looks like a slip of the finger is not taken for an image, which would be pulled from a public registry. */
function slipped(text: string, scheme: string | undefined, object: RegExpExecArray | null): void {
  const word = scheme ?? object?.[1];
  if (word === undefined) return;
  const rest = text.slice(text.search(/[:/]/u) + 1);
  const known = scheme === undefined ? ["pod", ...workloadKinds] : schemes;
  // `pod:web` and `dir/path` are the other grammar's.
  const other = scheme === undefined ? schemes : Object.keys(kinds);
  const mark = scheme === undefined ? "/" : ":";
  const otherMark = mark === "/" ? ":" : "/";
  const meant = other.includes(word)
    ? `${word}${otherMark}${rest}`
    : known.filter((one) => one.length > 2 && isNear(one, word)).map((one) => `${one}${mark}${rest}`)[0];
  if (meant === undefined) return;
  throw usageError(
    `${shown(text)} is no target: there is no ${word}${mark}`,
    `Did you mean ${shown(meant)}?${badImage(text) === null ? ` For an image of that name write image:${text}` : ""}`,
  );
}

/** A word one slip away: same letters, or one letter more, less or other. */
const isNear = (known: string, word: string): boolean =>
  letters(known) === letters(word) || oneSlip(known, word);

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

/** What a user typed goes back to a terminal: nothing in it may steer that, nor fill it. */
const shown = (text: string): string => {
  const plain = text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, "�");
  return plain.length > 120 ? `${plain.slice(0, 117)}...` : plain;
};
