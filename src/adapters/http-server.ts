import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import type { HttpPart } from "../runtime/manager.ts";

export interface HttpServerOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Default: all addresses. */
  readonly host?: string;
  readonly metrics: { scrape(): Promise<string>; readonly contentType: string };
  /** Why /readyz says no, or undefined. */
  readonly unreadyReason: () => string | undefined;
  /** Why /healthz says no, or undefined; that it answers at all says that the event loop turns. */
  readonly unhealthyReason?: () => string | undefined;
}

interface Page {
  readonly status: number;
  readonly text: string;
  readonly type?: string;
}

/** A client that sends its request more slowly than this is cut off. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Serves /metrics, /healthz and /readyz. */
export class HttpServer implements HttpPart {
  readonly #options: HttpServerOptions;
  readonly #server: Server;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => void this.#answer(request, response));
  }

  /** The port that it listens on. */
  get port(): number {
    const address: AddressInfo | string | null = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : this.#options.port;
  }

  async start(): Promise<void> {
    const { port, host } = this.#options;
    const listening = Promise.withResolvers<void>();
    this.#server.once("error", (error) => listening.reject(new Error(`serve metrics and probes on port ${port}: ${error.message}`)));
    this.#server.listen({ port, ...(host === undefined ? {} : { host }) }, () => listening.resolve());
    await listening.promise;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const page = await this.#page(request.url?.split("?")[0] ?? "").catch((error: unknown) => ({ status: 500, text: String(error) }));
    const { status, text, type = "text/plain; charset=utf-8" }: Page = page;
    response.writeHead(status, { "content-type": type }).end(text);
  }

  async #page(path: string): Promise<Page> {
    const { metrics, unreadyReason, unhealthyReason = () => undefined } = this.#options;
    if (path === "/metrics") return { status: 200, text: await metrics.scrape(), type: metrics.contentType };
    if (path === "/readyz") return probe(unreadyReason());
    if (path === "/healthz") return probe(unhealthyReason());
    return { status: 404, text: "try /metrics, /healthz or /readyz\n" };
  }
}

function probe(problem: string | undefined): Page {
  return problem === undefined ? { status: 200, text: "ok\n" } : { status: 503, text: `${problem}\n` };
}
