import type { Mono } from "./clock.ts";
import type { Labels, MetricDefinition, Metrics } from "./metrics.ts";

/** controller-runtime's buckets: 10 ns to 1,000 s. */
const DURATIONS = Array.from({ length: 12 }, (_, n) => 1e-8 * 10 ** n);

const QUEUE = ["name", "controller"];

/** The workqueue metrics under controller-runtime's names. */
export const QUEUE_METRICS: readonly MetricDefinition[] = [
  { name: "workqueue_depth", type: "gauge", help: "Keys ready to be worked on.", labels: [...QUEUE, "priority"] },
  { name: "workqueue_adds_total", type: "counter", help: "Keys added.", labels: QUEUE },
  { name: "workqueue_retries_total", type: "counter", help: "Keys added again after a failure.", labels: QUEUE },
  {
    name: "workqueue_queue_duration_seconds",
    type: "histogram",
    help: "Seconds that a key was ready before a worker took it.",
    labels: QUEUE,
    buckets: DURATIONS,
  },
  {
    name: "workqueue_work_duration_seconds",
    type: "histogram",
    help: "Seconds that working on a key took.",
    labels: QUEUE,
    buckets: DURATIONS,
  },
  {
    name: "workqueue_unfinished_work_seconds",
    type: "gauge",
    help: "Seconds of work in progress that work_duration has not seen yet.",
    labels: QUEUE,
  },
  {
    name: "workqueue_longest_running_processor_seconds",
    type: "gauge",
    help: "Seconds that the longest work in progress has taken.",
    labels: QUEUE,
  },
];

interface MeterOptions {
  readonly name: string;
  readonly mono: Mono;
  readonly metrics: Metrics;
}

type Depths = Readonly<Record<keyof typeof PRIORITY, number>>;

/** The numbers by which controller-runtime would call our priorities. */
const PRIORITY = { high: "100", normal: "0", low: "-100" } as const;

/** Measures one queue. */
export class QueueMeter {
  readonly #mono: Mono;
  readonly #metrics: Metrics;
  readonly #labels: Labels;
  readonly #addedAt = new Map<string, number>();
  readonly #startedAt = new Map<string, number>();
  /** Since they were told last: a freeze adds ten thousand keys at once. */
  #adds = 0;

  constructor(options: MeterOptions, depths: () => Depths) {
    this.#mono = options.mono;
    this.#metrics = options.metrics;
    this.#labels = { name: options.name, controller: options.name };
    options.metrics.onCollect(() => this.#collect(depths()));
  }

  /** Real time, as `added` takes it: asking for it takes longer than adding. */
  now(): number {
    return this.#mono.now();
  }

  added(key: string, now: number): void {
    this.#addedAt.set(key, now);
    this.#adds += 1;
  }

  retried(): void {
    this.#metrics.increment("workqueue_retries_total", this.#labels);
  }

  started(key: string): void {
    this.#observeSince("workqueue_queue_duration_seconds", this.#addedAt, key);
    this.#startedAt.set(key, this.#mono.now());
  }

  finished(key: string): void {
    this.#observeSince("workqueue_work_duration_seconds", this.#startedAt, key);
  }

  #observeSince(name: string, starts: Map<string, number>, key: string): void {
    const start = starts.get(key);
    starts.delete(key);
    if (start !== undefined) this.#metrics.observe(name, this.#labels, (this.#mono.now() - start) / 1000);
  }

  #collect(depths: Depths): void {
    this.#metrics.increment("workqueue_adds_total", this.#labels, this.#adds);
    this.#adds = 0;
    const now = this.#mono.now();
    const running = [...this.#startedAt.values()].map((start) => (now - start) / 1000);
    const unfinished = running.reduce((sum, seconds) => sum + seconds, 0);
    for (const name of ["high", "normal", "low"] as const) {
      this.#metrics.set("workqueue_depth", { ...this.#labels, priority: PRIORITY[name] }, depths[name]);
    }
    this.#metrics.set("workqueue_unfinished_work_seconds", this.#labels, unfinished);
    this.#metrics.set("workqueue_longest_running_processor_seconds", this.#labels, Math.max(0, ...running));
  }
}
