import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Agent, request } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { parse, stringify } from "yaml";
import type { Cluster } from "../../tools/cluster/cluster.ts";

/** A write on its way to the API server. */
export interface Write {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Its JSON; undefined without one. */
  readonly body: unknown;
}

/** A write that the proxy keeps until one of the two is called; the writer waits meanwhile. */
export interface HeldWrite extends Write {
  /** Sends it on and resolves when the API server has answered, whether or not the writer still lives. */
  forward(): Promise<void>;
  /** Cuts the connection; the API server never sees it. */
  drop(): void;
}

/**
 * Plain HTTP in front of a cluster's API server, credentials passed through: it can hold a write, so that a test crashes
 * its writer at exactly that point.
 */
export class FaultProxy {
  /** Every request so far, `GET /api/v1/…`, without the query; the array grows. */
  readonly requests: string[] = [];
  /** As if the API server were one that must be listed: it streams nothing that is there already. */
  listsOnly = false;
  /** Milliseconds by which the API server's clock seems to be ahead: the `Date` of every answer is altered. */
  dateAheadMs = 0;
  readonly #server: Server;
  readonly #cluster: Pick<Cluster, "server">;
  readonly #ca: string;
  readonly #upstream: Agent;
  readonly #sockets = new Set<Socket>();
  readonly #traps = new Set<{ readonly matches: (write: Write) => boolean; readonly caught: (held: HeldWrite) => void }>();

  private constructor(cluster: Pick<Cluster, "server" | "caFile">) {
    this.#cluster = cluster;
    this.#ca = readFileSync(cluster.caFile, "utf8");
    this.#upstream = new Agent({ ca: this.#ca, keepAlive: true });
    this.#server = createServer((incoming, answer) => void this.#handle(incoming, answer));
    this.#server.on("upgrade", (incoming, socket: Socket, head: Buffer) => this.#tunnel(incoming, socket, head));
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => undefined); // the killed side of a connection
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  static async start(cluster: Pick<Cluster, "server" | "caFile">): Promise<FaultProxy> {
    const proxy = new FaultProxy(cluster);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  /** Writes, beside a kubeconfig, one that has this proxy as its server, and returns its path. */
  kubeconfigBeside(path: string): string {
    const { port } = this.#server.address() as AddressInfo; // it listens on a port
    const config = parse(readFileSync(path, "utf8")) as { clusters: { name: string }[] }; // a kubeconfig
    const clusters = config.clusters.map(({ name }) => ({ name, cluster: { server: `http://127.0.0.1:${port}` } }));
    const proxied = `${path}.proxied`;
    writeFileSync(proxied, stringify({ ...config, clusters }), { mode: 0o600 });
    return proxied;
  }

  /** Holds the next write that matches; resolves once it is there. */
  hold(matches: (write: Write) => boolean): Promise<HeldWrite> {
    return new Promise((resolve) => {
      this.#traps.add({ matches, caught: resolve });
    });
  }

  async stop(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#upstream.destroy();
  }

  async #handle(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming).catch(() => undefined);
    if (body === undefined) return; // its writer was killed in the middle
    const forward = () => this.#forward(incoming, body, answer);
    const write = { method: incoming.method ?? "", path: (incoming.url ?? "").split("?")[0] ?? "", body: jsonOf(body) };
    this.requests.push(`${write.method} ${write.path}`);
    if (this.listsOnly && incoming.url?.includes("sendInitialEvents") === true) return refuseStream(answer);
    const trap = incoming.method === "GET" ? undefined : [...this.#traps].find(({ matches }) => matches(write));
    if (trap === undefined) return void forward();
    this.#traps.delete(trap);
    trap.caught({ ...write, forward, drop: () => incoming.socket.destroy() });
  }

  #forward(incoming: IncomingMessage, body: Buffer, answer: ServerResponse): Promise<void> {
    const { method, url, headers } = incoming;
    return new Promise((resolve) => {
      const outgoing = request(this.#cluster.server + (url ?? "/"), { method, headers, agent: this.#upstream }, (response) => {
        const date = new Date(Date.parse(response.headers.date ?? "") + this.dateAheadMs).toUTCString();
        answer.writeHead(response.statusCode ?? 502, { ...response.headers, date });
        response.pipe(answer);
        // Whoever asked may be dead; the API server has answered all the same.
        resolve();
      });
      // A watch ends with whoever watched; a write that is on its way goes on.
      if (method === "GET") answer.once("close", () => outgoing.destroy());
      outgoing.once("error", () => {
        answer.destroy();
        resolve();
      });
      outgoing.end(body);
    });
  }

  /** `exec` switches to a WebSocket: bytes are then passed as they are. */
  #tunnel({ method, url, rawHeaders }: IncomingMessage, socket: Socket, head: Buffer): void {
    const { hostname, port } = new URL(this.#cluster.server);
    const upstream = tlsConnect({ host: hostname, port: Number(port), ca: this.#ca }, () => {
      const lines = rawHeaders.flatMap((name, n) => (n % 2 === 0 ? [`${name}: ${rawHeaders[n + 1] ?? ""}`] : []));
      upstream.write(`${method ?? "GET"} ${url ?? "/"} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    for (const [one, other] of [[upstream, socket], [socket, upstream]] as const) one.on("error", () => other.destroy());
  }
}

/** As an API server answers that has no WatchList. */
function refuseStream(answer: ServerResponse): void {
  const message = "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled";
  answer.writeHead(422, { "content-type": "application/json" }).end(JSON.stringify({ kind: "Status", code: 422, reason: "Invalid", message }));
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer); // no encoding was set
  return Buffer.concat(chunks);
}

function jsonOf(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
