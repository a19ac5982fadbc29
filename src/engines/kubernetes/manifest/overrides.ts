/**
 * A strategic merge of a partial pod over a generated one, as `kubectl run --overrides` does it: maps are merged, null deletes, lists of
 * things that have a name are merged by it, other lists are replaced; `$patch`, `$retainKeys` and
 * `$deleteFromPrimitiveList` are understood. Keys are those of the Kubernetes API (patchMergeKey). New items come last, where Kubernetes
 * has them first: the scanner must stay the first container. Pure.
 */
import { usageError } from "../../../errors.ts";

type Fields = Record<string, unknown>;

/** By the path of a list inside a pod, `*` for an item of the list before. */
const mergeKeys: Record<string, string> = {
  "metadata.ownerReferences": "uid",
  "spec.volumes": "name",
  "spec.imagePullSecrets": "name",
  "spec.hostAliases": "ip",
  "spec.topologySpreadConstraints": "topologyKey",
  "spec.schedulingGates": "name",
  "spec.resourceClaims": "name",
  ...Object.fromEntries(
    ["containers", "initContainers", "ephemeralContainers"].flatMap((list) => [
      [`spec.${list}`, "name"],
      [`spec.${list}.*.env`, "name"],
      [`spec.${list}.*.ports`, "containerPort"],
      [`spec.${list}.*.volumeMounts`, "mountPath"],
      [`spec.${list}.*.volumeDevices`, "devicePath"],
    ]),
  ),
};
const primitiveLists = new Set(["metadata.finalizers"]);
const directives = new Set(["$patch", "$retainKeys"]);

/**
 * @returns a new pod; neither argument is changed
 * @throws SidescanError (exit code 2) when the overrides are not shaped like a pod
 */
export function mergeStrategically<Pod extends object>(pod: Pod, overrides: Fields): Pod {
  const { apiVersion, kind } = overrides;
  if ((apiVersion ?? "v1") !== "v1" || (kind ?? "Pod") !== "Pod")
    throw refused("", `they are a ${String(apiVersion)} ${String(kind)}, not a v1 Pod`);
  const stray = Object.keys(overrides).filter(
    (key) => !["apiVersion", "kind", "metadata", "spec"].includes(key),
  );
  if (stray.length > 0) throw refused("", `a pod has no ${stray.join(", ")}; such fields go below spec:`);
  return mergeMap(structuredClone(pod) as Fields, overrides, "") as Pod;
}

function mergeMap(base: Fields, patch: Fields, path: string): Fields {
  const how = patch.$patch;
  const rest = Object.fromEntries(Object.entries(patch).filter(([key]) => !directives.has(key)));
  if (how === "replace") return clean(rest, path) as Fields;
  if (how === "delete") return {};
  if (how !== undefined && how !== "merge")
    throw refused(path, `$patch: ${JSON.stringify(how)} is none of merge, replace, delete`);
  const kept = patch.$retainKeys === undefined ? base : retained(base, rest, patch.$retainKeys, path);
  const merged: Fields = { ...kept };
  for (const [key, value] of Object.entries(rest)) {
    if (key.startsWith("$")) mergePrimitives(merged, key, value, path);
    else set(merged, key, value === null ? undefined : mergeValue(merged[key], value, join(path, key)));
  }
  return merged;
}

function mergeValue(base: unknown, patch: unknown, path: string): unknown {
  if (Array.isArray(patch)) {
    if (base !== undefined && !Array.isArray(base)) throw refused(path, "this is no list");
    return mergeList((base as unknown[] | undefined) ?? [], patch, path);
  }
  if (isMap(patch)) {
    if (base !== undefined && !isMap(base)) throw refused(path, "this is no mapping");
    return mergeMap(base ?? {}, patch, path);
  }
  if (isMap(base) || Array.isArray(base))
    throw refused(path, `this is a ${isMap(base) ? "mapping" : "list"}, not ${JSON.stringify(patch)}`);
  return patch;
}

function mergeList(base: unknown[], patch: unknown[], path: string): unknown[] {
  if (primitiveLists.has(path)) return [...new Set([...base, ...patch])];
  const key = mergeKeys[path];
  if (key === undefined) return clean(patch, path) as unknown[];
  const replacing = patch.filter((item) => isMap(item) && item.$patch === "replace");
  if (replacing.length > 0) {
    // Kubernetes would drop the whole list, and what else that item says.
    if (replacing.some((item) => Object.keys(item as Fields).length > 1))
      throw refused(
        path,
        "an item that says $patch: replace says nothing else; the list's new items stand beside it",
      );
    return clean(
      patch.filter((item) => !replacing.includes(item)),
      path,
    ) as unknown[];
  }
  let merged = [...base];
  for (const item of patch) {
    if (!isMap(item) || item[key] === undefined)
      throw refused(
        path,
        `every item needs its ${key}, by which it is merged: ${JSON.stringify(item)?.slice(0, 80)}`,
      );
    const at = merged.findIndex((one) => (one as Fields)[key] === item[key]);
    if (item.$patch === "delete") merged = merged.filter((one) => (one as Fields)[key] !== item[key]);
    else if (at < 0) merged.push(mergeMap({}, item, `${path}.*`));
    else merged[at] = mergeMap(merged[at] as Fields, item, `${path}.*`);
  }
  return merged;
}

/** What is not merged with anything may hold neither directives nor nulls. */
function clean(value: unknown, path: string): unknown {
  if (Array.isArray(value)) return value.map((item) => clean(item, `${path}.*`));
  if (!isMap(value)) return value;
  const entries = Object.entries(value).filter(([key, one]) => one !== null && key !== "$patch");
  const directive = entries.find(([key]) => key.startsWith("$"));
  if (directive !== undefined)
    throw refused(path, `${directive[0]} has no meaning in a list that is replaced whole`);
  return fieldsOf(entries.map(([key, one]) => [key, clean(one, join(path, key))]));
}

/** A union such as a volume: of what was there, only the named keys stay. */
function retained(base: Fields, patch: Fields, keys: unknown, path: string): Fields {
  if (!Array.isArray(keys)) throw refused(path, "$retainKeys is a list of keys");
  const stray = Object.keys(patch).filter((key) => !keys.includes(key));
  if (stray.length > 0) throw refused(path, `${stray.join(", ")} is set but not among $retainKeys`);
  return Object.fromEntries(Object.entries(base).filter(([key]) => keys.includes(key)));
}

function mergePrimitives(merged: Fields, directive: string, value: unknown, path: string): void {
  const [name, field = ""] = directive.split("/");
  const list = merged[field];
  if (name === "$deleteFromPrimitiveList" && Array.isArray(value) && primitiveLists.has(join(path, field))) {
    if (Array.isArray(list)) merged[field] = list.filter((item) => !value.includes(item));
    return;
  }
  throw refused(path, `${directive} is not understood; $patch, $retainKeys and $deleteFromPrimitiveList are`);
}

function set(fields: Fields, key: string, value: unknown): void {
  if (value === undefined) delete fields[key];
  else Object.defineProperty(fields, key, { value, enumerable: true, writable: true, configurable: true });
}

/** Like Object.fromEntries, which it is: a key `__proto__` becomes a field like any other. */
const fieldsOf = (entries: [string, unknown][]): Fields => Object.fromEntries(entries);

const isMap = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const join = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

const refused = (path: string, why: string): ReturnType<typeof usageError> =>
  usageError(
    `The overrides cannot be merged: ${path === "" ? "" : `${path}: `}${why}.`,
    "They are a partial pod, as `kubectl run --overrides` takes it.",
  );
