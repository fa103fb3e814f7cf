import type { Instant } from "../../src/domain/time.ts";
import type { Cancel, Clock, Mono } from "../../src/runtime/clock.ts";
import type { Timeline } from "./timeline.ts";

interface Waiter {
  readonly at: Instant;
  readonly run: () => void;
  cancel: Cancel;
}

export interface ReplicaTimeOptions {
  readonly timeline: Timeline;
  /** How far the wall clock is off, in milliseconds. */
  readonly clockOffset: number;
  /** Where its monotonic clock began. */
  readonly monoOffset: number;
  /** Told before anything of the process runs. */
  readonly onRun: () => void;
}

/** The clocks of one process, which can be paused (what comes meanwhile waits) and whose wall clock can be set. */
export class ReplicaTime {
  readonly mono: Mono;
  readonly clock: Clock;
  readonly #timeline: Timeline;
  readonly #onRun: () => void;
  readonly #waiters = new Set<Waiter>();
  readonly #deferred: (() => void)[] = [];
  #clockOffset: number;
  #state: "running" | "paused" | "over" = "running";

  constructor({ timeline, clockOffset, monoOffset, onRun }: ReplicaTimeOptions) {
    this.#timeline = timeline;
    this.#onRun = onRun;
    this.#clockOffset = clockOffset;
    this.mono = { now: () => timeline.elapsed + monoOffset, after: (ms, run) => this.#after(ms, run) };
    this.clock = { now: () => timeline.truth + this.#clockOffset, wakeAt: (at, run) => this.#wakeAt(at, run) };
  }

  get isPaused(): boolean {
    return this.#state === "paused";
  }

  get clockOffset(): number {
    return this.#clockOffset;
  }

  deliver(run: () => void): void {
    if (this.#state === "running") {
      this.#onRun();
      run();
    } else if (this.#state === "paused") this.#deferred.push(run);
  }

  pause(): void {
    if (this.#state === "running") this.#state = "paused";
  }

  /** All that came meanwhile comes now, in its order. */
  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "running";
    // One at a time, as the events of a process that wakes up are.
    for (const run of this.#deferred.splice(0)) this.#timeline.after(0, () => this.deliver(run));
  }

  /** Nothing comes any more. */
  end(): void {
    this.#state = "over";
    this.#deferred.length = 0;
    for (const waiter of this.#waiters) waiter.cancel();
    this.#waiters.clear();
  }

  /** Somebody sets the wall clock of the machine. */
  setClock(offset: number): void {
    this.#clockOffset = offset;
    for (const waiter of this.#waiters) {
      waiter.cancel();
      this.#arm(waiter);
    }
  }

  #after(ms: number, run: () => void): Cancel {
    let isCancelled = false;
    const cancel = this.#timeline.after(Math.ceil(ms), () => {
      this.deliver(() => {
        if (!isCancelled) run();
      });
    });
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  #wakeAt(at: Instant, run: () => void): Cancel {
    const waiter: Waiter = { at, run, cancel: () => undefined };
    this.#waiters.add(waiter);
    this.#arm(waiter);
    return () => {
      waiter.cancel();
      this.#waiters.delete(waiter);
    };
  }

  #arm(waiter: Waiter): void {
    waiter.cancel = this.#timeline.when(waiter.at - this.#clockOffset, () => {
      this.deliver(() => {
        if (!this.#waiters.has(waiter)) return;
        // It may have been set back while this waited.
        if (this.clock.now() < waiter.at) return this.#arm(waiter);
        this.#waiters.delete(waiter);
        waiter.run();
      });
    });
  }
}
