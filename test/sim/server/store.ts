import { keyOf } from "../../../src/kube/kind.ts";
import type { ServedKind } from "./kinds.ts";
import { freeze, withMeta, type Stored } from "./objects.ts";

/** One change of one object, as the server's log has it. */
export interface Committed {
  readonly version: number;
  readonly kind: ServedKind;
  readonly key: string;
  readonly before: Stored | undefined;
  readonly after: Stored | undefined;
  /** For a deletion: the last state, with the resourceVersion of the deletion. */
  readonly last: Stored;
  readonly by: string;
}

/** All objects under one resourceVersion, with the changes that led to them as far back as they are kept. */
export class ObjectStore {
  readonly #objects = new Map<string, Map<string, Stored>>();
  readonly #log = new Map<string, Committed[]>();
  readonly #onCommit: (change: Committed) => void;
  #version = 1;
  #compactedTo = 0;

  constructor(onCommit: (change: Committed) => void) {
    this.#onCommit = onCommit;
  }

  /** The resourceVersion of the last change. */
  get version(): number {
    return this.#version;
  }

  /** Nothing before this resourceVersion can be asked for any more. */
  get compactedTo(): number {
    return this.#compactedTo;
  }

  get(kind: Pick<ServedKind, "kind">, key: string): Stored | undefined {
    return this.#objects.get(kind.kind)?.get(key);
  }

  /** In the order of their keys, as a range read of the real store gives them. */
  list(kind: Pick<ServedKind, "kind">): Stored[] {
    return [...(this.#objects.get(kind.kind) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  /** In no particular order. */
  values(kind: string): IterableIterator<Stored> {
    return (this.#objects.get(kind) ?? new Map<string, Stored>()).values();
  }

  /** Writes (or, without `after`, removes) an object, whatever is there. */
  commit(kind: ServedKind, ref: { readonly name: string; readonly namespace?: string | undefined }, { after, by }: { after: Stored | undefined; by: string }): Stored {
    const key = keyOf(ref);
    const objects = this.#objects.get(kind.kind) ?? new Map<string, Stored>();
    this.#objects.set(kind.kind, objects);
    const before = objects.get(key);
    const object = after ?? before;
    if (object === undefined) throw new Error(`remove ${kind.kind} "${key}": it is not there`);
    this.#version += 1;
    const last = freeze(withMeta(object, { resourceVersion: String(this.#version) }));
    if (after === undefined) objects.delete(key);
    else objects.set(key, last);
    const change = { version: this.#version, kind, key, before, after: after === undefined ? undefined : last, last, by };
    const log = this.#log.get(kind.kind);
    if (log === undefined) this.#log.set(kind.kind, [change]);
    else log.push(change);
    this.#onCommit(change);
    return last;
  }

  /** The changes of a kind after a resourceVersion; undefined if some of them are forgotten. */
  changesSince(kind: Pick<ServedKind, "kind">, version: number): readonly Committed[] | undefined {
    if (version < this.#compactedTo) return undefined;
    const log = this.#log.get(kind.kind) ?? [];
    return log.filter((change) => change.version > version);
  }

  /** Forgets all changes up to now. */
  compact(): void {
    this.#compactedTo = this.#version;
    this.#log.clear();
  }
}
