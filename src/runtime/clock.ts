import { setTimeout as schedule, clearTimeout } from "node:timers";

import type { Instant } from "../domain/time.ts";

/** Stops what was armed; calling it twice, or after the fact, does nothing. */
export type Cancel = () => void;

/** Domain time, which may be rehearsed (design §12): windows, cuts, ages, soak, lapse. */
export interface Clock {
  /** Now, in epoch milliseconds UTC; never goes back within one process when rehearsed. */
  now(): Instant;
  /** Runs `run` once, at or soon after `at`; at once (but never synchronously) if `at` has passed. */
  wakeAt(at: Instant, run: () => void): Cancel;
}

/** Elapsed real time, never rehearsed: transport, watchdog, backoff, deadlines. */
export interface Mono {
  /** Milliseconds since some fixed point; never goes back. */
  now(): number;
  /** Runs `run` once after `ms` milliseconds, however many. */
  after(ms: number, run: () => void): Cancel;
}

/** A source of chance: `next()` is in [0, 1). */
export interface Rng {
  next(): number;
}

/** Node's timers overflow above 2^31-1 ms (24.8 days) and then fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** A wait longer than this doesn't keep the process alive by itself. */
const KEEPS_ALIVE_MS = 60_000;
/** A wall clock may be set while we sleep, so look at it at least this often. */
const LOOK_AT_CLOCK_MS = 60_000;

/** The machine's monotonic time and the only user of Node's timers. */
export const realMono: Mono = {
  // oxlint-disable-next-line no-restricted-properties -- this is the time that everything else is given
  now: () => performance.now(),
  after(ms, run) {
    let timer: NodeJS.Timeout;
    const arm = (left: number): void => {
      const part = Math.min(Math.max(left, 0), LONGEST_TIMER_MS);
      timer = schedule(() => (left > part ? arm(left - part) : run()), part);
      if (ms > KEEPS_ALIVE_MS) timer.unref();
    };
    arm(ms);
    return () => clearTimeout(timer);
  },
};

// oxlint-disable-next-line no-restricted-properties -- this is the clock that everything else is given
const wallClock = (): Instant => Date.now();

/** The machine's wall clock as domain time. */
export function realClock(mono: Mono): Clock {
  return {
    now: wallClock,
    wakeAt(at, run) {
      let cancel: Cancel;
      const arm = (): void => {
        const left = at - wallClock();
        cancel = mono.after(Math.min(Math.max(left, 0), LOOK_AT_CLOCK_MS), () => (wallClock() >= at ? run() : arm()));
      };
      arm();
      return () => cancel();
    },
  };
}

/** The machine's chance, good for jitter and nothing else. */
export const realRng: Rng = {
  // oxlint-disable-next-line no-restricted-properties -- this is the rng that everything else is given
  next: () => Math.random(),
};

/** Resolves after `ms` of real time, or at once when `signal` aborts. */
export function sleep(mono: Mono, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const finish = (): void => {
      cancel();
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const cancel = mono.after(ms, finish);
    signal?.addEventListener("abort", finish, { once: true });
  });
}
