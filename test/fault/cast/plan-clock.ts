import type { Instant } from "../../../src/domain/time.ts";
import { DAY_MS } from "../dates.ts";
import { realMono, type Cancel, type Clock } from "../../../src/runtime/clock.ts";

/** How soon a clock that was set is looked at. */
const LOOK_EVERY_MS = 50;

/**
 * A wall clock that somebody sets, by hand and in both directions, beside the time that it should say. That one leaps with
 * the plan, and is what the API server's clock shows.
 */
export class PlanClock implements Clock {
  #error = 0;
  readonly #armed = new Set<Cancel>();
  /** What has to be added to real time, since when. */
  readonly #leaps: { readonly real: number; readonly offset: number }[];

  constructor(from: Instant) {
    this.#leaps = [{ real: 0, offset: from - Date.now() }];
  }

  now(): Instant {
    return this.at(Date.now()) + this.#error;
  }

  /** True domain time of a real instant. */
  at(real: number): Instant {
    return real + (this.#leaps.findLast((leap) => leap.real <= real)?.offset ?? 0);
  }

  /** True time goes on from this instant, unless it is past. */
  leapTo(instant: Instant): void {
    const real = Date.now();
    if (this.at(real) < instant) this.#leaps.push({ real, offset: instant - real });
  }

  /** True time goes on from the next instant that is `of` on some later day. */
  leapToNext(of: Instant): void {
    const now = this.at(Date.now());
    this.leapTo(of + Math.max(Math.ceil((now - of) / DAY_MS), 0) * DAY_MS);
  }

  /** Sets the clock wrong by so much more. */
  step(byMs: number): void {
    this.#error += byMs;
  }

  /** Real timers alone say how often to look: the clock may be set meanwhile. */
  wakeAt(at: Instant, run: () => void): Cancel {
    let cancel: Cancel;
    const arm = (): void => {
      cancel = realMono.after(Math.min(Math.max(at - this.now(), 0), LOOK_EVERY_MS), () => {
        this.#armed.delete(stop);
        if (this.now() < at) return arm();
        run();
      });
      this.#armed.add(stop);
    };
    const stop = (): void => {
      cancel();
      this.#armed.delete(stop);
    };
    arm();
    return stop;
  }

  /** Nobody is woken any more. */
  stop(): void {
    for (const stop of this.#armed) stop();
  }
}
