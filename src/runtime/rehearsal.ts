import { isoOf } from "../domain/time.ts";
import type { Instant } from "../domain/time.ts";
import { Anchors } from "./anchors.ts";
import type { Anchor } from "./anchors.ts";
import type { Cancel, Clock, Mono } from "./clock.ts";

export interface RehearsalOptions {
  readonly from: Instant;
  /** Never leapt over; there the rehearsal ends. */
  readonly until?: Instant;
  readonly mono: Mono;
  /** The unrehearsed wall clock, for the anchors. */
  readonly real: Clock;
  /** How long all must be quiet before a leap, in real milliseconds; default 150. */
  readonly settleMs?: number;
  readonly onAnchor?: (anchor: Anchor) => void;
  /** Called once when `until` is reached and all is quiet; without it time goes on at real speed. */
  readonly onEnd?: () => void;
}

const SETTLE_MS = 150;
/** How often probes and due wake-ups are looked at, in real milliseconds; probes linger longer than this. */
const TICK_MS = 20;

interface Waiter {
  readonly at: Instant;
  readonly run: () => void;
}

/**
 * Domain time that starts at `from`, runs at real speed while any probe says busy, and leaps to the next due
 * instant when all is quiet (design §12). It never goes back and never leaps past `until`.
 */
export class RehearsalClock implements Clock {
  readonly #options: RehearsalOptions;
  readonly #anchors: Anchors;
  readonly #waiters = new Set<Waiter>();
  readonly #probes: (() => boolean)[] = [];
  #base: { readonly rehearsed: Instant; readonly mono: number };
  #quietSince: number | undefined;
  #ended = false;
  #cancelTick: Cancel | undefined;

  constructor(options: RehearsalOptions) {
    this.#options = options;
    this.#base = { rehearsed: options.from, mono: options.mono.now() };
    this.#anchors = new Anchors(options.onAnchor ?? (() => undefined));
  }

  /** Begins to leap; until then the clock runs at real speed. */
  start(): void {
    this.#anchor("real");
    this.#tick();
  }

  /** Stops leaping and fires no more wake-ups. */
  stop(): void {
    this.#cancelTick?.();
    this.#waiters.clear();
  }

  now(): Instant {
    return Math.floor(this.#base.rehearsed + this.#options.mono.now() - this.#base.mono);
  }

  wakeAt(at: Instant, run: () => void): Cancel {
    const waiter = { at, run };
    this.#waiters.add(waiter);
    return () => this.#waiters.delete(waiter);
  }

  /** Asks for real speed for as long as `isBusy` says yes. */
  addProbe(isBusy: () => boolean): void {
    this.#probes.push(isBusy);
  }

  /** Every change of pace so far, oldest first. */
  anchors(): readonly Anchor[] {
    return this.#anchors.all();
  }

  /**
   * The rehearsed instant of a real one, such as a creationTimestamp. The API server cuts those to the second;
   * a whole second is therefore taken at its end, but never later than now.
   */
  toRehearsed(real: Instant): Instant {
    const latest = real % 1000 === 0 ? real + 999 : real;
    return Math.min(this.#anchors.toRehearsed(latest), this.now());
  }

  #tick(): void {
    this.#fireDue();
    if (this.#isQuiet() && this.#hasSettled()) this.#moveOn();
    this.#cancelTick = this.#options.mono.after(TICK_MS, () => this.#tick());
  }

  #fireDue(): void {
    const now = this.now();
    const due = [...this.#waiters].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
    for (const waiter of due) {
      // An earlier one of these may have cancelled a later one.
      if (this.#waiters.delete(waiter)) waiter.run();
    }
    if (due.length > 0) this.#quietSince = undefined;
  }

  #isQuiet(): boolean {
    const quiet = !this.#probes.some((isBusy) => isBusy());
    if (!quiet) this.#quietSince = undefined;
    return quiet;
  }

  #hasSettled(): boolean {
    const now = this.#options.mono.now();
    this.#quietSince ??= now;
    return now - this.#quietSince >= (this.#options.settleMs ?? SETTLE_MS);
  }

  #moveOn(): void {
    const { until, onEnd } = this.#options;
    if (until !== undefined && this.now() >= until) {
      if (!this.#ended) onEnd?.();
      this.#ended = true;
      return;
    }
    const next = this.#nextDueAt();
    const target = until === undefined ? next : Math.min(next ?? until, until);
    if (target !== undefined && target > this.now()) this.#leapTo(target);
  }

  #nextDueAt(): Instant | undefined {
    let next: Instant | undefined;
    for (const { at } of this.#waiters) if (next === undefined || at < next) next = at;
    return next;
  }

  #leapTo(target: Instant): void {
    this.#anchor("leap");
    this.#base = { rehearsed: target, mono: this.#options.mono.now() };
    this.#quietSince = undefined;
    this.#anchor("real");
    this.#fireDue();
  }

  #anchor(pace: Anchor["pace"]): void {
    this.#anchors.add({ real: isoOf(this.#options.real.now()), rehearsed: isoOf(this.now()), pace });
  }
}
