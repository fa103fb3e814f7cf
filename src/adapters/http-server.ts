import type { IncomingMessage, ServerResponse } from "node:http";

import { HttpListener, type ListenOptions } from "./http-listener.ts";

export interface HttpServerOptions extends ListenOptions {
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
export class HttpServer extends HttpListener {
  readonly #options: HttpServerOptions;

  constructor(options: HttpServerOptions) {
    super(options, "serve metrics and probes", { requestTimeout: REQUEST_TIMEOUT_MS });
    this.#options = options;
  }

  protected override answer(request: IncomingMessage, response: ServerResponse): void {
    void this.#answer(request, response);
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
