import { InvariantViolation } from "../invariants/monitor.ts";
import { attemptOf } from "../invariants/shapes.ts";
import type { Committed } from "./server/store.ts";

/** A clock that is further off than this is not trusted (design §6, `ClockUntrusted`). */
const TRUSTED_MS = 30_000;
/** What was decided before the clock was set may be written so much later. */
const LANDING_MS = 180_000;

/** Where the clock of a writer's machine stands. */
export interface WritersClock {
  readonly offset: number;
  /** Elapsed milliseconds at which it was set last. */
  readonly setAt: number;
}

/** No attempt begins by a clock that is off: what it takes for the inside of a window is somewhere else. */
export class ClockRule {
  readonly #begun = new Set<string>();

  see({ kind, key, before, after, by }: Committed, { clock, elapsed, at }: { readonly clock: WritersClock; readonly elapsed: number; readonly at: number }): void {
    const attempt = kind.kind === "Deployment" ? attemptOf(after) : undefined;
    if (attempt === undefined || this.#begun.has(attempt.id)) return;
    this.#begun.add(attempt.id);
    if (Math.abs(clock.offset) <= TRUSTED_MS || elapsed - clock.setAt < LANDING_MS) return;
    const write = { at, by, kind: kind.kind, key, before, after };
    throw new InvariantViolation("I1", `attempt ${attempt.id} began by a clock that is ${clock.offset / 1000} s off`, write);
  }
}
