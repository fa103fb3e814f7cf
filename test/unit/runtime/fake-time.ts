import type { Instant } from "../../../src/domain/time.ts";
import type { Cancel, Clock, Mono, Rng } from "../../../src/runtime/clock.ts";

/** Time that moves only when a test says so; serves as domain time and as elapsed time at once. */
export class FakeTime implements Mono, Clock {
  #now: number;
  #timers: { at: number; run: () => void }[] = [];

  constructor(now = 0) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): Cancel {
    return this.wakeAt(this.#now + ms, run);
  }

  wakeAt(at: Instant, run: () => void): Cancel {
    const timer = { at, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** How many timers are armed. */
  get armed(): number {
    return this.#timers.length;
  }

  /** Moves on by `ms`, running what comes due in order and letting promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#timers = this.#timers.filter((other) => other !== timer);
      this.#now = Math.max(this.#now, timer.at);
      timer.run();
      await settle();
    }
    this.#now = end;
  }

  /** Time goes by while nobody gets to run. */
  pass(ms: number): void {
    this.#now += ms;
  }

  #next(end: number): { at: number; run: () => void } | undefined {
    return this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

/** Lets everything that waits for nothing but promises run. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** No jitter at all. */
export const noJitter: Rng = { next: () => 0 };
