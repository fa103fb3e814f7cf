import { MINUTE, SECOND } from "./domain/time.ts";

/** Lost again so soon after it came back, a cluster comes and goes. */
const SOON_MS = 10 * MINUTE;
const FIRST_WAIT_MS = 30 * SECOND;
const LONGEST_WAIT_MS = 5 * MINUTE;

/**
 * How long another cluster must answer before it counts as back: not at all, unless it comes and goes. Then it stays out of reach
 * for 30 seconds of answers, and for twice as long each time, up to five minutes: what tenants say of it, and what they do when it
 * is back, does not come and go as fast. Instants are elapsed milliseconds.
 */
export class Steadiness {
  #backAt = Number.NEGATIVE_INFINITY;
  #answersSince: number | undefined;
  #waitMs = 0;

  /** It was within reach, and is no longer. */
  lost(now: number): void {
    this.#answersSince = undefined;
    this.#waitMs = now - this.#backAt < SOON_MS ? Math.min(Math.max(FIRST_WAIT_MS, this.#waitMs * 2), LONGEST_WAIT_MS) : 0;
  }

  /** It gives no answer. */
  silent(): void {
    this.#answersSince = undefined;
  }

  /** It answers: whether it may count as back. */
  isEnough(now: number): boolean {
    this.#answersSince ??= now;
    return now >= this.#answersSince + this.#waitMs;
  }

  /** It counts as back after it was lost. */
  back(now: number): void {
    this.#backAt = now;
  }

  /** Whether it answers, and does not count as back yet. */
  get isWaiting(): boolean {
    return this.#answersSince !== undefined && this.#waitMs > 0;
  }
}
