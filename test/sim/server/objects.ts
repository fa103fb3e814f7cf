import type { KubeObject, ObjectMeta } from "../../../src/kube/kind.ts";

/** Anything that JSON can say of an object. */
export type Fields = Readonly<Record<string, unknown>>;

/** An object as the server keeps it: frozen, so that whoever reads it may be given the very same. */
export type Stored = KubeObject & Fields;

export function isMap(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What JSON would make of a value: without what is undefined, sharing nothing with it that can change. */
export function plain<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  // Nobody but this server freezes what is sent, and what it keeps is plain already.
  if (Object.isFrozen(value)) return value;
  if (Array.isArray(value)) return value.map((each: unknown) => plain(each)) as T; // an array of the same
  const copy: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(value)) if (part !== undefined) copy[name] = plain(part);
  return copy as T; // the same fields
}

/** Freezes what is not frozen yet; objects are changed by making new ones that share what stays. */
export function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
  return value;
}

/** Whether two JSON values are equal, whatever the order of fields. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((each, n) => equal(each, b[n]));
  if (!isMap(a) || !isMap(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => equal(a[name], b[name]));
}

/** The object with other metadata. */
export function withMeta(object: Stored, change: Partial<{ readonly [K in keyof ObjectMeta]: ObjectMeta[K] | undefined }>): Stored {
  const metadata: Record<string, unknown> = { ...object.metadata, ...change };
  for (const name of Object.keys(change)) if (metadata[name] === undefined) delete metadata[name];
  return { ...object, metadata: metadata as unknown as ObjectMeta }; // name and namespace never change
}
