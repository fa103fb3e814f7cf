import type { Mono } from "../runtime/clock.ts";
import type { MetricDefinition, Metrics } from "../runtime/metrics.ts";
import type { Kind } from "./kind.ts";
import { isOlder } from "./store.ts";

const KIND = ["kind"];

export const REFLECTOR_METRICS: readonly MetricDefinition[] = [
  { name: "slacktide_cache_objects", type: "gauge", help: "Objects in a cache.", labels: KIND },
  { name: "slacktide_cache_lists_total", type: "counter", help: "Times that a cache took in everything anew.", labels: KIND },
  { name: "slacktide_cache_watches_total", type: "counter", help: "Watches that a cache began; a server ends each after some minutes.", labels: KIND },
  { name: "slacktide_cache_watch_failures_total", type: "counter", help: "Watches that broke; gone: the server could not go on (410); silent: nothing came for too long.", labels: [...KIND, "cause"] },
  { name: "slacktide_cache_missed_events_total", type: "counter", help: "Objects in which a cache differed from the server though its watch was up to date.", labels: KIND },
  { name: "slacktide_cache_handler_errors_total", type: "counter", help: "Changes whose handler threw.", labels: KIND },
  {
    name: "slacktide_cache_watch_lag_seconds",
    type: "histogram",
    help: "Seconds from the answer to a write of our own until the watch had come as far.",
    labels: KIND,
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60],
  },
];

interface Measured {
  readonly kind: Kind;
  readonly mono: Mono;
  readonly metrics: Metrics;
}

export type WatchFailure = "gone" | "broken" | "silent";

/** Measures one reflector. */
export class ReflectorMeter {
  readonly #mono: Mono;
  readonly #metrics: Metrics;
  readonly #labels: { readonly kind: string };
  /** One write at a time is followed: enough for a histogram. */
  #followed: { readonly version: string; readonly at: number } | undefined;

  constructor({ kind, mono, metrics }: Measured, size: () => number) {
    this.#mono = mono;
    this.#metrics = metrics;
    this.#labels = { kind: kind.kind };
    // What is first shown with its first increment, no rate is reckoned of.
    metrics.increment("slacktide_cache_missed_events_total", this.#labels, 0);
    metrics.onCollect(() => metrics.set("slacktide_cache_objects", this.#labels, size()));
  }

  listed(): void {
    this.#metrics.increment("slacktide_cache_lists_total", this.#labels);
  }

  watched(): void {
    this.#metrics.increment("slacktide_cache_watches_total", this.#labels);
  }

  broke(cause: WatchFailure): void {
    this.#metrics.increment("slacktide_cache_watch_failures_total", { ...this.#labels, cause });
  }

  missed(objects: number): void {
    this.#metrics.increment("slacktide_cache_missed_events_total", this.#labels, objects);
  }

  handlerFailed(): void {
    this.#metrics.increment("slacktide_cache_handler_errors_total", this.#labels);
  }

  /** A write of our own was answered with this version. */
  wrote(version: string | undefined): void {
    if (version !== undefined) this.#followed ??= { version, at: this.#mono.now() };
  }

  /** The watch has come as far as this version. */
  reached(version: string): void {
    const followed = this.#followed;
    if (followed === undefined || isOlder(version, followed.version)) return;
    this.#followed = undefined;
    this.#metrics.observe("slacktide_cache_watch_lag_seconds", this.#labels, (this.#mono.now() - followed.at) / 1000);
  }
}
