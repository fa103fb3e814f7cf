import { isFresh, judgeClock, steppedBy, type ClockSight, type DatedAnswer } from "./domain/clock-trust.ts";
import { SECOND } from "./domain/time.ts";
import type { Transport } from "./kube/transport.ts";
import type { ClockTrust } from "./reconcile/ports.ts";
import type { Cancel, Clock, Mono } from "./runtime/clock.ts";
import type { Logger } from "./runtime/logger.ts";
import type { Metrics } from "./runtime/metrics.ts";

export interface ClockWatchOptions {
  readonly transport: Pick<Transport, "request" | "serverDate">;
  /** The wall clock, never a rehearsed one (design §12). */
  readonly wall: Pick<Clock, "now">;
  readonly mono: Mono;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Called once per change; the first judgement is one only if the clock is not trusted. */
  readonly onChange: (trusted: boolean) => void;
}

/** How often it looks by itself; that costs no request unless something seems wrong. */
const LOOK_MS = 10 * SECOND;
/** Whoever is about to start waits no longer than this for an answer. */
const ASK_MS = 5 * SECOND;

/**
 * Compares the wall clock with the `Date` of the API server's answers, whatever they answer, and with elapsed time. Fails
 * closed: an API server that has not answered for minutes, or not since the clock was set, leaves it untrusted.
 */
export class ClockWatch implements ClockTrust {
  readonly #options: ClockWatchOptions;
  #trusted: boolean | undefined;
  #last: ClockSight | undefined;
  /** Elapsed time at which the clock was last found to have been set. */
  #stepAt = -Infinity;
  #asking: Promise<void> | undefined;
  #cancel: Cancel | undefined;
  #stopped = false;

  constructor(options: ClockWatchOptions) {
    this.#options = options;
  }

  isTrusted(): boolean {
    return this.#trusted ?? this.#judge();
  }

  async confirm(): Promise<boolean> {
    this.#look();
    if (!isFresh(this.#answer(), this.#options.mono.now())) await this.#ask();
    return this.#judge();
  }

  /** Begins to look by itself. */
  start(): void {
    if (this.#stopped) return;
    void this.#tend().finally(() => {
      if (!this.#stopped) this.#cancel = this.#options.mono.after(LOOK_MS, () => this.start());
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  /** Judges by the answers that come anyway; asks only when the clock was set, or until it is right again. */
  async #tend(): Promise<void> {
    const seemsWrong = this.#look() || !this.isTrusted();
    if (seemsWrong) await this.#ask();
    if (seemsWrong || isFresh(this.#answer(), this.#options.mono.now())) this.#judge();
  }

  /** Whether the clock was set since the last look. */
  #look(): boolean {
    const now = this.#sight();
    const step = this.#last === undefined ? 0 : steppedBy(this.#last, now);
    this.#last = now;
    if (step === 0) return false;
    this.#stepAt = now.mono;
    this.#options.log.warn("the clock was set", { seconds: step / SECOND });
    return true;
  }

  #judge(): boolean {
    this.#look();
    const judgement = judgeClock(this.#sight(), this.#answer());
    const trusted = judgement.kind === "right";
    if (judgement.kind !== "unknown") this.#options.metrics.set("slacktide_clock_skew_seconds", {}, judgement.skewMs / SECOND);
    const changed = trusted !== (this.#trusted ?? true);
    this.#trusted = trusted;
    if (changed) this.#tell(trusted, judgement.kind === "unknown" ? undefined : judgement.skewMs / SECOND);
    return trusted;
  }

  #tell(trusted: boolean, skewSeconds: number | undefined): void {
    const { log, onChange } = this.#options;
    if (trusted) log.info("clock trusted again", { skewSeconds });
    else log.warn("clock untrusted: nothing starts", skewSeconds === undefined ? { why: "no recent answer of the API server tells its time" } : { skewSeconds });
    onChange(trusted);
  }

  /** The last answer, unless the clock was set after it. */
  #answer(): DatedAnswer | undefined {
    const answer = this.#options.transport.serverDate();
    return answer === undefined || answer.receivedAtMono <= this.#stepAt ? undefined : answer;
  }

  #sight(): ClockSight {
    const { wall, mono } = this.#options;
    return { wall: wall.now(), mono: mono.now() };
  }

  /** One question for all who ask at the same time. */
  #ask(): Promise<void> {
    this.#asking ??= this.#askOnce().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  /** A refusal has a `Date` too; without any answer the last one is all that is known. */
  async #askOnce(): Promise<void> {
    const { transport, mono, log } = this.#options;
    const late = new AbortController();
    const cancel = mono.after(ASK_MS, () => late.abort());
    try {
      await transport.request({ method: "GET", path: "/version", what: "ask the API server for its time", signal: late.signal });
    } catch (error) {
      log.debug("clock not compared", { error });
    } finally {
      cancel();
    }
  }
}
