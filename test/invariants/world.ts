import type { KubeObject } from "../../src/kube/kind.ts";
import type { SeenWrite } from "./violation.ts";

/**
 * How long what somebody changed may take to reach a decision of the operator that was right when it was made: a watch is
 * found silent after 90 s, a reconcile ends after 60 s, a call after 30 s.
 */
export const STALE_MS = 180_000;

interface Version {
  readonly object: KubeObject | undefined;
  readonly since: number;
}

/** The cluster as the writes that were seen leave it, with what it was like a short while ago. */
export class World {
  readonly #kinds = new Map<string, Map<string, Version[]>>();
  /** Kinds that nobody asks about later. */
  readonly #ignored = new Set(["Event", "Lease"]);
  readonly #rememberMs: number;
  /** How long ago at most the world was as a right decision may have seen it. */
  readonly staleMs: number;
  #elapsed = -Infinity;

  constructor(staleMs: number) {
    this.staleMs = staleMs;
    // The inventory may have been read a minute before a decision that is as old as a world may be.
    this.#rememberMs = staleMs + STALE_MS;
  }

  /** Elapsed milliseconds as of the last write. */
  get elapsed(): number {
    return this.#elapsed;
  }

  note({ kind, key, after, before, at, elapsed = at }: SeenWrite): void {
    this.#elapsed = Math.max(this.#elapsed, elapsed);
    if (this.#ignored.has(kind)) return;
    const objects = this.#kinds.get(kind) ?? new Map<string, Version[]>();
    this.#kinds.set(kind, objects);
    // What was there before the first write that was seen has always been there.
    const versions = objects.get(key) ?? [{ object: before, since: -Infinity }];
    versions.push({ object: after, since: this.#elapsed });
    // The oldest one that is kept was still there at the beginning of what is remembered.
    while ((versions[1]?.since ?? Infinity) <= this.#elapsed - this.#rememberMs) versions.shift();
    if (versions.length === 1 && after === undefined) objects.delete(key);
    else objects.set(key, versions);
  }

  now(kind: string, key: string): KubeObject | undefined {
    return this.#kinds.get(kind)?.get(key)?.at(-1)?.object;
  }

  /** Every version that was there at some time in the last `ms`, the newest first; undefined: it was not there. */
  lately(kind: string, key: string, ms = this.staleMs): readonly (KubeObject | undefined)[] {
    const versions = this.#kinds.get(kind)?.get(key) ?? [];
    const from = this.#elapsed - ms;
    return versions.filter((_, n) => (versions[n + 1]?.since ?? Infinity) > from).map(({ object }) => object).reverse();
  }

  /** The keys of a kind that are or were there lately. */
  keys(kind: string): readonly string[] {
    return [...(this.#kinds.get(kind)?.keys() ?? [])];
  }

  all(kind: string): readonly KubeObject[] {
    return this.keys(kind).flatMap((key) => this.now(kind, key) ?? []);
  }
}
