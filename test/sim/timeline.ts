import type { Instant } from "../../src/domain/time.ts";
import type { Cancel } from "../../src/runtime/clock.ts";
import { Heap } from "../../src/domain/heap.ts";

/** Longer than work that has just ended counts as going on. */
const NUDGE_MS = 60;

interface Entry {
  readonly at: number;
  readonly turn: number;
  run: (() => void) | undefined;
}

/** What is to happen, in order of its time; of what happens at once the first that was planned goes first. */
class Plan {
  readonly #heap = new Heap<Entry>((a, b) => a.at < b.at || (a.at === b.at && a.turn < b.turn));
  #turns = 0;

  add(at: number, run: () => void): Cancel {
    this.#turns += 1;
    const entry: Entry = { at, turn: this.#turns, run };
    this.#heap.push(entry);
    return () => (entry.run = undefined);
  }

  nextAt(): number | undefined {
    for (let top = this.#heap.peek(); top !== undefined; top = this.#heap.peek()) {
      if (top.run !== undefined) return top.at;
      this.#heap.pop();
    }
    return undefined;
  }

  take(): () => void {
    const run = this.#heap.pop()?.run;
    if (run === undefined) throw new Error("nothing is planned");
    return run;
  }
}

/**
 * The simulation's time. Elapsed time goes on from event to event; true time is the same and leaps besides, when all is
 * quiet, to the next instant at which something is due (as a rehearsal does: design §12).
 */
export class Timeline {
  readonly #elapsedPlan = new Plan();
  readonly #truePlan = new Plan();
  readonly #start: Instant;
  /** True time less elapsed time. */
  #lead: number;
  #elapsed = 0;
  #nudgedAt = -Infinity;
  /** Events that came. */
  steps = 0;

  constructor(start: Instant) {
    this.#start = start;
    this.#lead = start;
  }

  /** Milliseconds of elapsed time since the beginning. */
  get elapsed(): number {
    return this.#elapsed;
  }

  /** The time of day on a right clock that takes no part in leaps, as a machine's does in a rehearsal (design §12). */
  get wall(): Instant {
    return Math.floor(this.#elapsed + this.#start);
  }

  /** The true time of day, which no fault ever sets. */
  get truth(): Instant {
    return Math.floor(this.#elapsed + this.#lead);
  }

  after(ms: number, run: () => void): Cancel {
    return this.#elapsedPlan.add(this.#elapsed + Math.max(ms, 0), run);
  }

  /** Runs at a true time, which may be leapt to. */
  when(truth: Instant, run: () => void): Cancel {
    return this.#truePlan.add(truth, run);
  }

  /** The true time at which something is due next. */
  nextDue(): Instant | undefined {
    return this.#truePlan.nextAt();
  }

  /** Lets time go on a little, where the next event is far away and somebody only wants to see a moment go by. */
  nudge(): void {
    const soon = this.#elapsedPlan.nextAt();
    if (soon !== undefined && soon - this.#elapsed <= NUDGE_MS) return;
    if (this.#elapsed - this.#nudgedAt < NUDGE_MS) return;
    this.#nudgedAt = this.#elapsed + NUDGE_MS;
    this.after(NUDGE_MS, () => undefined);
  }

  /** Lets the next event happen; while `quiet`, the next that is due by true time comes at once. False: there is none. */
  step(quiet: boolean): boolean {
    const [soon, due] = [this.#elapsedPlan.nextAt(), this.#truePlan.nextAt()];
    if (soon === undefined && due === undefined) return false;
    this.steps += 1;
    const dueAfter = due === undefined ? Infinity : due - this.#lead;
    // What is planned for this very moment comes before any leap.
    const isNow = soon !== undefined && soon <= this.#elapsed;
    if (due !== undefined && !isNow && quiet && dueAfter > this.#elapsed) this.#lead = due - this.#elapsed;
    const dueAt = due === undefined ? Infinity : due - this.#lead;
    if (dueAt <= (soon ?? Infinity)) {
      this.#elapsed = Math.max(this.#elapsed, dueAt);
      this.#truePlan.take()();
    } else if (soon !== undefined) {
      this.#elapsed = Math.max(this.#elapsed, soon);
      this.#elapsedPlan.take()();
    }
    return true;
  }
}
