import { monitorEventLoopDelay } from "node:perf_hooks";

import type { Cancel, Mono } from "../runtime/clock.ts";
import type { MetricDefinition, Metrics } from "../runtime/metrics.ts";

export interface EventLoopOptions {
  readonly mono: Mono;
  readonly metrics: Metrics;
  /** What is judged at a time; default one minute. */
  readonly windowMs?: number;
  /** A loop that was late by this much in one of a hundred looks starves; default one second. */
  readonly starvedMs?: number;
}

export const EVENT_LOOP_METRICS: readonly MetricDefinition[] = [
  { name: "slacktide_event_loop_delay_seconds", type: "gauge", help: "How late the event loop was in the last minute; quantile 1 is the longest delay.", labels: ["quantile"] },
];

type Histogram = ReturnType<typeof monitorEventLoopDelay>;

const WINDOW_MS = 60_000;
const STARVED_MS = 1_000;
const RESOLUTION_MS = 20;
const QUANTILES = [0.5, 0.99, 1] as const;

/**
 * Watches whether the event loop turns. One that is blocked for good answers no probe; one that merely crawls does, and
 * would go on answering while its lease runs out and its windows pass: that is for /healthz to say.
 */
export class EventLoop {
  readonly #options: EventLoopOptions;
  #window: Histogram = begin();
  #last: Histogram | undefined;
  #cancel: Cancel = () => undefined;

  constructor(options: EventLoopOptions) {
    this.#options = options;
    options.metrics.onCollect(() => {
      for (const quantile of QUANTILES) options.metrics.set("slacktide_event_loop_delay_seconds", { quantile: String(quantile) }, this.delayMs(quantile) / 1000);
    });
    this.#turn();
  }

  /** How late the loop was, in milliseconds, over the last whole window or, before its end, over the first. */
  delayMs(quantile: number): number {
    const histogram = this.#last ?? this.#window;
    if (histogram.count === 0) return 0;
    const nanoseconds = quantile === 1 ? histogram.max : histogram.percentile(quantile * 100);
    return Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  }

  /** Why /healthz must say no, or undefined. */
  unhealthyReason(): string | undefined {
    const { windowMs = WINDOW_MS, starvedMs = STARVED_MS } = this.#options;
    const delay = this.delayMs(0.99);
    return this.#last === undefined || delay < starvedMs ? undefined : `the event loop starves: late by ${Math.round(delay)} ms at p99 over ${windowMs / 1000} s`;
  }

  stop(): void {
    this.#cancel();
    this.#window.disable();
  }

  #turn(): void {
    const { mono, windowMs = WINDOW_MS } = this.#options;
    this.#cancel = mono.after(windowMs, () => {
      this.#window.disable();
      this.#last = this.#window;
      this.#window = begin();
      this.#turn();
    });
  }
}

function begin(): Histogram {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return histogram;
}
