import { Backoff } from "../runtime/backoff.ts";
import type { BackoffOptions } from "../runtime/backoff.ts";
import { sleep } from "../runtime/clock.ts";
import type { Mono } from "../runtime/clock.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Metrics } from "../runtime/metrics.ts";
import { audit } from "./audit.ts";
import { KubeClient } from "./client.ts";
import { keyOf } from "./kind.ts";
import type { Kind, KubeObject, Ref } from "./kind.ts";
import { matchesSelector } from "./label-selector.ts";
import { ReflectorMeter, type WatchFailure } from "./reflector-meter.ts";
import { Store, isOlder } from "./store.ts";
import type { Change, Index, ReadStore, StoreOptions } from "./store.ts";
import type { Transport } from "./transport.ts";
import { watchCall, type WatchScope } from "./watch-call.ts";
import { SilenceError, Watchdog } from "./watchdog.ts";
import { endsInitialEvents, mustRelist, refusesInitialEvents, watchEvents } from "./watch-stream.ts";
import type { WatchEvent } from "./watch-stream.ts";

export interface ReflectorOptions<T extends KubeObject> extends StoreOptions<T>, WatchScope {
  readonly transport: Transport;
  readonly mono: Mono;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Called after the store has changed; `initial` for the first list. What it throws is logged and goes no further. */
  readonly onChange: (change: Change<T>, initial: boolean) => void;
  /** While the API server is out of reach: resolves when it is back. */
  readonly outage?: ((signal: AbortSignal) => Promise<void> | undefined) | undefined;
  /** A watch that is silent for longer is cut and resumed; default 90 s, longer than the server's bookmarks take. */
  readonly watchdogMs?: number;
  readonly backoff?: BackoffOptions;
}

const WATCHDOG_MS = 90_000;
/** client-go's constants. */
const BACKOFF = { firstMs: 800, longestMs: 30_000, resetsAfterMs: 120_000 };
/** A watch that ended sooner than this achieved nothing. */
const TOO_SHORT_MS = 1_000;

/**
 * Keeps a store equal to the objects of one kind: takes in all there is (as a stream where the server can, else as a list),
 * watches, resumes what breaks, and starts anew only when the server says that it must. Nothing but `stop` ends it.
 */
export class Reflector<T extends KubeObject> {
  readonly kind: Kind;
  readonly #options: ReflectorOptions<T>;
  readonly #client: KubeClient;
  readonly #store: Store<T>;
  readonly #meter: ReflectorMeter;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  readonly #synced = Promise.withResolvers<void>();
  #hasSynced = false;
  /** Where to go on; undefined: take in everything first. */
  #version: string | undefined;
  /** Whether the server can send everything by way of the watch (WatchList). */
  #canStream = true;
  #isDistrusted = false;
  #isFollowing = false;
  /** When it last did. */
  #followedAt = Number.NEGATIVE_INFINITY;
  #cut: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: ReflectorOptions<T>) {
    this.kind = options.kind;
    this.#options = options;
    this.#client = new KubeClient({ transport: options.transport });
    this.#store = new Store<T>({ ...options, project: options.metadataOnly === true ? withoutContent : options.project });
    this.#backoff = new Backoff({ ...BACKOFF, ...options.backoff }, options);
    this.#meter = new ReflectorMeter(options, () => this.#store.size);
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

  /** Whether a watch is open that tells of every change: what happens between two watches is learnt a moment later. */
  isFollowing(): boolean {
    return this.#isFollowing && this.#version !== undefined;
  }

  /** For how long it has not, in milliseconds; Infinity if it never did. */
  behindMs(): number {
    return this.isFollowing() ? 0 : this.#options.mono.now() - this.#followedAt;
  }

  /** Resolves when everything was taken in once and its changes have been handled. */
  synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Takes in what a write of our own returned, without waiting for the watch (read your writes). */
  observe(object: T): void {
    const { namespace, labelSelector } = this.#options;
    const isOurs = namespace === undefined || object.metadata.namespace === namespace;
    if (!isOurs || !matchesSelector(labelSelector, object.metadata.labels ?? {})) return;
    this.#meter.wrote(object.metadata.resourceVersion);
    this.#handle(this.#store.put(object));
  }

  /** Drops what a delete of our own has ended, without waiting for the watch. */
  observeRemoval(ref: Ref, uid: string | undefined): void {
    this.#handle(this.#store.forget(keyOf(ref), uid));
  }

