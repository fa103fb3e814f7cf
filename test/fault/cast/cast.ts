import type { Instant } from "../../../src/domain/time.ts";
import { OWN_KINDS } from "../../../src/operator.ts";
import { OWNED_KINDS } from "../../../src/reconcile/ports.ts";
import type { Where } from "../write-log.ts";

/** So many kinds an operator watches: one that watches fewer does not know what there is. */
export const ALL_WATCHES = OWN_KINDS.length + OWNED_KINDS.length;

/** Whoever plays the operator in a plan: one incarnation after the other, two replicas, or real processes. */
export interface Cast {
  /** Somebody begins to work, at this instant of domain time; resolves once it is on its way. */
  raise(from: Instant): Promise<void>;
  /** The clock of whoever works. */
  now(): Instant;
  /** Whether somebody is ready and has nothing to do. */
  isAtRest(): boolean;
  /** Whether whoever works has been sent that change of a kind, or a later one. */
  hasBeenSent(where: Where, plural: string, revision: number): boolean;
  /** Whoever works dies at this instant, and another one starts at once. */
  crash(): void;
  /** Ends everybody; resolves when nothing of them is left. */
  end(): Promise<void>;
  /** That the work is done: time goes on to the end. */
  finish(): void;
  /** Nothing moves, and it is not done: on to the next night, where a cast has no rehearsed clock that does so by itself. */
  nextNight(): void;
  /** True domain time of a real instant: what the cluster's own clock says. */
  at(real: number): Instant;
  /** That people's wishes have been understood: from now on time may leap. */
  unleash(): void;
}
