import { backoffMs } from "../runtime/backoff.ts";
import type { BackoffOptions } from "../runtime/backoff.ts";
import { sleep } from "../runtime/clock.ts";
import type { Mono, Rng } from "../runtime/clock.ts";
import type { Logger } from "../runtime/logger.ts";
import type { MetricDefinition, Metrics } from "../runtime/metrics.ts";
import { KubeClient } from "./client.ts";
import { pathOf } from "./kind.ts";
import type { Kind, KubeObject } from "./kind.ts";
import { matchesSelector } from "./label-selector.ts";
import { Store } from "./store.ts";
import type { Change, Index, ReadStore, StoreOptions } from "./store.ts";
import type { Transport } from "./transport.ts";
import { Watchdog } from "./watchdog.ts";
import { mustRelist, watchEvents } from "./watch-stream.ts";

export interface ReflectorOptions<T extends KubeObject> extends StoreOptions<T> {
  readonly kind: Kind;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly transport: Transport;
  readonly mono: Mono;
  readonly rng: Rng;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Called after the store has changed; `initial` for the first list. What it throws is logged and goes no further. */
  readonly onChange: (change: Change<T>, initial: boolean) => void;
  /** A watch that is silent for longer is cut and resumed; default 90 s, longer than the server's bookmarks take. */
  readonly watchdogMs?: number;
  readonly backoff?: BackoffOptions;
}

const WATCHDOG_MS = 90_000;
/** client-go's constants. */
const BACKOFF: BackoffOptions = { firstMs: 800, longestMs: 30_000 };
const BACKOFF_RESETS_AFTER_MS = 120_000;
/** A watch that ended sooner than this achieved nothing. */
const TOO_SHORT_MS = 1_000;

export const REFLECTOR_METRICS: readonly MetricDefinition[] = [
  { name: "slacktide_cache_objects", type: "gauge", help: "Objects in a cache.", labels: ["kind"] },
  { name: "slacktide_cache_lists_total", type: "counter", help: "Times that a cache listed everything.", labels: ["kind"] },
  { name: "slacktide_cache_watch_failures_total", type: "counter", help: "Watches that broke, by cause.", labels: ["kind", "cause"] },
  { name: "slacktide_cache_handler_errors_total", type: "counter", help: "Changes whose handler threw.", labels: ["kind"] },
];

/**
 * Keeps a store equal to the objects of one kind: lists, then watches, resumes what breaks, and lists again only
 * when the server says that it must. Nothing but `stop` ends it.
 */
export class Reflector<T extends KubeObject> {
  readonly kind: Kind;
  readonly #options: ReflectorOptions<T>;
  readonly #client: KubeClient;
  readonly #store: Store<T>;
  readonly #stopping = new AbortController();
  readonly #synced = Promise.withResolvers<void>();
  #hasSynced = false;
  /** Where to go on; undefined: list first. */
  #version: string | undefined;
  #failures = 0;
  #lastFailureAt = -Infinity;
  #running: Promise<void> = Promise.resolve();

  constructor(options: ReflectorOptions<T>) {
    this.kind = options.kind;
    this.#options = options;
    this.#client = new KubeClient({ transport: options.transport });
    this.#store = new Store<T>(options);
    options.metrics.onCollect(() => options.metrics.set("slacktide_cache_objects", this.#labels, this.#store.size));
  }

  get store(): ReadStore<T> {
    return this.#store;
  }

  /** Before the start: a further way to look objects up. */
  addIndexes(indexes: Readonly<Record<string, Index<T>>>): void {
    this.#store.addIndexes(indexes);
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("stopping"));
    await this.#running;
  }

  hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Resolves when the first list is in the store and its changes have been handled. */
  synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Takes in what a write of our own returned, without waiting for the watch (read your writes). */
  observe(object: T): void {
    const { namespace, labelSelector } = this.#options;
    const isOurs = namespace === undefined || object.metadata.namespace === namespace;
    if (isOurs && matchesSelector(labelSelector, object.metadata.labels ?? {})) this.#handle(this.#store.put(object));
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        if (this.#version === undefined) await this.#list();
        await this.#watch();
      } catch (error) {
        if (!signal.aborted) await this.#recover(error);
      }
    }
  }

  async #list(): Promise<void> {
    const { namespace, labelSelector, fieldSelector } = this.#options;
    const scope = { namespace, labelSelector, fieldSelector };
    const { items, resourceVersion } = await this.#client.snapshot<T>(this.kind, { ...scope, signal: this.#stopping.signal });
    this.#options.metrics.increment("slacktide_cache_lists_total", this.#labels);
    this.#handle(this.#store.replace(items, resourceVersion));
    this.#version = resourceVersion;
    this.#hasSynced = true;
    this.#synced.resolve();
  }

  async #watch(): Promise<void> {
    const { transport, mono, watchdogMs = WATCHDOG_MS } = this.#options;
    const start = mono.now();
    const watchdog = new Watchdog(mono, watchdogMs);
    const signal = AbortSignal.any([this.#stopping.signal, watchdog.signal]);
    const what = `watch ${this.kind.plural}`;
    try {
      const bytes = await transport.stream({ method: "GET", path: this.#path(), query: this.#watchQuery(), what, signal });
      for await (const event of watchEvents<T>(watchdog.guard(bytes), what)) {
        if (event.type === "DELETED") this.#handle(this.#store.remove(event.object));
        else if (event.type !== "BOOKMARK") this.#handle(this.#store.put(event.object));
        this.#version = event.object.metadata.resourceVersion;
      }
    } finally {
      watchdog.stop();
    }
    if (mono.now() - start < TOO_SHORT_MS) throw new Error(`${what}: the server ended it at once`);
  }

  async #recover(error: unknown): Promise<void> {
    const { mono, rng, log, metrics, backoff = BACKOFF } = this.#options;
    const relist = mustRelist(error);
    if (relist) this.#version = undefined;
    metrics.increment("slacktide_cache_watch_failures_total", { ...this.#labels, cause: relist ? "gone" : "broken" });
    const now = mono.now();
    this.#failures = now - this.#lastFailureAt > BACKOFF_RESETS_AFTER_MS ? 0 : this.#failures + 1;
    this.#lastFailureAt = now;
    log.warn("watch interrupted", { kind: this.kind.kind, relist, failures: this.#failures, error });
    await sleep(mono, backoffMs(backoff, this.#failures, rng), this.#stopping.signal);
  }

  #handle(changes: readonly Change<T>[]): void {
    const { onChange, log, metrics } = this.#options;
    for (const change of changes) {
      try {
        onChange(change, !this.#hasSynced);
      } catch (error) {
        metrics.increment("slacktide_cache_handler_errors_total", this.#labels);
        log.error("handler of a change failed", { kind: this.kind.kind, key: change.key, error });
      }
    }
  }

  #path(): string {
    return pathOf(this.kind, { namespace: this.#options.namespace });
  }

  #watchQuery(): Record<string, string | undefined> {
    const { labelSelector, fieldSelector, rng } = this.#options;
    // The server ends the watch after this, at different times for different kinds.
    const timeoutSeconds = String(Math.floor(300 + rng.next() * 300));
    return { watch: "true", allowWatchBookmarks: "true", resourceVersion: this.#version, timeoutSeconds, labelSelector, fieldSelector };
  }

  get #labels(): { kind: string } {
    return { kind: this.kind.kind };
  }
}
