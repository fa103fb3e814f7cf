import { isMap, type Fields } from "./objects.ts";

/**
 * Which lists the API server merges by keys of their elements, and which are sets of scalars; all others are of one piece.
 * By the name of the field, which is enough for the kinds that are served here.
 */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ["name"],
  initContainers: ["name"],
  env: ["name"],
  volumes: ["name"],
  volumeMounts: ["mountPath"],
  topologySpreadConstraints: ["topologyKey", "whenUnsatisfiable"],
  ownerReferences: ["uid"],
  conditions: ["type"],
  slots: ["attempt"],
  lines: ["major"],
  halts: ["version"],
  releases: ["version"],
  waves: ["name"],
  restorePoints: ["name"],
};
const PORT_KEYS = { container: ["containerPort", "protocol"], service: ["port", "protocol"] } as const;
const SETS = new Set(["finalizers", "windows", "proxyRegions", "lanes", "failed"]);

/** The keys of a list's elements; undefined: it is of one piece. */
export function keysOf(field: string, list: readonly unknown[]): readonly string[] | "value" | undefined {
  if (SETS.has(field)) return "value";
  if (field !== "ports") return KEYS[field];
  return list.some((port) => isMap(port) && "containerPort" in port) ? PORT_KEYS.container : PORT_KEYS.service;
}

/** Tells an element of a keyed list from the others. */
export function idOf(element: unknown, keys: readonly string[] | "value"): string {
  if (keys === "value" || !isMap(element)) return `[${JSON.stringify(element)}]`;
  return JSON.stringify(keys.map((key) => element[key] ?? (key === "protocol" ? "TCP" : "")));
}

/** The paths of everything that a value says: its leaves, and the elements of its keyed lists. */
export function pathsOf(value: Fields): Set<string> {
  const paths = new Set<string>();
  collect(value, { path: "", field: "" }, paths);
  return paths;
}

interface Place {
  readonly path: string;
  readonly field: string;
}

function collect(value: unknown, { path, field }: Place, into: Set<string>): void {
  if (isMap(value)) {
    const names = Object.keys(value);
    if (names.length === 0 && path !== "") into.add(path);
    for (const name of names) collect(value[name], { path: `${path}/${name}`, field: name }, into);
    return;
  }
  const keys = Array.isArray(value) ? keysOf(field, value) : undefined;
  if (!Array.isArray(value) || keys === undefined) return void into.add(path);
  for (const element of value as readonly unknown[]) {
    const at = `${path}/${idOf(element, keys)}`;
    into.add(at);
    if (isMap(element)) collect(element, { path: at, field: "" }, into);
  }
}

/** The object with everything in it that `config` says; elements of keyed lists come in the order of `config`. */
export function merged(live: unknown, config: unknown, field = ""): unknown {
  if (isMap(config) && isMap(live)) {
    const result: Record<string, unknown> = { ...live };
    for (const name of Object.keys(config)) result[name] = merged(live[name], config[name], name);
    return result;
  }
  const keys = Array.isArray(config) && Array.isArray(live) ? keysOf(field, config) : undefined;
  if (!Array.isArray(config) || !Array.isArray(live) || keys === undefined) return config;
  const known = new Map(live.map((element: unknown) => [idOf(element, keys), element]));
  const wanted = config.map((element: unknown) => merged(known.get(idOf(element, keys)), element));
  const ids = new Set(config.map((element: unknown) => idOf(element, keys)));
  return [...live.filter((element: unknown) => !ids.has(idOf(element, keys))), ...wanted];
}

/** The value without the paths that are to go; maps that this empties go as well. */
export function without(value: unknown, gone: ReadonlySet<string>, place: Place = { path: "", field: "" }): unknown {
  if (gone.size === 0) return value;
  if (isMap(value)) {
    const kept: Record<string, unknown> = {};
    let isChanged = false;
    for (const name of Object.keys(value)) {
      const path = `${place.path}/${name}`;
      const left = gone.has(path) ? undefined : without(value[name], gone, { path, field: name });
      if (left !== value[name]) isChanged = true;
      if (left !== undefined) kept[name] = left;
    }
    if (!isChanged) return value;
    return Object.keys(kept).length === 0 && place.path !== "" ? undefined : kept;
  }
  const keys = Array.isArray(value) ? keysOf(place.field, value) : undefined;
  if (!Array.isArray(value) || keys === undefined) return value;
  const kept = value.flatMap((element: unknown) => {
    const path = `${place.path}/${idOf(element, keys)}`;
    const left = gone.has(path) ? undefined : without(element, gone, { path, field: "" });
    return left === undefined ? [] : [left];
  });
  if (kept.length === value.length && kept.every((element, n) => element === value[n])) return value;
  return kept.length === 0 ? undefined : kept;
}
