/** So many tenants' regions follow at a time when a cluster is back: each rolls its proxies, and the cluster has to start them. */
export const MOST_FOLLOWING = 20;

/**
 * Whose regions may follow now that their cluster is back. Nothing is recorded of it: what is being rolled when a process begins
 * is seen, and holds a turn; so for a moment after a restart there may be more than `MOST_FOLLOWING`.
 */
export class FollowTurns {
  readonly #wake: (tenant: string) => void;
  readonly #following = new Set<string>();
  readonly #waiting = new Set<string>();

  /** `wake` has a tenant looked at, for which there may be a turn now. */
  constructor(wake: (tenant: string) => void) {
    this.#wake = wake;
  }

  /** Whether the tenant has a turn; if not, it is woken when there is one. */
  take(tenant: string): boolean {
    if (!this.#following.has(tenant) && this.#following.size >= MOST_FOLLOWING) {
      this.#waiting.add(tenant);
      return false;
    }
    this.hold(tenant);
    return true;
  }

  /** It is at it already. */
  hold(tenant: string): void {
    this.#waiting.delete(tenant);
    this.#following.add(tenant);
  }

  /** It has nothing to follow, or cannot. */
  leave(tenant: string): void {
    const wasWaiting = this.#waiting.delete(tenant);
    if (!this.#following.delete(tenant) && !wasWaiting) return;
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    this.#wake(next);
  }
}
