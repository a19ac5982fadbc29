/** Scans of this folder's own profile, and what they wrote to disk. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { core, leftovers, scannerImage, testImage } from "./harness.ts";

const fixtures = join(import.meta.dirname, "fixtures");
export const profile = join(fixtures, "profile");

export type Folder = { path: string; result: string } & Disposable;

/** A directory of a test's own, with the place of the result. */
export function folder(): Folder {
  const path = mkdtempSync(join(tmpdir(), "sidescan-test-"));
  return {
    path,
    result: join(path, "result.json"),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** The words of a scan, whose outcome goes to stdout and whose result goes into the folder; `more` names the profile. */
export const scanWords = (
  target: string,
  namespace: string,
  { result }: Folder,
  ...more: string[]
): string[] => [
  "scan",
  target,
  "--namespace",
  namespace,
  "--scanner-image",
  scannerImage,
  "--reporter",
  `json:${result}`,
  "cli",
  ...more,
];

/** Those of a scan of a test image with the profile of this folder. */
export const scanOf = (image: string, namespace: string, into: Folder, ...more: string[]): string[] =>
  scanWords(testImage(image), namespace, into, "--profile", profile, ...more);

type Control = {
  id: string;
  desc?: string | null;
  results: { status: string; code_desc: string; message?: string }[];
};

/** The controls as they lie on disk. */
export function controlsOn(file: string): Control[] {
  const { profiles } = JSON.parse(readFileSync(file, "utf8")) as { profiles: { controls: Control[] }[] };
  return profiles.flatMap(({ controls }) => controls);
}

/** Id and worst status of each control, as they lie on disk. */
export const statusesOn = (file: string): Record<string, string> =>
  Object.fromEntries(
    controlsOn(file).map(({ id, results }) => [
      id,
      results.map(({ status }) => status).find((status) => status !== "passed") ?? "passed",
    ]),
  );

/** Lets the time pass after which what a killed caller left counts as left. */
export async function expire(namespace: string): Promise<void> {
  const body = { metadata: { annotations: { "sidescan.dev/expires": "2001-01-01T00:00:00Z" } } };
  const patch = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
  for (const left of await leftovers(namespace)) {
    const [kind, name = ""] = left.split("/");
    if (kind === "pod") await core.patchNamespacedPod({ namespace, name, body }, patch);
    else if (kind === "secret") await core.patchNamespacedSecret({ namespace, name, body }, patch);
    else await core.patchNamespacedConfigMap({ namespace, name, body }, patch);
  }
}
