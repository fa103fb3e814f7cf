import { readFileSync } from "node:fs";
import { Agent, type Dispatcher } from "undici";
import type { Cluster } from "../../../tools/cluster/cluster.ts";

/** What a server said, as far as it is passed on. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

/** A request on its way to the API server. */
export interface Outgoing {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Over so many calls is averaged. */
const LATENCY_OVER = 50;

/** The connections that all doors of one cluster share; who asked is told by each request's token alone. */
export class Upstream {
  readonly origin: string;
  readonly ca: string;
  readonly #calls: Agent;
  readonly #watches: Agent;
  #latencyMs = 0;

  constructor(cluster: Pick<Cluster, "server" | "caFile">) {
    this.origin = cluster.server;
    this.ca = readFileSync(cluster.caFile, "utf8");
    const connect = { ca: this.ca };
    this.#calls = new Agent({ connect, connections: 64, pipelining: 1, headersTimeout: 30_000, bodyTimeout: 30_000 });
    this.#watches = new Agent({ connect, pipelining: 1, headersTimeout: 30_000, bodyTimeout: 0 });
  }

  /** The whole answer; throws if there is none. */
  async call(request: Outgoing): Promise<Answer> {
    const start = performance.now();
    const { statusCode, headers, body } = await this.#send(this.#calls, request);
    const answer = { status: statusCode, headers: passedOn(headers), body: Buffer.from(await body.arrayBuffer()) };
    this.#latencyMs += (performance.now() - start - this.#latencyMs) / LATENCY_OVER;
    return answer;
  }

  /** How long the API server takes to answer lately, in milliseconds: how busy this machine is. */
  get latencyMs(): number {
    return this.#latencyMs;
  }

  /** The answer's head, and its body as it comes. */
  async open(request: Outgoing): Promise<{ readonly status: number; readonly headers: Answer["headers"]; readonly body: Dispatcher.ResponseData["body"] }> {
    const { statusCode, headers, body } = await this.#send(this.#watches, request);
    return { status: statusCode, headers: passedOn(headers), body };
  }

  async close(): Promise<void> {
    await Promise.all([this.#calls.destroy(), this.#watches.destroy()]);
  }

  #send(agent: Agent, { method, url, headers, body }: Outgoing): Promise<Dispatcher.ResponseData> {
    const payload = body.length === 0 ? {} : { body };
    return agent.request({ origin: this.origin, path: url, method, headers, ...payload });
  }
}

const OF_ONE_CONNECTION = new Set(["connection", "keep-alive", "transfer-encoding", "content-length", "host", "upgrade"]);

/** The headers that are about the message and not about the connection it came by. */
export function passedOn(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string | string[]> {
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined || OF_ONE_CONNECTION.has(name) ? [] : [[name, value]])));
}
