import { hash } from "node:crypto";
import { isFields, type Fields } from "./fields.ts";
import type { KubeObject } from "./kind.ts";
import { isSameQuantity } from "./quantity.ts";

/** Holds the hash of what we applied last, so that a field that we stopped wanting is noticed. */
export const APPLIED_ANNOTATION = "slacktide.dev/applied";

/**
 * Whether applying `desired` would change nothing: every field of it is in `live` with an equal value, and it
 * is what was applied last. As the API server does it, maps may hold more than desired, lists with keys may hold
 * further elements, and other lists must be as long; selectors and what a NetworkPolicy asks for are of one piece, and
 * must be just as desired. Don't desire `false` or `0` where the server leaves it out.
 */
export function isUpToDate(desired: KubeObject, live: KubeObject): boolean {
  const asked = digestOf(JSON.stringify(desired));
  if (foundUpToDate.get(live) === asked) return true;
  if (!isFoundIn(desired, live)) return false;
  foundUpToDate.set(live, asked);
  return true;
}

/** What was asked of an object when it had it all. Objects are never changed in place, and most looks at a tenant ask the same of the same ones. */
const foundUpToDate = new WeakMap<KubeObject, number>();

/** 52 bits: a number takes less memory than a text, and each object that we made has one. */
function digestOf(text: string): number {
  return Number.parseInt(hash("sha256", text, "hex").slice(0, 13), 16);
}

function isFoundIn(desired: KubeObject, live: KubeObject): boolean {
  if (live.metadata.annotations?.[APPLIED_ANNOTATION] !== hashOf(desired)) return false;
  return isPartOf(asStored(desired), live, desired.kind === "NetworkPolicy" ? WHOLE_SPEC : SELECTORS);
}

/** Whether everything of `desired` is in `live`, a part of some object, with an equal value. */
export function isContained(desired: object | null, live: object): boolean {
  return desired !== null && isPartOf(desired, live, SELECTORS);
}

/** The object marked with the hash of itself. */
export function withAppliedHash<T extends KubeObject>(desired: T): T {
  const annotations = { ...desired.metadata.annotations, [APPLIED_ANNOTATION]: hashOf(desired) };
  return { ...desired, metadata: { ...desired.metadata, annotations } };
}

/** Whether two JSON values are equal, whatever the order of their fields; for a status, which is ours alone. */
export function isEqual(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

/** A short hash that doesn't depend on the order of fields, nor on preconditions and an earlier mark. */
function hashOf(object: KubeObject): string {
  const { uid: _uid, resourceVersion: _version, annotations = {}, ...metadata } = object.metadata;
  const { [APPLIED_ANNOTATION]: _mark, ...others } = annotations;
  const stable = canonical({ ...object, metadata: { ...metadata, annotations: others } });
  return hash("sha256", stable, "hex").slice(0, 16);
}

function canonical(value: unknown): string {
  return JSON.stringify(sorted(value));
}

/** With the fields of every map in order; built by hand, since this runs for every object at every look at a tenant. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isFields(value)) return value;
  const result: Record<string, unknown> = {};
  for (const name of inOrder(Object.keys(value))) result[name] = sorted(value[name]);
  return result;
}

/** Sorts the few names of a map in place, by insertion: a general sort takes longer to begin than this to end. */
function inOrder(names: string[]): readonly string[] {
  for (let next = 1; next < names.length; next += 1) {
    const name = names[next] ?? "";
    let at = next;
    for (let before = names[at - 1]; before !== undefined && before > name; before = names[at - 1]) {
      names[at] = before;
      at -= 1;
    }
    names[at] = name;
  }
  return names;
}

/** A Secret's `stringData` is written only; it is read as `data`, in base64. */
function asStored(desired: KubeObject): Fields {
  const { stringData, ...rest }: Fields = { ...desired };
  if (desired.kind !== "Secret" || !isFields(stringData)) return { ...desired };
  const encoded = Object.entries(stringData).map(([name, text]) => [name, Buffer.from(String(text)).toString("base64")]);
  return { ...rest, data: { ...(isFields(rest["data"]) ? rest["data"] : {}), ...Object.fromEntries(encoded) } };
}

/** Lists that the API server merges by these fields of their elements. */
const KEYED: Readonly<Record<string, readonly string[]>> = {
  containers: ["name"],
  initContainers: ["name"],
  env: ["name"],
  imagePullSecrets: ["name"],
  volumes: ["name"],
  volumeMounts: ["mountPath"],
  ports: ["containerPort", "port", "protocol"],
  topologySpreadConstraints: ["topologyKey", "whenUnsatisfiable"],
  ownerReferences: ["uid"],
  conditions: ["type"],
};
type Fieldset = ReadonlySet<string>;

/** Fields that the API server replaces as a whole. What anybody adds to a selector makes it choose fewer. */
const SELECTORS: Fieldset = new Set(["selector", "podSelector", "namespaceSelector", "labelSelector"]);
/** What anybody adds to a rule of a NetworkPolicy may open it. */
const WHOLE_SPEC: Fieldset = new Set(["spec"]);
/** Maps that say something by being there, with nothing in them: one of several kinds. */
const TELLING: Fieldset = new Set(["selfSigned", "emptyDir"]);
/** Maps of quantities, which the API server writes in its own way: 1000m is stored as 1. */
const QUANTITIES = new Set(["requests", "limits", "hard"]);

function isPartOf(desired: unknown, live: unknown, whole: Fieldset, field = ""): boolean {
  if (whole.has(field)) return canonical(pruned(desired)) === canonical(pruned(live));
  if (isNothing(desired)) return isFields(desired) ? isFields(live) || !TELLING.has(field) : isNothing(live);
  if (Array.isArray(desired)) return Array.isArray(live) && isListPartOf(desired, live, KEYED[field], whole);
  if (!isFields(desired)) return desired === live;
  if (!isFields(live)) return false;
  const hasQuantities = QUANTITIES.has(field);
  for (const name of Object.keys(desired)) {
    const isThere = hasQuantities ? isSameQuantity(desired[name], live[name]) : isPartOf(desired[name], live[name], whole, name);
    if (!isThere) return false;
  }
  return true;
}

/** Without what the API server may leave out; an empty map may choose everything, and stays. */
function pruned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pruned);
  if (!isFields(value)) return value;
  const there = Object.entries(value).filter(([, inner]) => isFields(inner) || !isNothing(inner));
  return Object.fromEntries(there.map(([name, inner]) => [name, pruned(inner)]));
}

/** What the API server may leave out when it is asked for. */
function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (typeof value !== "object") return false;
  if (Array.isArray(value)) return value.length === 0;
  for (const _name in value) return false;
  return true;
}

function isListPartOf(desired: readonly unknown[], live: readonly unknown[], keys: readonly string[] | undefined, whole: Fieldset): boolean {
  if (keys === undefined) return desired.length === live.length && desired.every((element, n) => isPartOf(element, live[n], whole));
  return desired.every((element) => live.some((other) => hasSameKeys(element, other, keys) && isPartOf(element, other, whole)));
}

function hasSameKeys(desired: unknown, live: unknown, keys: readonly string[]): boolean {
  return isFields(desired) && isFields(live) && keys.every((key) => desired[key] === undefined || desired[key] === live[key]);
}
