import type { Instant } from "../domain/time.ts";
import { Agenda } from "./agenda.ts";
import { Retries } from "./backoff.ts";
import type { Clock, Mono, Rng } from "./clock.ts";
import { QueueMeter } from "./queue-meter.ts";
import type { Metrics } from "./metrics.ts";

export interface QueueOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly mono: Mono;
  readonly rng: Rng;
  readonly metrics: Metrics;
}

/**
 * `high`: work that has begun in the cluster, and what is about to begin; `normal`: changes, which mostly end in a status;
 * `low`: objects of an initial list, which must not delay a user's change.
 */
export type Priority = "high" | "normal" | "low";

const PRIORITIES: readonly Priority[] = ["high", "normal", "low"];

/** How many keys are in each state; a key can be active and in another one. */
export interface QueueStats {
  readonly ready: number;
  readonly delayed: number;
  readonly retrying: number;
  readonly active: number;
}

/** A key that fails for longer than this between two tries no longer counts as work that is going on. */
const SOON_MS = 5_000;

/**
 * Keys to work on, each at most once at a time: a key handed out is locked until `done`, and what is added
 * meanwhile comes after (engineering contract of controller-runtime's priority queue).
 */
export class WorkQueue {
  readonly #ready: Readonly<Record<Priority, Set<string>>> = { high: new Set(), normal: new Set(), low: new Set() };
  readonly #active = new Set<string>();
  readonly #again = new Map<string, Priority>();
  readonly #waiting: ((key: string | undefined) => void)[] = [];
  readonly #agenda: Agenda;
  readonly #retries: Retries;
  readonly #meter: QueueMeter;
  readonly #clock: Clock;
  #closed = false;
  #paused = false;

  constructor(options: QueueOptions) {
    this.#clock = options.clock;
    const add = (key: string): void => this.add(key);
    this.#agenda = new Agenda(options.clock, add);
    this.#retries = new Retries(options, add);
    this.#meter = new QueueMeter(options, () => ({ high: this.#ready.high.size, normal: this.#ready.normal.size, low: this.#ready.low.size }));
  }

  /** The key is worked on as soon as a worker is free; asked for twice, with the higher of the priorities. */
  add(key: string, priority: Priority = "normal"): void {
    this.addAll([key], priority);
  }

  /** Many at once: a freeze concerns ten thousand. */
  addAll(keys: Iterable<string>, priority: Priority = "normal"): void {
    const now = this.#meter.now();
    for (const key of keys) this.#add(key, priority, now);
    while (this.#handOut()) continue;
  }

  #add(key: string, priority: Priority, now: number): void {
    if (this.#closed) return;
    if (this.#active.has(key)) {
      this.#again.set(key, higher(priority, this.#again.get(key) ?? "low"));
      return;
    }
    const known = PRIORITIES.find((each) => this.#ready[each].has(key));
    if (known !== undefined && higher(known, priority) === known) return;
    if (known === undefined) this.#meter.added(key, now);
    else this.#ready[known].delete(key);
    this.#ready[priority].add(key);
  }

  /** The key is worked on at `at` in domain time, or earlier if that was asked for before. */
  addAt(key: string, at: Instant): void {
    if (!this.#closed) this.#agenda.add(key, at);
  }

  /** Likewise, in so many milliseconds of domain time. */
  addAfter(key: string, ms: number): void {
    this.addAt(key, this.#clock.now() + ms);
  }

  /** The key failed: it is worked on again after its own growing backoff in real time (50 ms … 60 s). */
  retry(key: string): void {
    if (this.#closed) return;
    this.#meter.retried();
    this.#retries.add(key);
  }

  /** The key succeeded: its next backoff starts from the beginning. */
  forget(key: string): void {
    this.#retries.forget(key);
  }

  /** The next key, locked until `done`; undefined once the queue is closed. */
  next(): Promise<string | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#handOut();
    });
  }

  /** Unlocks a key that `next` gave. */
  done(key: string): void {
    if (!this.#active.delete(key)) return;
    this.#meter.finished(key);
    const again = this.#again.get(key);
    this.#again.delete(key);
    if (again !== undefined) this.add(key, again);
  }

  /** Gives out no more keys and drops what waits; those active may still be `done`. */
  close(): void {
    this.#closed = true;
    this.#agenda.clear();
    this.#retries.clear();
    for (const set of [...PRIORITIES.map((priority) => this.#ready[priority]), this.#again]) set.clear();
    for (const resolve of this.#waiting.splice(0)) resolve(undefined);
  }

  stats(): QueueStats {
    return {
      ready: PRIORITIES.reduce((sum, priority) => sum + this.#ready[priority].size, 0),
      delayed: this.#agenda.size,
      retrying: this.#retries.size,
      active: this.#active.size,
    };
  }

  /** Whether work is ready, under way, or about to be tried again; long backoffs and delays don't count. */
  isBusy(): boolean {
    const { ready, active } = this.stats();
    return ready > 0 || active > 0 || this.#retries.isAnyDueWithin(SOON_MS);
  }

  /** Whether an instant of domain time has been reached. */
  isPast(at: Instant): boolean {
    return at <= this.#clock.now();
  }

  /** When the first delayed key is due, in domain time. */
  nextDueAt(): Instant | undefined {
    return this.#agenda.nextAt();
  }

  /** Hands out nothing until `resume`: what everybody needs is out of reach. */
  pause(): void {
    this.#paused = true;
  }

  /** Goes on, and with what failed meanwhile at once. */
  resume(): void {
    this.#paused = false;
    this.#retries.releaseAll();
    while (this.#handOut()) continue;
  }

  /** Gives a waiting worker a key, if there are both. */
  #handOut(): boolean {
    const from = PRIORITIES.map((priority) => this.#ready[priority]).find((set) => set.size > 0);
    const [key] = from ?? [];
    const resolve = key === undefined || this.#paused ? undefined : this.#waiting.shift();
    if (from === undefined || key === undefined || resolve === undefined) return false;
    from.delete(key);
    // Whoever works on the key now looks at everything and says anew when to come back.
    this.#agenda.delete(key);
    this.#retries.stopWaiting(key);
    this.#active.add(key);
    this.#meter.started(key);
    resolve(key);
    return true;
  }
}

function higher(one: Priority, other: Priority): Priority {
  return PRIORITIES.indexOf(one) < PRIORITIES.indexOf(other) ? one : other;
}
