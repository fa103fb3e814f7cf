import { sleep, type Cancel, type Mono, type Rng } from "./clock.ts";
import { RETRY_JITTER, type LeaseStore, type LeaseTiming, type SeenLease } from "./lease.ts";
import { LeaseView } from "./lease-view.ts";
import type { Logger } from "./logger.ts";
import type { MetricDefinition, Metrics } from "./metrics.ts";

export interface ElectorOptions {
  /** Which Lease, for logs and metrics. */
  readonly name: string;
  /** Names this process and no other one that ever was. */
  readonly identity: string;
  readonly store: LeaseStore;
  readonly timing: LeaseTiming;
  readonly mono: Mono;
  readonly rng: Rng;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Elections, under client-go's names. */
export const LEADER_METRICS: readonly MetricDefinition[] = [
  { name: "leader_election_master_status", type: "gauge", help: "1 while this replica leads.", labels: ["name"] },
  { name: "leader_election_slowpath_total", type: "counter", help: "Renewals that had to read the Lease first.", labels: ["name"] },
];

/**
 * Competes for a Lease. A holder may be silent for as long as it promised, counted on our own clock from when we saw it
 * last: no instant of another machine is ever compared. Leads at most once; after that the process has to end.
 */
export class Elector {
  readonly #options: ElectorOptions;
  readonly #stopping = new AbortController();
  readonly #acquired = Promise.withResolvers<void>();
  readonly #lost = Promise.withResolvers<string>();
  readonly #view: LeaseView;
  #state: "standby" | "leading" | "over" = "standby";
  /** The end of our lease as we may count on it: the deadline after the last renewal *was sent*. */
  #validUntil = -Infinity;
  /** When the Lease was last asked for or written. */
  #sentAt = -Infinity;
  #cancelDeadline: Cancel = () => undefined;
  #wake: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: ElectorOptions) {
    this.#options = options;
    this.#view = new LeaseView({ ...options, durationMs: options.timing.leaseDurationMs });
    this.#publish(0);
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Resolves when this replica leads for the first and only time. */
  get acquired(): Promise<void> {
    return this.#acquired.promise;
  }

  /** Resolves with the reason when it leads no more and didn't mean to. */
  get lost(): Promise<string> {
    return this.#lost.promise;
  }

  /** Whether it leads at this very moment, by the own clock alone: the local fence. */
  isLeading(): boolean {
    return this.#state === "leading" && this.#options.mono.now() < this.#validUntil;
  }

  /** Who held the Lease when it was last seen. */
  holder(): string | undefined {
    return this.#view.lease?.holder;
  }

  /** Is shown what a watch says; a waiting standby wakes up at once. A leader learns from its renewals instead. */
  observe(lease: SeenLease | undefined): void {
    if (this.#state !== "standby") return;
    if (this.#view.note(lease)) this.#wake();
  }

  /** Gives up for a reason that somebody else found. */
  resign(why: string): void {
    this.#lose(why);
  }

  /** Ends the competition; a leader gives the Lease back if told to, so that another one takes it at once. */
  async stop(then: "release" | "keep"): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    // What is under way may make us the holder; it has a deadline of its own.
    await this.#running;
    const wasLeading = this.#state === "leading";
    this.#end();
    if (wasLeading && then === "release") await this.#release();
  }

  async #run(): Promise<void> {
    const { mono, timing } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted && this.#state === "standby") await this.#compete();
    while (!signal.aborted && this.#state === "leading") {
      // Counted from when the last one was sent: one that hung has waited for long enough.
      await sleep(mono, Math.max(this.#sentAt + timing.retryPeriodMs - mono.now(), 0), signal);
      if (!signal.aborted && this.isLeading()) await this.#renew();
    }
  }

  async #compete(): Promise<void> {
    const waitMs = this.#view.waitMs();
    if (waitMs > 0) return this.#changeOrAfter(waitMs);
    if ((await this.#step()) === "failed") await this.#changeOrAfter(this.#retryMs());
  }

  async #renew(): Promise<void> {
    const { identity, metrics, name } = this.#options;
    if ((await this.#step()) !== "seen") return;
    metrics.increment("leader_election_slowpath_total", { name });
    const holder = this.holder();
    // A renewal whose answer was lost looks like this too; or somebody deleted the Lease.
    if (holder === undefined || holder === identity) await this.#step();
    else this.#lose(`"${holder}" holds the Lease`);
  }

  /** Writes the Lease over what was seen last, or sees what is there now. */
  async #step(): Promise<"held" | "seen" | "failed"> {
    const { mono, store, timing, log, name } = this.#options;
    const deadline = new AbortController();
    const timeoutMs = timing.renewDeadlineMs / 2;
    const cancel = mono.after(timeoutMs, () => deadline.abort(new Error(`no answer within ${timeoutMs} ms`)));
    const sentAt = (this.#sentAt = mono.now());
    try {
      const written = this.#view.isKnown() ? await store.write(this.#view.own(), this.#view.lease, deadline.signal) : undefined;
      if (written === undefined) return this.#view.note(await store.read(deadline.signal)) ? "seen" : "failed";
      this.#hold(written, sentAt);
      return "held";
    } catch (error) {
      log.warn("lease out of reach", { lease: name, error });
      return "failed";
    } finally {
      cancel();
    }
  }

  #hold(lease: SeenLease, sentAt: number): void {
    const { mono, timing, log, name, identity } = this.#options;
    if (this.#state === "over") return;
    this.#view.note(lease);
    this.#validUntil = sentAt + timing.renewDeadlineMs;
    this.#cancelDeadline();
    this.#cancelDeadline = mono.after(this.#validUntil - mono.now(), () => this.#lose(`not renewed for ${timing.renewDeadlineMs} ms`));
    if (this.#state === "leading") return;
    this.#state = "leading";
    this.#publish(1);
    log.info("lease acquired", { lease: name, identity, transitions: lease.transitions });
    this.#acquired.resolve();
  }

  #lose(why: string): void {
    if (this.#state !== "leading") return;
    this.#end();
    this.#options.log.error("lease lost", { lease: this.#options.name, why });
    this.#lost.resolve(why);
  }

  #end(): void {
    this.#state = "over";
    this.#validUntil = -Infinity;
    this.#cancelDeadline();
    this.#publish(0);
    this.#wake();
  }

  async #release(): Promise<void> {
    const { mono, store, timing, log, name } = this.#options;
    const over = this.#view.lease;
    const released = { holder: "", durationMs: 1000, transitions: over?.transitions ?? 0 };
    const deadline = new AbortController();
    const cancel = mono.after(timing.renewDeadlineMs, () => deadline.abort(new Error(`no answer within ${timing.renewDeadlineMs} ms`)));
    try {
      const written = await store.write(released, over, deadline.signal);
      log.info(written === undefined ? "lease was somebody else's already" : "lease released", { lease: name });
    } catch (error) {
      log.warn("lease not released: it ends by itself", { lease: name, error });
    } finally {
      cancel();
    }
  }

  #retryMs(): number {
    const { timing, rng } = this.#options;
    return timing.retryPeriodMs * (1 + RETRY_JITTER * rng.next());
  }

  async #changeOrAfter(ms: number): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    if (!this.#stopping.signal.aborted) await sleep(this.#options.mono, ms, woken.signal);
    this.#wake = () => undefined;
  }

  #publish(status: 0 | 1): void {
    this.#options.metrics.set("leader_election_master_status", { name: this.#options.name }, status);
  }
}
