import type { IncomingMessage, ServerResponse } from "node:http";
import type { Call } from "./call.ts";
import { headersOf, redated, send } from "./answers.ts";
import type { Answer, Upstream } from "./upstream.ts";

/** A write of a replica, held until something is decided about it. */
export interface Write extends Call {
  /** Sends it on; resolves to the API server's answer, which the writer has not seen yet. */
  forward(): Promise<Answer>;
  /** What the writer gets to see. */
  answer(answer: Answer): void;
  /** Breaks the connection by which it came. */
  breakOff(): void;
  /** Resolves when the writer waits no more: it gave up, or is dead. */
  readonly abandoned: Promise<void>;
}

interface Way {
  readonly incoming: IncomingMessage;
  readonly answer: ServerResponse;
  readonly upstream: Upstream;
  readonly passage: () => Promise<void>;
  readonly dateOf: (real: number) => number;
}

export class IncomingWrite implements Write {
  readonly method: string;
  readonly url: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Call["headers"];
  readonly body: Buffer;
  readonly replica: string;
  readonly abandoned: Promise<void>;
  readonly #way: Way;

  constructor(call: Call, way: Way) {
    this.method = call.method;
    this.url = call.url;
    this.path = call.path;
    this.query = call.query;
    this.headers = call.headers;
    this.body = call.body;
    this.replica = call.replica;
    this.#way = way;
    this.abandoned = new Promise((resolve) => {
      if (way.answer.destroyed) resolve();
      way.answer.once("close", () => resolve());
    });
  }

  async forward(): Promise<Answer> {
    return redated(await this.#way.upstream.call({ method: this.method, url: this.url, headers: headersOf(this), body: this.body }), this.#way.dateOf);
  }

  answer(answer: Answer): void {
    void send(this.#way.answer, answer, this.#way.passage);
  }

  breakOff(): void {
    this.#way.incoming.socket.destroy();
  }
}
