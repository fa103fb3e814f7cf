import type { Dispatcher } from "undici";

import { instantOf } from "../domain/time.ts";
import type { Instant } from "../domain/time.ts";
import { sleep } from "../runtime/clock.ts";
import type { MetricDefinition, Metrics } from "../runtime/metrics.ts";
import { networkError, statusError } from "./answers.ts";
import { Connections, type Connection, type ConnectionsOptions } from "./connections.ts";
import { isFenced, KubeError } from "./errors.ts";
import { isOfLeadership } from "./fence.ts";

export interface HttpCall {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** Default: application/json. */
  readonly contentType?: string;
  /** Default: application/json. */
  readonly accept?: string;
  /** For messages: what is being done to which object. */
  readonly what: string;
  /** The object holds secrets: the server's own words, which may quote them, stay out of messages. */
  readonly private?: boolean;
  readonly signal?: AbortSignal;
}

/** Speaks HTTP with one API server. */
export interface Transport {
  /** The answer's JSON; throws a KubeError for every other answer than 2xx and for none at all. */
  request<T>(call: HttpCall): Promise<T>;
  /** The answer's bytes as they come, for watches; the stream throws when the connection breaks. */
  stream(call: HttpCall): Promise<AsyncIterable<Uint8Array>>;
  /** The `Date` of the last answer that came promptly and the `mono` time at which it came. */
  serverDate(): ServerDate | undefined;
}

export interface ServerDate {
  readonly date: Instant;
  readonly receivedAtMono: number;
}

export interface TransportOptions extends ConnectionsOptions {
  readonly metrics: Metrics;
  /** A call without an answer by then fails; default 30 s. */
  readonly timeoutMs?: number;
}

/** The requests to the API server, under client-go's names. */
export const REST_METRICS: readonly MetricDefinition[] = [
  { name: "rest_client_requests_total", type: "counter", help: "Requests to the API server.", labels: ["code", "method", "host"] },
  {
    name: "rest_client_request_duration_seconds",
    type: "histogram",
    help: "Seconds until the API server answered.",
    labels: ["verb", "host"],
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60],
  },
];

const TIMEOUT_MS = 30_000;
/** A server that asks us to stay away is obeyed this often and this long within one call. */
const MAX_WAITS = 4;
const MAX_WAIT_MS = 15_000;

/** An answer that took longer, or lay in a process that stood still, says too little of the server's time. */
const PROMPT_MS = 5_000;

interface Exchange {
  readonly watch: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Pooled HTTP/1.1 with keep-alive; waits on 429, and repeats only what can't have been carried out. */
export class HttpTransport implements Transport {
  readonly #options: TransportOptions;
  readonly #connections: Connections;
  #serverDate: ServerDate | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#connections = new Connections(options);
  }