  /** Compares the store with a list; takes everything in anew if the watch has lost an event. How many it lost. */
  async audit(): Promise<number> {
    const { mono, log } = this.#options;
    const hasReached = (version: string) => this.#version !== undefined && !isOlder(this.#version, version);
    const parts = { client: this.#client, scope: this.#options, store: this.#store, hasReached, mono, signal: this.#stopping.signal };
    const keys = await audit(parts);
    if (keys.length === 0) return 0;
    this.#meter.missed(keys.length);
    log.error("watch lost events", { kind: this.kind.kind, keys: keys.slice(0, 5), count: keys.length });
    this.#isDistrusted = true;
    this.#cut();
    return keys.length;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        if (this.#version === undefined && !this.#canStream) await this.#list();
        await this.#watch();
      } catch (error) {
        if (!signal.aborted) await this.#recover(error);
      }
    }
  }

  async #list(): Promise<void> {
    const relist = this.#store.relist();
    let version = "";
    for await (const { items, resourceVersion } of this.#client.pages<T>(this.kind, { ...this.#options, signal: this.#stopping.signal })) {
      for (const item of items) this.#handle(relist.put(item));
      version = resourceVersion;
    }
    this.#takenIn(relist.end(version), version);
  }

  async #watch(): Promise<void> {
    const { transport, mono, watchdogMs = WATCHDOG_MS } = this.#options;
    const start = mono.now();
    const watchdog = new Watchdog(mono, watchdogMs);
    const signal = AbortSignal.any([this.#stopping.signal, watchdog.signal]);
    const call = watchCall(this.#options, this.#version);
    this.#cut = () => watchdog.cut("a check found the cache different from the server");
    this.#meter.watched();
    try {
      const bytes = await transport.stream({ ...call, signal });
      this.#isFollowing = true;
      await this.#follow(watchEvents<T>(watchdog.guard(bytes), call.what));
    } finally {
      // One that ended at once told nothing, or that what came next is gone.
      if (this.isFollowing() && mono.now() - start >= TOO_SHORT_MS) this.#followedAt = mono.now();
      this.#isFollowing = false;
      this.#cut = () => undefined;
      watchdog.stop();
    }
    if (mono.now() - start < TOO_SHORT_MS) throw new Error(`${call.what}: the server ended it at once`);
  }

  /** While everything is still being sent there is no version from which another watch could go on. */
  async #follow(events: AsyncIterable<WatchEvent<T>>): Promise<void> {
    let relist = this.#version === undefined ? this.#store.relist() : undefined;
    for await (const event of events) {
      if (event.type === "DELETED") this.#handle(this.#store.remove(event.object));
      else if (event.type !== "BOOKMARK") this.#handle((relist ?? this.#store).put(this.#named(event.object)));
      const version = event.object.metadata.resourceVersion ?? "";
      if (relist !== undefined && !endsInitialEvents(event)) continue;
      if (relist !== undefined) this.#takenIn(relist.end(version), version);
      relist = undefined;
      this.#version = version;
      this.#meter.reached(version);
    }
  }

  /** Metadata alone comes as a kind of its own. */
  #named(object: T): T {
    return this.#options.metadataOnly === true ? { ...object, apiVersion: this.kind.apiVersion, kind: this.kind.kind } : object;
  }

  #takenIn(gone: readonly Change<T>[], version: string): void {
    this.#meter.listed();
    this.#handle(gone);
    this.#version = version;
    this.#hasSynced = true;
    this.#synced.resolve();
  }

  async #recover(error: unknown): Promise<void> {
    const { mono, log, outage } = this.#options;
    if (this.#canStream && this.#version === undefined && refusesInitialEvents(error)) {
      this.#canStream = false;
      return;
    }
    const relist = this.#isDistrusted || mustRelist(error);
    this.#isDistrusted = false;
    if (relist) this.#version = undefined;
    const cause = causeOf(error, relist);
    this.#meter.broke(cause);
    log[cause === "silent" ? "debug" : "warn"]("watch interrupted", { kind: this.kind.kind, cause, error });
    // Where nothing is written some servers send not even bookmarks: that is no trouble, and the watch goes on at once.
    if (cause === "silent") return;
    const { signal } = this.#stopping;
    const waitMs = this.#backoff.next();
    const back = outage?.(signal);
    if (back === undefined) return sleep(mono, waitMs, signal);
    await back;
    this.#backoff.reset();
  }

  #handle(changes: readonly Change<T>[]): void {
    const { onChange, log } = this.#options;
    for (const change of changes) {
      try {
        onChange(change, !this.#hasSynced);
      } catch (error) {
        this.#meter.handlerFailed();
        log.error("handler of a change failed", { kind: this.kind.kind, key: change.key, error });
      }
    }
  }
}

function causeOf(error: unknown, relist: boolean): WatchFailure {
  if (relist) return "gone";
  return error instanceof SilenceError ? "silent" : "broken";
}

/** What a write of our own returned is whole. */
function withoutContent<T extends KubeObject>(object: T): T {
  const { apiVersion, kind, metadata } = object;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- whoever asks for metadata alone reads nothing else
  return { apiVersion, kind, metadata } as T;
}
