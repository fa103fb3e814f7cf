import { keyOf } from "./kind.ts";
import type { KubeObject, ObjectMeta } from "./kind.ts";

/** One object came, changed or went. */
export interface Change<T> {
  readonly key: string;
  /** As it was in the store; absent for a new one. */
  readonly old?: T;
  /** As it is now; absent when it is gone. */
  readonly now?: T;
}

/** What the rest of the program may do with a cache. */
export interface ReadStore<T> {
  /** By `namespace/name`, or `name` for cluster-scoped kinds. */
  get(key: string): T | undefined;
  list(): T[];
  /** The objects for which the index `name` gives `value`. */
  byIndex(name: string, value: string): T[];
  /** How many they are. */
  countBy(name: string, value: string): number;
  readonly size: number;
  /** Goes up whenever an object comes, changes or goes. */
  readonly revision: number;
}

/** The values under which an object is found. */
export type Index<T> = (object: T) => readonly string[];

export interface StoreOptions<T> {
  /** Keeps what is used of an object; metadata must stay. */
  readonly project?: ((object: T) => T) | undefined;
  readonly indexes?: Readonly<Record<string, Index<T>>> | undefined;
}

/** A list that comes in pieces. */
export interface Relist<T> {
  /** Gives what the object changed, if it is news. */
  put(object: T): Change<T>[];
  /** The list is whole, as of `version`; gives what has gone. */
  end(version: string): Change<T>[];
}

/** How many deleted objects are remembered, so that a late answer to a write doesn't bring them back. */
const TOMBSTONES = 2_000;

/** A local copy of objects that never goes back in time: what is older than what it holds is dropped. */
export class Store<T extends KubeObject> implements ReadStore<T> {
  readonly #objects = new Map<string, T>();
  readonly #tombstones = new Map<string, string>();
  readonly #indexes = new Map<string, Map<string, Set<string>>>();
  readonly #valuesOf = new Map<string, Index<T>>();
  readonly #project: (object: T) => T;
  #revision = 0;

  constructor(options: StoreOptions<T> = {}) {
    this.#project = options.project ?? ((object) => object);
    this.addIndexes(options.indexes ?? {});
  }

