import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { addressOf, isOfCollection, isWatch, type Call } from "./call.ts";
import { IncomingWrite, type Write } from "./write.ts";
import { newestIn, WatchPipe, type WatchTap } from "./watch-pipe.ts";
import { headersOf, redated, send } from "./answers.ts";
import type { Answer, Upstream } from "./upstream.ts";

/** What a plan does to the requests of one replica. */
export interface Hooks {
  /** The URL under which the replica sees no more than the plan's own objects. */
  narrow(call: Call): string;
  /** Is given every write and must see to it that it is answered, or not. */
  onWrite(write: Write): void;
  /** An answer to a read or to the opening of a watch in place of the API server's. */
  onRead?(call: Call): Answer | undefined;
  /** What stands between a watch and its reader. */
  onWatch?(call: Call): WatchTap | undefined;
  /** The `Date` that the replica is shown, for that of the API server. */
  dateOf?(real: number): number;
}

export interface DoorOptions {
  readonly upstream: Upstream;
  /** Who comes by this door. */
  readonly replica: string;
  readonly hooks: Hooks;
  /** With these it speaks TLS; without, plain HTTP. */
  readonly credential?: { readonly key: string; readonly cert: string } | undefined;
}

/**
 * One replica's way to an API server: a port of its own, credentials passed through. When it is cut, nothing that the
 * replica ever does again reaches the cluster, as if its process had died; when it is blocked, nothing comes or goes until it
 * is opened again, as if its network had; when it is shut, whoever comes is turned away, as by a cluster that is off.
 */
export class Door {
  readonly #options: DoorOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #ending = new AbortController();
  readonly #watches = new Set<ServerResponse>();
  /** By plural: the newest resourceVersion that the replica has been sent by lists and watches. */
  readonly #sent = new Map<string, number>();
  #passage: Promise<void> = Promise.resolve();
  #unblock: () => void = () => undefined;
  #isShut = false;

  private constructor(options: DoorOptions) {
    this.#options = options;
    const handle = (incoming: IncomingMessage, answer: ServerResponse): void => void this.#handle(incoming, answer).catch(() => answer.destroy());
    this.#server = options.credential === undefined ? createServer(handle) : createSecureServer({ ...options.credential }, handle);
    this.#server.on("connection", (socket) => {
      if (this.#isShut) socket.destroy();
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => undefined); // the far side died
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  static async open(options: DoorOptions): Promise<Door> {
    const door = new Door(options);
    door.#server.listen(0, "127.0.0.1");
    await once(door.#server, "listening");
    return door;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo; // it listens on a port
    return `${this.#options.credential === undefined ? "http" : "https"}://127.0.0.1:${port}`;
  }

  get replica(): string {
    return this.#options.replica;
  }

  /** How many watches are open and have brought all there was when they began. */
  get watches(): number {
    return this.#watches.size;
  }

  /** Whether a change of a kind, or a later one, has been sent to the replica. */
  hasSent(plural: string, revision: number): boolean {
    return (this.#sent.get(plural) ?? 0) >= revision;
  }

  /** By plural: the newest resourceVersion that the replica has been sent. */
  get sent(): ReadonlyMap<string, number> {
    return new Map(this.#sent);
  }

  /** Every connection breaks, and none is made until the function is called that this returns. */
  shut(): () => void {
    this.#isShut = true;
    for (const socket of this.#sockets) socket.destroy();
    return () => (this.#isShut = false);
  }

  /** For ever, and at once. */
  cut(): void {
    this.#ending.abort();
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#unblock();
  }

  /** From here on, until the function is called that this returns, nothing passes; connections stay as they are. */
  block(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#passage = promise;
    this.#unblock = resolve;
    return resolve;
  }

  async #handle(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming).catch(() => undefined);
    if (body === undefined || this.#ending.signal.aborted || this.#isShut) return;
    const call = callOf(incoming, body, this.#options.replica);
    await this.#passage;
    if (this.#ending.signal.aborted) return;
    const { upstream, hooks } = this.#options;
    if (call.method !== "GET") return hooks.onWrite(new IncomingWrite(call, { incoming, answer, upstream, passage: () => this.#passage, dateOf: (real) => hooks.dateOf?.(real) ?? real }));
    const instead = hooks.onRead?.(call);
    if (instead !== undefined) return send(answer, instead);
    const url = hooks.narrow(call);
    if (isWatch(call)) return this.#watch({ ...call, url }, answer);
    const found = await upstream.call({ ...call, url, headers: headersOf(call) });
    await send(answer, this.#dated(found), () => this.#passage);
    if (isOfCollection(call)) this.#noteSent(call, newestIn(found.body.toString("latin1")));
  }

  async #watch(call: Call, answer: ServerResponse): Promise<void> {
    const { upstream, hooks } = this.#options;
    const { status, headers, body } = await upstream.open({ ...call, headers: headersOf(call) });
    const pipe = new WatchPipe({ answer, tap: hooks.onWatch?.(call), passage: () => this.#passage, onInitialEnd: () => this.#watches.add(answer), onSent: (revision) => this.#noteSent(call, revision) });
    answer.once("close", () => body.destroy());
    answer.writeHead(status, { ...headers });
    answer.flushHeaders();
    if (status === 200 && call.query.get("sendInitialEvents") !== "true") this.#watches.add(answer);
    await pipe.run(body);
    this.#watches.delete(answer);
  }

  #noteSent({ path }: Call, revision: number): void {
    const { plural = "" } = addressOf(path) ?? {};
    this.#sent.set(plural, Math.max(revision, this.#sent.get(plural) ?? 0));
  }

  #dated(answer: Answer): Answer {
    return redated(answer, (real) => this.#options.hooks.dateOf?.(real) ?? real);
  }
}

function callOf({ method = "GET", url = "/", headers }: IncomingMessage, body: Buffer, replica: string): Call {
  const parsed = new URL(url, "http://server.invalid");
  return { method, url, path: parsed.pathname, query: parsed.searchParams, headers, body, replica };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer); // no encoding was set
  return Buffer.concat(chunks);
}
