/** Label values of one measurement; keep them few (style §23). */
export type Labels = Readonly<Record<string, string>>;

/** Where measurements go; the names must have been declared to the registry (see `MetricDefinition`). */
export interface Metrics {
  /** Adds `by` (default 1) to a counter. */
  increment(name: string, labels?: Labels, by?: number): void;
  /** Adds one value to a histogram. */
  observe(name: string, labels: Labels, value: number): void;
  /** Sets a gauge. */
  set(name: string, labels: Labels, value: number): void;
  /** Runs `update` before every scrape, for gauges that are cheaper to compute than to keep. */
  onCollect(update: () => void): void;
}

/** One metric as the registry knows it; each has a help text and, in its name, a unit. */
export interface MetricDefinition {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels?: readonly string[];
  /** Upper bounds, for a histogram. */
  readonly buckets?: readonly number[];
}

/** Metrics that go nowhere, for tests and one-shot commands. */
export const noMetrics: Metrics = {
  increment: () => undefined,
  observe: () => undefined,
  set: () => undefined,
  onCollect: () => undefined,
};
