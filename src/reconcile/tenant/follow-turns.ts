import type { Mono } from "../../runtime/clock.ts";

/** So many tenants' regions follow at a time when a cluster is back: each rolls its proxies, and the cluster has to start them. */
export const MOST_FOLLOWING = 20;

export interface FollowTurnsOptions {
  readonly mono: Mono;
  /** Elapsed milliseconds after which a turn lapses. */
  readonly longestMs: number;
  /** Has a tenant looked at that was given a turn. */
  readonly wake: (tenant: string) => void;
}

/**
 * Whose regions may follow now that their cluster is back. Nothing is recorded of it: what is being rolled when a process begins
 * is seen, and holds a turn; so for a moment after a restart there may be more than `MOST_FOLLOWING`. A turn lapses: what hangs,
 * such as a pod that goes on ending on a node that is dead, is not undone, but keeps nobody else waiting.
 */
export class FollowTurns {
  readonly #options: FollowTurnsOptions;
  /** When each was given its turn. */
  readonly #turns = new Map<string, number>();
  /** The longest waiting first. */
  readonly #waiting = new Set<string>();
  /** What they are at counts no longer. */
  readonly #lapsed = new Set<string>();

  constructor(options: FollowTurnsOptions) {
    this.#options = options;
  }

  /** Whether the tenant has a turn; if not, it is woken as soon as it was given one. */
  take(tenant: string): boolean {
    this.#lapse();
    if (!this.#turns.has(tenant)) this.#waiting.add(tenant);
    this.#handOn(tenant);
    return this.#turns.has(tenant);
  }

  /** It is at it already. */
  hold(tenant: string): void {
    if (!this.#turns.has(tenant) && !this.#lapsed.has(tenant)) this.#give(tenant);
    this.#lapse();
    this.#handOn();
  }

  /** It has nothing to follow, or cannot. */
  leave(tenant: string): void {
    for (const each of [this.#turns, this.#waiting, this.#lapsed]) each.delete(tenant);
    this.#lapse();
    this.#handOn();
  }

  #lapse(): void {
    const { mono, longestMs } = this.#options;
    for (const [tenant, since] of this.#turns) {
      if (mono.now() - since < longestMs) continue;
      this.#turns.delete(tenant);
      this.#lapsed.add(tenant);
    }
  }

  /** To whom it is handed on has it, even before it was looked at: nobody else is given the same one. */
  #handOn(asking?: string): void {
    for (const next of this.#waiting) {
      if (this.#turns.size >= MOST_FOLLOWING) return;
      this.#give(next);
      if (next !== asking) this.#options.wake(next);
    }
  }

  #give(tenant: string): void {
    this.#waiting.delete(tenant);
    this.#lapsed.delete(tenant);
    this.#turns.set(tenant, this.#options.mono.now());
  }
}
