import { MINUTE, SECOND, type Instant } from "./time.ts";

/** Both clocks of this machine at one moment: the wall clock, never rehearsed, and elapsed milliseconds. */
export interface ClockSight {
  readonly wall: Instant;
  readonly mono: number;
}

/** An answer of the API server: its `Date`, cut to the second, and the elapsed time at which it came. */
export interface DatedAnswer {
  readonly date: Instant;
  readonly receivedAtMono: number;
}

/** Whether the wall clock can be believed; `skewMs` above 0: it is ahead of the API server's. */
export type ClockJudgement = { readonly kind: "right" | "wrong"; readonly skewMs: number } | { readonly kind: "unknown" };

/** Design §6. */
const SKEW_LIMIT_MS = 30 * SECOND;
/** An older answer tells nothing of now: the two clocks may have parted since. */
const KNOWN_FOR_MS = 5 * MINUTE;
/** An older answer is asked for anew before something starts. */
const FRESH_FOR_MS = MINUTE;
/** On the average a `Date` is cut by this much. */
const CUT_MS = SECOND / 2;
/** What a wall clock may be off from elapsed time without having been set: it is read apart, and NTP slews by up to 0.05 %. */
const STEP_MS = SECOND;
const SLEW = 0.001;

/** Compares the wall clock with the API server's, as it must be by now; without a usable answer nothing is known (design §6). */
export function judgeClock({ wall, mono }: ClockSight, answer: DatedAnswer | undefined): ClockJudgement {
  if (answer === undefined || mono - answer.receivedAtMono > KNOWN_FOR_MS) return { kind: "unknown" };
  const skewMs = wall - (answer.date + CUT_MS + mono - answer.receivedAtMono);
  return { kind: Math.abs(skewMs) <= SKEW_LIMIT_MS ? "right" : "wrong", skewMs };
}

/** Whether an answer is young enough for a start to rest on it. */
export function isFresh(answer: DatedAnswer | undefined, mono: number): boolean {
  return answer !== undefined && mono - answer.receivedAtMono <= FRESH_FOR_MS;
}

/**
 * By how many milliseconds the wall clock was set between two looks, forwards or back, or the machine slept; 0 if it ran
 * on. Answers of before then say nothing of it.
 */
export function steppedBy(before: ClockSight, now: ClockSight): number {
  const elapsed = now.mono - before.mono;
  const step = now.wall - before.wall - elapsed;
  return Math.abs(step) <= STEP_MS + elapsed * SLEW ? 0 : step;
}
