import { MINUTE, type Instant } from "../domain/time.ts";
import { sleep } from "./clock.ts";
import type { Mono } from "./clock.ts";
import { ControllerMeter } from "./controller-meter.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import type { WorkQueue } from "./queue.ts";

/** What a reconcile leaves behind when nothing went wrong. */
export interface Outcome {
  /** Come back at this instant of domain time, whatever else happens. */
  readonly requeueAt?: Instant;
  /** Something could not be done, and nothing will tell when it can be: it is tried again with backoff. */
  readonly unfinished?: boolean;
  /** Something in the cluster is under way that this key waits for; a rehearsal doesn't leap over it. */
  readonly settling?: boolean;
}

/** `conflict`: soon and quietly; `retry`: with backoff; `terminal`: when something changes, or ten minutes later: what is mended may make no event. */
export type ErrorClass = "conflict" | "retry" | "terminal";

export interface ReconcileContext {
  /** Aborts at the reconcile's deadline and when a shutdown runs out of patience. */
  readonly signal: AbortSignal;
  /** Joins the log lines of one reconcile. */
  readonly reconcileId: string;
}

export interface ControllerOptions {
  readonly name: string;
  readonly queue: WorkQueue;
  /** How many keys are worked on at a time. */
  readonly workers: number;
  reconcile(key: string, context: ReconcileContext): Promise<Outcome>;
  classify(error: unknown): ErrorClass;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly mono: Mono;
  /** A reconcile that takes longer than this is aborted; default one minute. */
  readonly deadlineMs?: number;
  /** How long a key rests after a reconcile; default: not at all. */
  readonly rest?: Rest;
}

/** Until a rest is over what wakes the key is gathered, so that many changes at once cost one look. At most a second. */
export interface Rest {
  /** So many times as long as the reconcile took; default 0. */
  readonly times?: number;
  /** At least so long; default 0. */
  readonly atLeastMs?: number;
}

const DEADLINE_MS = 60_000;
const LONGEST_REST_MS = 1_000;
/** After what will most likely fail again (research/engineering.md §2.5), in domain time. */
const LONG_BACKOFF_MS = 10 * MINUTE;
/** What ended this recently still counts as busy, so that nobody who looks now and then misses it. */
const LINGER_MS = 50;

/** Takes keys from its queue and reconciles them, one worker a key; every error ends here. */
export class Controller {
  readonly name: string;
  readonly #options: ControllerOptions;
  readonly #meter: ControllerMeter;
  readonly #settling = new Set<string>();
  readonly #running = new Set<AbortController>();
  readonly #stopping = new AbortController();
  #workers: Promise<unknown> = Promise.resolve();
  #count = 0;
  #lastEndedAt = -Infinity;

  constructor(options: ControllerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#meter = new ControllerMeter(options);
  }

  start(): void {
    this.#workers = Promise.all(Array.from({ length: this.#options.workers }, () => this.#work()));
  }

  /** Aborts what is running, which ends with the request that is under way; whether all of it has within `graceMs`. */
  async stop(graceMs: number): Promise<boolean> {
    this.#options.queue.close();
    this.#stopping.abort();
    for (const running of this.#running) running.abort(new Error("the operator stops"));
    return this.#orAfter(graceMs, this.#workers.then(() => true));
  }

  /** Whether keys are worked on, about to be, or wait for the cluster to settle. */
  isBusy(): boolean {
    const { queue, mono } = this.#options;
    return queue.isBusy() || this.#settling.size > 0 || mono.now() - this.#lastEndedAt < LINGER_MS;
  }

  /** The keys that wait for something under way in the cluster. */
  settling(): readonly string[] {
    return [...this.#settling];
  }

  async #work(): Promise<void> {
    const { queue } = this.#options;
    for (let key = await queue.next(); key !== undefined; key = await queue.next()) {
      const startedAt = this.#options.mono.now();
      await this.#reconcile(key);
      const restMs = this.#restAfter(this.#options.mono.now() - startedAt);
      if (restMs === 0) this.#done(key);
      else void sleep(this.#options.mono, restMs, this.#stopping.signal).then(() => this.#done(key));
    }
  }

  #done(key: string): void {
    this.#lastEndedAt = this.#options.mono.now();
    this.#options.queue.done(key);
  }

  #restAfter(tookMs: number): number {
    const { times = 0, atLeastMs = 0 } = this.#options.rest ?? {};
    return Math.min(Math.max(times * tookMs, atLeastMs), LONGEST_REST_MS);
  }

  async #reconcile(key: string): Promise<void> {
    const { mono, deadlineMs = DEADLINE_MS } = this.#options;
    this.#count += 1;
    const reconcileId = `${this.name}-${this.#count}`;
    const abort = new AbortController();
    const cancelDeadline = mono.after(deadlineMs, () => {
      this.#meter.timedOut();
      abort.abort(new Error(`reconcile "${key}": took longer than ${deadlineMs} ms`));
    });
    const finish = this.#meter.started();
    this.#running.add(abort);
    try {
      const outcome = await this.#options.reconcile(key, { signal: abort.signal, reconcileId });
      finish(outcome.requeueAt === undefined ? "success" : "requeue_after");
      this.#succeed(key, outcome);
    } catch (error) {
      finish(this.#fail(key, error, reconcileId));
    } finally {
      cancelDeadline();
      this.#running.delete(abort);
    }
  }

  #succeed(key: string, outcome: Outcome): void {
    const { queue } = this.#options;
    const { requeueAt, unfinished = false } = outcome;
    // What is due already is tried again with backoff, so that an outcome that never moves on can't spin.
    const isDue = requeueAt !== undefined && queue.isPast(requeueAt);
    if (unfinished || isDue) queue.retry(key);
    else queue.forget(key);
    if (requeueAt !== undefined && !isDue) queue.addAt(key, requeueAt);
    if (outcome.settling === true) this.#settling.add(key);
    else this.#settling.delete(key);
  }

  #fail(key: string, error: unknown, reconcileId: string): "requeue" | "error" {
    const { queue, log } = this.#options;
    const fields = { controller: this.name, key, reconcileId, error };
    if (this.#stopping.signal.aborted) {
      log.debug("reconcile ended by the stop", fields);
      return "requeue";
    }
    const kind = this.#options.classify(error);
    if (kind === "conflict") {
      log.debug("reconcile lost a race", fields);
      queue.retry(key);
      return "requeue";
    }
    // What was under way still is, as far as anybody knows: `settling` stays as it was.
    this.#meter.failed(error, kind);
    if (kind === "terminal") {
      log.error("reconcile failed, next try in ten minutes", fields);
      queue.forget(key);
      queue.addAfter(key, LONG_BACKOFF_MS);
    } else {
      log.error("reconcile failed", fields);
      queue.retry(key);
    }
    return "error";
  }

  async #orAfter(ms: number, ended: Promise<boolean>): Promise<boolean> {
    const patience = new AbortController();
    const late = sleep(this.#options.mono, ms, patience.signal).then(() => false);
    const result = await Promise.race([ended, late]);
    patience.abort();
    return result;
  }
}