  /** Adds indexes to a store that is still empty. */
  addIndexes(indexes: Readonly<Record<string, Index<T>>>): void {
    if (this.size > 0) throw new Error(`add indexes ${Object.keys(indexes).join(", ")}: the store is in use already`);
    for (const [name, valuesOf] of Object.entries(indexes)) {
      if (this.#valuesOf.has(name)) throw new Error(`add index "${name}": the store has one of that name`);
      this.#valuesOf.set(name, valuesOf);
      this.#indexes.set(name, new Map());
    }
  }

  get size(): number {
    return this.#objects.size;
  }

  get revision(): number {
    return this.#revision;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  byIndex(name: string, value: string): T[] {
    const found: T[] = [];
    for (const key of this.#index(name).get(value) ?? []) {
      const object = this.#objects.get(key);
      if (object !== undefined) found.push(object);
    }
    return found;
  }

  countBy(name: string, value: string): number {
    return this.#index(name).get(value)?.size ?? 0;
  }

  /** Takes the object in; gives what that changed, which is nothing if it isn't newer than what is known. */
  put(object: T): Change<T>[] {
    const key = keyOf(object.metadata);
    const old = this.#objects.get(key);
    if (!this.#isNews(object, old)) return [];
    const now = this.#trim(object);
    this.#set(key, old, now);
    if (old === undefined) return [{ key, now }];
    return old.metadata.uid === now.metadata.uid ? [{ key, old, now }] : [{ key, old }, { key, now }];
  }

  /** Takes the object out, as of the resourceVersion it has. */
  remove(object: T): Change<T>[] {
    const key = keyOf(object.metadata);
    const old = this.#objects.get(key);
    this.#bury(object.metadata.uid, object.metadata.resourceVersion);
    if (old === undefined || isOlder(object.metadata.resourceVersion, old.metadata.resourceVersion)) return [];
    this.#set(key, old, undefined);
    return [{ key, old }];
  }

  /** Takes in a whole list, in pieces: what isn't in it has gone, unless we know of it from later. One never ended only adds. */
  relist(): Relist<T> {
    const listed = new Set<string>();
    return {
      put: (object) => {
        listed.add(keyOf(object.metadata));
        return this.put(object);
      },
      end: (version) => this.#sweep(listed, version),
    };
  }

  /** What a write of our own has deleted for good: no event from before may bring it back. */
  forget(key: string, uid: string | undefined): Change<T>[] {
    const old = this.#objects.get(key);
    if (old === undefined || old.metadata.uid !== uid) return [];
    return this.remove(old);
  }

  /** The keys in which the store differs from a list as of `version`, though the watch has come at least as far. */
  differences(listed: ReadonlyMap<string, ObjectMeta>, version: string): string[] {
    const lost = [...listed].filter(([key, meta]) => isOlder(this.#objects.get(key)?.metadata.resourceVersion, meta.resourceVersion) && !this.#isBuried(meta));
    const ghosts = [...this.#objects].filter(([key, { metadata }]) => !listed.has(key) && !isOlder(version, metadata.resourceVersion));
    return [...lost, ...ghosts].map(([key]) => key).sort();
  }

  #index(name: string): Map<string, Set<string>> {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new Error(`look up index "${name}": the store has ${[...this.#indexes.keys()].join(", ") || "none"}`);
    return index;
  }

  #sweep(listed: ReadonlySet<string>, version: string): Change<T>[] {
    const gone = [...this.#objects].filter(([key, { metadata }]) => !listed.has(key) && !isOlder(version, metadata.resourceVersion));
    return gone.map(([key, old]) => {
      this.#bury(old.metadata.uid, version);
      this.#set(key, old, undefined);
      return { key, old };
    });
  }

  #isNews(object: T, old: T | undefined): boolean {
    if (this.#isBuried(object.metadata)) return false;
    return old === undefined || isOlder(old.metadata.resourceVersion, object.metadata.resourceVersion);
  }

  /** Whether the object was seen to go, at this version of it or later. */
  #isBuried({ uid, resourceVersion }: ObjectMeta): boolean {
    const buriedAt = this.#tombstones.get(uid ?? "");
    return buriedAt !== undefined && !isOlder(buriedAt, resourceVersion);
  }

  #bury(uid: string | undefined, version: string | undefined): void {
    if (uid === undefined || version === undefined) return;
    this.#tombstones.set(uid, version);
    const [oldest] = this.#tombstones.keys();
    if (this.#tombstones.size > TOMBSTONES && oldest !== undefined) this.#tombstones.delete(oldest);
  }

  #trim(object: T): T {
    const { managedFields: _drop, ...metadata }: T["metadata"] & { readonly managedFields?: unknown } = object.metadata;
    // Built anew rather than with `delete`, which would double the memory of every object.
    const trimmed = { ...object, metadata };
    return this.#project(trimmed);
  }

  #set(key: string, old: T | undefined, now: T | undefined): void {
    for (const [name, valuesOf] of this.#valuesOf) {
      const index = this.#indexes.get(name) ?? new Map<string, Set<string>>();
      for (const value of old === undefined ? [] : valuesOf(old)) removeFrom(index, value, key);
      for (const value of now === undefined ? [] : valuesOf(now)) index.set(value, (index.get(value) ?? new Set()).add(key));
    }
    this.#revision += 1;
    if (now === undefined) this.#objects.delete(key);
    else this.#objects.set(key, now);
  }
}

function removeFrom(index: Map<string, Set<string>>, value: string, key: string): void {
  const keys = index.get(value);
  keys?.delete(key);
  if (keys?.size === 0) index.delete(value);
}

/** Whether resourceVersion `a` is before `b`; they are numbers of any size (KEP-5504). */
export function isOlder(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a !== b;
  return a.length === b.length ? a < b : a.length < b.length;
}
