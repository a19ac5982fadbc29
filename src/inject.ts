/** A workload's manifests with the scanner in them, ready to be deployed by whoever deploys the workload. */
import { readFile } from "node:fs/promises";
import { parseAllDocuments, type Document } from "yaml";
import type { PlanStep } from "./engines/engine.ts";
import { readRequestFiles } from "./engines/kubernetes/request-files.ts";
import {
  containersIn,
  hasPods,
  inject,
  nameOfWorkload,
  type Workload,
} from "./engines/kubernetes/manifest/inject.ts";
import type { ClusterSettings } from "./engines/kubernetes/manifest/types.ts";
import { messageOf, usageError } from "./errors.ts";
import { checkOptions, type ScanOptions } from "./options.ts";
import { prepare } from "./scan/prepare.ts";
import { Undo } from "./undo.ts";

/** `objects` in the order in which they can be created: what a workload mounts comes before it. */
export type Injection = { objects: object[]; steps: PlanStep[] };

/**
 * @param content of the file: YAML or JSON, several documents, Lists
 * @throws SidescanError (exit code 2) for what cannot be read, holds no workload, or cannot hold a scanner
 */
export async function injectScanner(
  content: string,
  file: string,
  options: Omit<ScanOptions, "target">,
): Promise<Injection> {
  const objects = documentsOf(content, file).flatMap(unlisted);
  const chosen = new Map(
    objects
      .filter(hasPods)
      .map((workload) => [workload, containerOf(workload, options.container)] as const)
      .filter((entry): entry is [Workload, string] => entry[1] !== null),
  );
  if (chosen.size === 0)
    throw usageError(
      options.container === undefined
        ? `There is no workload in ${file}.`
        : `No workload in ${file} has a container ${options.container}.`,
      "It holds a Deployment, StatefulSet, DaemonSet, ReplicaSet or Pod.",
    );
  const made: Injection = { objects: [], steps: [] };
  for (const object of objects) {
    const container = chosen.get(object);
    if (container === undefined) {
      made.objects.push(object);
      continue;
    }
    const { workload, owned, steps } = await injected(object, container, options);
    made.objects.push(...owned, workload);
    made.steps.push(...steps);
  }
  return made;
}

/** Read as `sidescan inject -f` does; `-` is standard input. @throws SidescanError (exit code 2) */
export async function readManifests(file: string): Promise<string> {
  try {
    return await readFile(file === "-" ? "/dev/stdin" : file, "utf8");
  } catch (error) {
    throw usageError(`Cannot read ${file}: ${messageOf(error)}`);
  }
}

async function injected(workload: Workload, container: string, options: Omit<ScanOptions, "target">) {
  const undo = new Undo();
  try {
    // The target is alive and stays: what is for throw-away pods does not hold here.
    const checked = checkOptions({
      commands: "read-only",
      ...options,
      target: nameOfWorkload(workload),
      container,
    });
    const { request, cluster } = await prepare(checked, undo);
    return inject(
      workload,
      container,
      request,
      await readRequestFiles(request),
      (cluster as ClusterSettings).pod,
    );
  } finally {
    await undo.run();
  }
}

function containerOf(workload: Workload, wanted: string | undefined): string | null {
  const names = containersIn(workload);
  if (wanted !== undefined) return names.includes(wanted) ? wanted : null;
  if (names.length > 1)
    throw usageError(
      `${nameOfWorkload(workload)} has ${names.length} containers.`,
      `Say which one is audited: -c ${names.join(", -c ")}`,
    );
  return names[0] ?? null;
}

function documentsOf(content: string, file: string): unknown[] {
  // As kubectl reads them.
  const documents = parseAllDocuments(content, { version: "1.1" }) as Document[];
  return documents
    .map((document) => {
      const [error] = document.errors;
      if (error !== undefined)
        throw usageError(`${file} is neither YAML nor JSON: ${error.message.split("\n")[0]}`);
      return document.toJS() as unknown;
    })
    .filter((object) => object !== null && object !== undefined);
}

function unlisted(object: unknown): Workload[] {
  if (typeof object !== "object" || object === null || Array.isArray(object))
    throw usageError(
      "A document holds no Kubernetes object.",
      "Every document is a mapping with apiVersion and kind.",
    );
  const { kind, items } = object as { kind?: unknown; items?: unknown };
  return typeof kind === "string" && kind.endsWith("List") && Array.isArray(items)
    ? items.flatMap(unlisted)
    : [object];
}
