import { LABEL } from "../../../src/api/index.ts";
import type { KubeObject } from "../../../src/kube/kind.ts";
import { versionOf } from "../../support/audit.ts";
import type { AnyObject, Names, World } from "../world.ts";

/** What is left at the end, flat: a path to each value, with everything that is new in every run replaced. */
export type EndState = ReadonlyMap<string, string>;

/** Also how long upgrades took, which is another time in every run, and what stands for times and uids. */
const LEFT_OUT = new Set(["managedFields", "uid", "resourceVersion", "creationTimestamp", "durations", "outlook", "downtime"]);

export function endStateOf(world: World, names: Names): EndState {
  const state = new Map<string, string>();
  for (const object of world.all()) {
    if (object.kind === "Pod") count(state, normalised(`${object.metadata.namespace ?? ""}/${podOf(object)}`, names));
    else flatten(state, keyIn(names, object), object);
  }
  return state;
}

/** The name of an object as every run has it. */
export function keyIn(names: Names, object: AnyObject): string {
  const { namespace, name } = object.metadata;
  return normalised(`${object.kind} ${namespace === undefined ? "" : `${namespace}/`}${object.kind === "Pod" ? podOf(object) : name}`, names);
}

/** A pod without the part of its name that is chance. */
function podOf(pod: AnyObject): string {
  const { containers = [] } = (pod.spec ?? {}) as { containers?: { image: string }[] }; // a Pod's
  return `${pod.metadata.labels?.[LABEL.component] ?? ""}@${versionOf(containers[0]?.image)}`;
}

function count(state: Map<string, string>, pod: string): void {
  const key = `Pods ${pod}`;
  state.set(key, String(Number(state.get(key) ?? 0) + 1));
}

export function normalised(text: string, { id, aliases = new Map() }: Names): string {
  return [...aliases]
    .reduce((renamed, [name, alias]) => renamed.replaceAll(name, alias), text)
    .replaceAll(id, "{plan}")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, "<time>")
    .replaceAll(/\d{8}[tT]\d{6}[zZ]/g, "<time>")
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uid>");
}

function flatten(state: Map<string, string>, prefix: string, object: KubeObject): void {
  const walk = (path: string, value: unknown): void => {
    if (Array.isArray(value)) return value.forEach((each, n) => walk(`${path}[${keyOfElement(each) ?? n}]`, each));
    if (typeof value !== "object" || value === null) return void state.set(path, JSON.stringify(value) ?? "");
    for (const [field, each] of Object.entries(value)) if (!LEFT_OUT.has(field)) walk(`${path}.${field}`, each);
  };
  walk(prefix, object);
}

/** Lists of conditions and the like are maps by another name. */
function keyOfElement(element: unknown): string | undefined {
  const { type, code } = (element ?? {}) as { type?: unknown; code?: unknown }; // whatever it is
  return typeof type === "string" ? type : typeof code === "string" ? code : undefined;
}

