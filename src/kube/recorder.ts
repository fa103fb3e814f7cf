import { createHash } from "node:crypto";

import { sleep } from "../runtime/clock.ts";
import type { Cancel, Clock, Mono } from "../runtime/clock.ts";
import type { Logger } from "../runtime/logger.ts";
import type { MetricDefinition, Metrics } from "../runtime/metrics.ts";
import type { KubeClient } from "./client.ts";
import { KINDS } from "./kind.ts";
import type { KubeObject, Ref } from "./kind.ts";
import { microTime } from "./micro-time.ts";

/** Something that happened to an object. */
export interface Happening {
  readonly regarding: KubeObject;
  readonly type: "Normal" | "Warning";
  /** CamelCase, the same word as in conditions and logs. */
  readonly reason: string;
  /** CamelCase verb: what the operator was doing. */
  readonly action: string;
  /** One sentence in the past tense, at most 1024 characters. */
  readonly note: string;
}

export interface RecorderOptions {
  readonly client: KubeClient;
  /** The real one: Kubernetes shows how long ago an event was. */
  readonly clock: Clock;
  readonly mono: Mono;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Which replica reports; the pod's name. */
  readonly instance: string;
}

interface Series {
  readonly ref: Ref;
  count: number;
  lastAt: number;
  isWritten: boolean;
}

/** Happenings that wait to be written, and series that are remembered; beyond that the new and the old are dropped. */
const MAX_WAITING = 500;
const MAX_SERIES = 2_000;
/** What happens again within this time adds to its series; later it is a new event. */
const SERIES_MS = 10 * 60_000;
/** How often a series that goes on is written. */
const REFRESH_MS = 30_000;
const LONGEST_NOTE = 1024;
/** A shutdown has more to do than to tell of what happened. */
const LONGEST_FLUSH_MS = 5_000;

export const RECORDER_METRICS: readonly MetricDefinition[] = [
  { name: "slacktide_events_dropped_total", type: "counter", help: "Events that were not written.", labels: ["cause"] },
];

/** Writes Events in the background; never blocks nor fails whoever records, and counts what it drops. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #series = new Map<string, Series>();
  readonly #waiting: (() => Promise<unknown>)[] = [];
  #writing: Promise<void> | undefined;
  #cancelRefresh: Cancel | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  record(happening: Happening): void {
    const now = this.#options.mono.now();
    const key = keyOfSeries(happening);
    const known = this.#series.get(key);
    if (known !== undefined && now - known.lastAt < SERIES_MS) {
      known.count += 1;
      known.lastAt = now;
      known.isWritten = false;
      this.#refreshLater();
      return;
    }
    const event = this.#eventOf(happening, key);
    this.#remember(key, { ref: event.metadata, count: 1, lastAt: now, isWritten: true });
    this.#enqueue(() => this.#options.client.create(event));
  }

  /** Whether something waits to be written, now or in a while. */
  isBusy(): boolean {
    return this.#writing !== undefined || this.#cancelRefresh !== undefined;
  }

  /** Writes what waits, for a shutdown; ends when that is done, or after five seconds: the rest is dropped then, and counted. */
  async flush(): Promise<void> {
    this.#refresh();
    const done = new AbortController();
    const written = Promise.resolve(this.#writing).then(() => done.abort());
    await Promise.race([written, sleep(this.#options.mono, LONGEST_FLUSH_MS, done.signal)]);
    for (const _left of this.#waiting.splice(0)) this.#drop("too-late");
  }

  #remember(key: string, series: Series): void {
    this.#series.delete(key);
    this.#series.set(key, series);
    const [oldest] = this.#series.keys();
    if (this.#series.size > MAX_SERIES && oldest !== undefined) this.#series.delete(oldest);
  }

  #enqueue(write: () => Promise<unknown>): void {
    if (this.#waiting.length >= MAX_WAITING) return this.#drop("too-many");
    this.#waiting.push(write);
    this.#writing ??= this.#drain();
  }

  async #drain(): Promise<void> {
    for (let write = this.#waiting.shift(); write !== undefined; write = this.#waiting.shift()) {
      try {
        await write();
      } catch (error) {
        this.#drop("failed");
        this.#options.log.debug("event not written", { error });
      }
    }
    // At once, and not when whoever awaits it gets to know: what is recorded in between would wait for the next.
    this.#writing = undefined;
  }

  #drop(cause: string): void {
    this.#options.metrics.increment("slacktide_events_dropped_total", { cause });
  }

  #refreshLater(): void {
    this.#cancelRefresh ??= this.#options.mono.after(REFRESH_MS, () => this.#refresh());
  }

  #refresh(): void {
    this.#cancelRefresh?.();
    this.#cancelRefresh = undefined;
    const lastObservedTime = microTime(this.#options.clock);
    for (const series of this.#series.values()) {
      if (series.isWritten) continue;
      series.isWritten = true;
      const patch = { series: { count: series.count, lastObservedTime } };
      this.#enqueue(() => this.#options.client.mergePatch(KINDS.Event, series.ref, patch));
    }
  }

  #eventOf({ regarding, type, reason, action, note }: Happening, key: string): KubeObject {
    const { clock, instance } = this.#options;
    const { name, namespace, uid, resourceVersion } = regarding.metadata;
    const eventTime = microTime(clock);
    const id = createHash("sha256").update(`${key} ${eventTime} ${instance}`).digest("hex").slice(0, 16);
    const event = {
      apiVersion: KINDS.Event.apiVersion,
      kind: KINDS.Event.kind,
      // Events on cluster-scoped objects live in `default`, where kubectl looks for them.
      metadata: { name: `${name}.${id}`, namespace: namespace ?? "default" },
      eventTime,
      reportingController: "slacktide.dev/operator",
      reportingInstance: instance,
      action,
      reason,
      regarding: { apiVersion: regarding.apiVersion, kind: regarding.kind, name, namespace, uid, resourceVersion },
      note: note.slice(0, LONGEST_NOTE),
      type,
    };
    return event;
  }
}

function keyOfSeries({ regarding, type, reason, action, note }: Happening): string {
  return [regarding.metadata.uid, type, reason, action, note].join("\n");
}
