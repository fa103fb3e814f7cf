import type { IncomingMessage, ServerResponse } from "node:http";
import type { AgentsAnswer } from "../domain/agents/told.ts";
import type { MetricDefinition, Metrics } from "../runtime/metrics.ts";
import { HttpListener, type ListenOptions } from "./http-listener.ts";
import { parseVersionPath } from "./version-path.ts";

/** What is known of the tenant behind an id. */
export type Asked = { readonly kind: "answer"; readonly answer: AgentsAnswer } | { readonly kind: "unsure" } | { readonly kind: "unknown" };

export interface VersionServerOptions extends ListenOptions {
  readonly ask: (id: string) => Asked;
  readonly metrics: Metrics;
}

export const VERSION_SERVER_METRICS: readonly MetricDefinition[] = [
  { name: "slacktide_version_requests_total", type: "counter", help: "Requests to the version server for agents, by what was asked and the status of the answer.", labels: ["asked", "code"] },
  { name: "slacktide_version_connections", type: "gauge", help: "Connections that the version server has open." },
];

/** Agents give up after 10 s and keep an answer for a minute (facts §2): nobody needs longer, or a connection for longer. */
const TIMES = { requestTimeout: 5_000, headersTimeout: 5_000, keepAliveTimeout: 5_000, connectionsCheckingInterval: 2_000 };
/** A request is one line and a few headers. */
const MAX_HEADER_BYTES = 4_096;
const MAX_CONNECTIONS = 2_000;

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const NOT_FOUND: Reply = { status: 404, text: "not found\n" };
const UNSURE: Reply = { status: 503, text: "not known now\n", headers: { "retry-after": "60" } };
const WRONG_METHOD: Reply = { status: 405, text: "GET or HEAD\n", headers: { allow: "GET, HEAD", connection: "close" } };
const TOO_LARGE: Reply = { status: 413, text: "a request has no body\n", headers: { connection: "close" } };

/**
 * The version server that proxies ask for what their agents are to run (row F13): exact bodies, nothing else. It lists
 * nothing, and an id that nobody has is answered as any other path is. An answer is written at once, so a stop cuts none.
 */
export class VersionServer extends HttpListener {
  readonly #options: VersionServerOptions;
  readonly #counts = new Map<string, number>();

  constructor(options: VersionServerOptions) {
    super(options, "serve versions to agents", { ...TIMES, maxHeaderSize: MAX_HEADER_BYTES });
    this.#options = options;
    this.server.maxConnections = MAX_CONNECTIONS;
    this.server.on("connection", (socket) => socket.setNoDelay(true));
    options.metrics.onCollect(() => this.#publish());
  }

  protected override answer(request: IncomingMessage, response: ServerResponse): void {
    const path = parseVersionPath(request.url ?? "");
    const reply = this.#reply(request, path?.id, path?.asks);
    this.#count(path?.asks ?? "other", reply.status);
    const { status, text, headers } = reply;
    response.writeHead(status, { "content-type": "text/plain; charset=utf-8", "content-length": Buffer.byteLength(text), "cache-control": "no-store", ...headers });
    response.end(text);
  }

  #reply({ method, headers }: IncomingMessage, id: string | undefined, asks: "version" | "critical" | undefined): Reply {
    if (method !== "GET" && method !== "HEAD") return WRONG_METHOD;
    if (headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0") return TOO_LARGE;
    if (id === undefined || asks === undefined) return NOT_FOUND;
    const asked = this.#options.ask(id);
    if (asked.kind === "unknown") return NOT_FOUND;
    if (asked.kind === "unsure") return UNSURE;
    return { status: 200, text: asked.answer[asks] };
  }

  /** Counted here and told at a scrape: there are thousands a second. */
  #count(asked: string, status: number): void {
    const key = `${asked} ${status}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  #publish(): void {
    const { metrics } = this.#options;
    for (const [key, count] of this.#counts) {
      const [asked = "", code = ""] = key.split(" ");
      metrics.increment("slacktide_version_requests_total", { asked, code }, count);
    }
    this.#counts.clear();
    this.server.getConnections((error, count) => (error === null ? metrics.set("slacktide_version_connections", {}, count) : undefined));
  }
}
