import { sleep } from "../runtime/clock.ts";
import type { Mono } from "../runtime/clock.ts";
import type { Logger } from "../runtime/logger.ts";
import type { MetricDefinition, Metrics } from "../runtime/metrics.ts";
import { CREDENTIALS_UNREADABLE } from "./credentials.ts";
import { KubeError } from "./errors.ts";
import { NOT_LEADING } from "./fence.ts";
import type { HttpCall, Transport } from "./transport.ts";

export interface ReachabilityOptions {
  readonly transport: Transport;
  readonly mono: Mono;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export const REACHABILITY_METRICS: readonly MetricDefinition[] = [
  { name: "slacktide_api_server_reachable", type: "gauge", help: "0 while the API server gives no answer or is not ready.", labels: [] },
];

const PROBE_EVERY_MS = 1_000;
const PROBE_TIMEOUT_MS = 3_000;
const PROBE: HttpCall = { method: "GET", path: "/readyz", what: "probe the API server" };

/**
 * Notices that the API server is out of reach, and, with one probe a second however many wait, that it is back: then
 * everybody goes on at once, instead of each at the end of its own backoff.
 */
export class Reachability {
  /** The transport that it was given; calls through it are what it judges by. */
  readonly transport: Transport;
  readonly #options: ReachabilityOptions;
  readonly #listeners: ((isReachable: boolean) => void)[] = [];
  readonly #stopping = new AbortController();
  #outage: PromiseWithResolvers<void> | undefined;
  #probing = false;

  constructor(options: ReachabilityOptions) {
    this.#options = options;
    const { transport } = options;
    this.transport = {
      request: (call) => this.#watched(call, transport.request(call)),
      stream: (call) => this.#watched(call, transport.stream(call)),
      serverDate: () => transport.serverDate(),
    };
    options.metrics.onCollect(() => options.metrics.set("slacktide_api_server_reachable", {}, this.#outage === undefined ? 1 : 0));
  }

  /** Whether the server is known to give no answer. */
  get isCutOff(): boolean {
    return this.#outage !== undefined;
  }

  /** While the server is out of reach: resolves when it is back, or when `signal` aborts. */
  outage(signal: AbortSignal): Promise<void> | undefined {
    if (this.#outage === undefined) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    // A signal outlives many outages: nothing of them may stay with it.
    const end = (): void => {
      signal.removeEventListener("abort", end);
      resolve();
    };
    signal.addEventListener("abort", end);
    void this.#outage.promise.then(end);
    if (signal.aborted) end();
    return promise;
  }

  /** Calls back whenever an outage begins or ends. */
  onChange(listener: (isReachable: boolean) => void): void {
    this.#listeners.push(listener);
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #watched<T>(call: HttpCall, answer: Promise<T>): Promise<T> {
    try {
      const result = await answer;
      this.#end();
      return result;
    } catch (error) {
      if (call.signal?.aborted !== true && isUnanswered(error)) void this.#probe(error);
      throw error;
    }
  }

  /** One failure may have other reasons: the server is out of reach once a probe fails as well. */
  async #probe(cause: unknown): Promise<void> {
    if (this.#probing) return;
    this.#probing = true;
    const { signal } = this.#stopping;
    while (!signal.aborted && !(await this.#isReady())) {
      this.#begin(cause);
      await sleep(this.#options.mono, PROBE_EVERY_MS, signal);
    }
    this.#probing = false;
    this.#end();
  }

  async #isReady(): Promise<boolean> {
    const { mono, transport } = this.#options;
    const late = new AbortController();
    const cancel = mono.after(PROBE_TIMEOUT_MS, () => late.abort(new Error(`no answer within ${PROBE_TIMEOUT_MS} ms`)));
    try {
      const signal = AbortSignal.any([late.signal, this.#stopping.signal]);
      for await (const _ of await transport.stream({ ...PROBE, signal })) continue;
      return true;
    } catch (error) {
      return !isUnanswered(error);
    } finally {
      cancel();
    }
  }

  #begin(cause: unknown): void {
    if (this.#outage !== undefined) return;
    this.#outage = Promise.withResolvers();
    this.#options.log.warn("API server out of reach", { error: cause });
    for (const listener of this.#listeners) listener(false);
  }

  #end(): void {
    const outage = this.#outage;
    if (outage === undefined) return;
    this.#outage = undefined;
    this.#options.log.info("API server within reach again");
    for (const listener of this.#listeners) listener(true);
    outage.resolve();
  }
}

/** Failures that are ours, although no answer came. */
const OURS = new Set([CREDENTIALS_UNREADABLE, NOT_LEADING]);

function isUnanswered(error: unknown): boolean {
  if (!(error instanceof KubeError)) return true;
  if (error.status === undefined) return !OURS.has(error.reason ?? "");
  return error.status >= 500;
}
