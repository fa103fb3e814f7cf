import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import type { HttpPart } from "../runtime/manager.ts";

/** Where a server listens. */
export interface ListenOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Default: all addresses. */
  readonly host?: string;
}

/** An HTTP server that takes its port at the start and gives it back at the stop. */
export abstract class HttpListener implements HttpPart {
  protected readonly server: Server;
  readonly #at: ListenOptions;
  readonly #purpose: string;

  /** `purpose` says what the port is for, in the error of a start that fails. */
  protected constructor({ port, host }: ListenOptions, purpose: string, settings: ServerOptions) {
    this.#at = { port, ...(host !== undefined && { host }) };
    this.#purpose = purpose;
    this.server = createServer(settings, (request, response) => this.answer(request, response));
  }

  /** The port that it listens on. */
  get port(): number {
    const address = this.server.address();
    return typeof address === "object" && address !== null ? address.port : this.#at.port;
  }

  async start(): Promise<void> {
    const listening = Promise.withResolvers<void>();
    this.server.once("error", (error) => listening.reject(new Error(`${this.#purpose} on port ${this.#at.port}: ${error.message}`)));
    this.server.listen(this.#at, () => listening.resolve());
    await listening.promise;
  }

  /** Takes no more connections and ends those that are open. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  protected abstract answer(request: IncomingMessage, response: ServerResponse): void;
}
