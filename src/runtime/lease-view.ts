import type { Mono } from "./clock.ts";
import type { Lease, SeenLease } from "./lease.ts";
import type { Logger } from "./logger.ts";

export interface LeaseViewOptions {
  readonly name: string;
  readonly identity: string;
  /** How long our own leases last, in milliseconds; a Lease that was deleted is taken to last as long. */
  readonly durationMs: number;
  readonly mono: Mono;
  readonly log: Logger;
}

/** What one process knows of a Lease, and since when by its own clock. */
export class LeaseView {
  readonly #options: LeaseViewOptions;
  #seen: { readonly lease: SeenLease | undefined; readonly since: number } | undefined;

  constructor(options: LeaseViewOptions) {
    this.#options = options;
  }

  /** Whether anything is known at all. */
  isKnown(): boolean {
    return this.#seen !== undefined;
  }

  /** The Lease as it was seen last; undefined if there was none. */
  get lease(): SeenLease | undefined {
    return this.#seen?.lease;
  }

  /** How long the Lease is somebody else's; 0 or less: it is free, ours, or not known. */
  waitMs(): number {
    const { mono, identity, durationMs } = this.#options;
    if (this.#seen === undefined || this.lease?.holder === "" || this.lease?.holder === identity) return 0;
    return this.#seen.since + (this.lease?.durationMs ?? durationMs) - mono.now();
  }

  /** Takes in what is there; says whether that is news. */
  note(lease: SeenLease | undefined): boolean {
    const { mono, log, name } = this.#options;
    const before = this.#seen;
    if (before !== undefined && before.lease?.version === lease?.version) return false;
    if (lease !== undefined && before?.lease?.holder !== lease.holder) log.info("lease observed", { lease: name, holder: lease.holder });
    // Where there was none from the first, there is nobody to wait for; one that was deleted may have a leader still.
    const isNew = before === undefined && lease === undefined;
    this.#seen = { lease, since: isNew ? -Infinity : mono.now() };
    return true;
  }

  /** The Lease as this process would have it now. */
  own(): Lease {
    const { identity, durationMs } = this.#options;
    const before = this.lease?.transitions ?? -1;
    return { holder: identity, durationMs, transitions: this.lease?.holder === identity ? before : before + 1 };
  }
}