  async request<T>(call: HttpCall): Promise<T> {
    const timeout = AbortSignal.timeout(this.#options.timeoutMs ?? TIMEOUT_MS);
    const signal = call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]);
    return this.#patiently(call, async () => {
      const answer = await this.#exchange(call, { watch: false, signal });
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the API server answers in its schema, which the caller names
      return parseAnswer(call, await readBody(call, answer)) as T;
    });
  }

  async stream(call: HttpCall): Promise<AsyncIterable<Uint8Array>> {
    return this.#patiently(call, async () => (await this.#exchange(call, { watch: true, signal: call.signal })).body);
  }

  serverDate(): ServerDate | undefined {
    return this.#serverDate;
  }

  /** Cuts every connection; calls under way fail. */
  async close(): Promise<void> {
    await this.#connections.destroy();
  }

  async #patiently<T>(call: HttpCall, once: () => Promise<T>): Promise<T> {
    const patience = { waits: MAX_WAITS, repeats: 1 };
    for (;;) {
      try {
        return await once();
      } catch (error) {
        const waitMs = call.signal?.aborted === true ? undefined : waitBeforeRepeat(call, error, patience);
        if (waitMs === undefined) throw error;
        // The token may have been rotated.
        if (error instanceof KubeError && error.status === 401) this.#connections.distrust();
        await sleep(this.#options.mono, waitMs, call.signal);
      }
    }
  }

  async #exchange(call: HttpCall, exchange: Exchange): Promise<Dispatcher.ResponseData> {
    const { mono } = this.#options;
    const start = mono.now();
    let code = "<error>";
    let host = "";
    try {
      const connection = await this.#connections.current();
      const { server, headers } = connection;
      host = server.host;
      const { origin, pathname: prefix } = server;
      const path = `${prefix === "/" ? "" : prefix}${call.path}${queryOf(call)}`;
      const answer = await poolFor(call, exchange, connection).request({ origin, path, method: call.method, ...payloadOf(call, headers), signal: exchange.signal ?? null });
      code = String(answer.statusCode);
      if (mono.now() - start <= PROMPT_MS) this.#noteDate(answer.headers.date);
      if (answer.statusCode >= 300) throw statusError(call, answer.statusCode, answer.headers, await readBody(call, answer));
      return answer;
    } catch (error) {
      const failure = networkError(call, error);
      if (isFenced(failure)) this.#options.fence?.refused(failure);
      throw failure;
    } finally {
      this.#options.metrics.increment("rest_client_requests_total", { code, method: call.method, host });
      const seconds = (mono.now() - start) / 1000;
      this.#options.metrics.observe("rest_client_request_duration_seconds", { verb: call.method, host }, seconds);
    }
  }

  #noteDate(header: string | string[] | undefined): void {
    const date = typeof header === "string" ? instantOf(header) : undefined;
    if (date !== undefined) this.#serverDate = { date, receivedAtMono: this.#options.mono.now() };
  }
}

interface Patience {
  waits: number;
  repeats: number;
}

/** How many milliseconds to wait before the same call again; undefined: give up. Uses up `patience`. */
function waitBeforeRepeat(call: HttpCall, error: unknown, patience: Patience): number | undefined {
  if (!(error instanceof KubeError)) return undefined;
  const { retryAfterMs } = error;
  if (retryAfterMs !== undefined && retryAfterMs <= MAX_WAIT_MS && patience.waits > 0) {
    patience.waits -= 1;
    return retryAfterMs;
  }
  if (!mayRepeatAtOnce(call, error) || patience.repeats === 0) return undefined;
  patience.repeats -= 1;
  return 0;
}

/** What was refused for its token wasn't done; a read changes nothing, so a connection that broke under it doesn't matter. */
function mayRepeatAtOnce(call: HttpCall, error: KubeError): boolean {
  if (error.status === 401) return true;
  return call.method === "GET" && error.status === undefined && error.outcome === "unknown" && error.reason !== "TimeoutError";
}

function poolFor(call: HttpCall, { watch }: Exchange, { calls, watches, leadership }: Connection): Dispatcher {
  if (watch) return watches;
  return isOfLeadership(call) ? leadership : calls;
}

function queryOf({ query = {} }: HttpCall): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, value);
  return given.size === 0 ? "" : `?${given.toString()}`;
}

function payloadOf(call: HttpCall, headers: Readonly<Record<string, string>>): { headers: Record<string, string>; body?: string } {
  const all = { ...headers, accept: call.accept ?? "application/json", "user-agent": "slacktide" };
  if (call.body === undefined) return { headers: all };
  return { headers: { ...all, "content-type": call.contentType ?? "application/json" }, body: JSON.stringify(call.body) };
}

async function readBody(call: HttpCall, answer: Dispatcher.ResponseData): Promise<string> {
  try {
    return await answer.body.text();
  } catch (error) {
    throw networkError(call, error);
  }
}

function parseAnswer(call: HttpCall, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new KubeError({ what: call.what, why: "the answer is not JSON: is there a proxy in between?", outcome: "unknown", cause: error });
  }
}
