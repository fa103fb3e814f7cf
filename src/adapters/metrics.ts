import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";

import { KUBE_METRICS } from "../kube/metrics.ts";
import { CONTROLLER_METRICS } from "../runtime/controller-meter.ts";
import { LEADER_METRICS } from "../runtime/leader.ts";
import { QUEUE_METRICS } from "../runtime/queue-meter.ts";
import type { MetricDefinition, Metrics } from "../runtime/metrics.ts";

/** Metrics that can be scraped. */
export interface MetricsRegistry extends Metrics {
  /** The Prometheus text format. */
  scrape(): Promise<string>;
  readonly contentType: string;
}

/** A registry of what runtime and kube measure, and of `own`; measuring one that isn't in it throws. */
export function createMetrics(own: readonly MetricDefinition[] = []): MetricsRegistry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const instruments = new Instruments(registry, [...CONTROLLER_METRICS, ...LEADER_METRICS, ...QUEUE_METRICS, ...KUBE_METRICS, ...own]);
  const updates: (() => void)[] = [];
  return {
    increment: (name, labels = {}, by = 1) => instruments.counter(name).inc(labels, by),
    observe: (name, labels, value) => instruments.histogram(name).observe(labels, value),
    set: (name, labels, value) => instruments.gauge(name).set(labels, value),
    onCollect: (update) => void updates.push(update),
    contentType: registry.contentType,
    scrape: () => {
      for (const update of updates) update();
      return registry.metrics();
    },
  };
}

class Instruments {
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();

  constructor(registry: Registry, definitions: readonly MetricDefinition[]) {
    for (const { name, help, type, labels = [], buckets = [] } of definitions) {
      const settings = { name, help, labelNames: [...labels], registers: [registry] };
      if (type === "counter") this.#counters.set(name, new Counter(settings));
      else if (type === "gauge") this.#gauges.set(name, new Gauge(settings));
      else this.#histograms.set(name, new Histogram({ ...settings, buckets: [...buckets] }));
    }
  }

  counter = (name: string): Counter => found(this.#counters, name);
  gauge = (name: string): Gauge => found(this.#gauges, name);
  histogram = (name: string): Histogram => found(this.#histograms, name);
}

function found<T>(instruments: ReadonlyMap<string, T>, name: string): T {
  const instrument = instruments.get(name);
  if (instrument === undefined) throw new Error(`measure ${name}: no metric of that name and type was declared`);
  return instrument;
}

