import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

import { expect } from "vitest";

import { realMono, type Mono } from "../../../src/runtime/clock.ts";
import { noMetrics } from "../../../src/runtime/metrics.ts";
import type { Metrics } from "../../../src/runtime/metrics.ts";
import { FreshKubeConfig } from "../../../src/kube/credentials.ts";
import { HttpTransport } from "../../../src/kube/transport.ts";

export interface Seen {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export type Handler = (seen: Seen, response: ServerResponse) => void;

/** An HTTP server that does what a test tells it; it knows nothing of Kubernetes. */
export class ScriptedServer implements AsyncDisposable {
  readonly seen: Seen[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** How many connections were ever opened. */
  connections = 0;
  handle: Handler = (_, response) => json(response, { kind: "Status", code: 404 }, 404);

  constructor() {
    this.#server = createServer((request, response) => void this.#take(request, response));
    this.#server.on("connection", (socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** Listens; port 0 is any free one. */
  async listen(port = 0): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    return this.port;
  }

  get port(): number {
    const address: AddressInfo | string | null = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  config(): FreshKubeConfig {
    const config = new FreshKubeConfig();
    const server = `http://127.0.0.1:${this.port}`;
    config.loadFromClusterAndUser({ name: "test", server, skipTLSVerify: true }, { name: "me", token: "tell-nobody" });
    return config;
  }

  transport(options: { metrics?: Metrics; mono?: Mono; timeoutMs?: number } = {}): HttpTransport {
    return new HttpTransport({ config: this.config(), mono: realMono, metrics: noMetrics, ...options });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const url = new URL(request.url ?? "/", "http://test");
    const seen = { method: request.method ?? "", url, headers: request.headers, body: Buffer.concat(chunks).toString() };
    this.seen.push(seen);
    this.handle(seen, response);
  }
}

export async function startServer(handle: Handler): Promise<ScriptedServer> {
  const server = new ScriptedServer();
  server.handle = handle;
  await server.listen();
  return server;
}

export function json(response: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

/** Breaks the connection without a word. */
export function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

/** Waits until `isTrue`, at most five seconds. */
export async function until(isTrue: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 5_000; !isTrue(); await new Promise((resolve) => setTimeout(resolve, 5))) {
    if (Date.now() > end) expect.fail(`waited 5 s in vain: ${what}`);
  }
}
