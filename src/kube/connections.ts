import { Agent, errors, ProxyAgent } from "undici";
import type { Dispatcher } from "undici";

import type { Mono } from "../runtime/clock.ts";
import { CredentialsError, type Credentials, type FreshKubeConfig } from "./credentials.ts";
import { fenced, type WriteFence } from "./fence.ts";

/** A server, how to be let in, and the pooled connections to it. */
export interface Connection {
  /** Its path, if it has one, comes before that of every call. */
  readonly server: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** For calls that end. */
  readonly calls: Dispatcher;
  /** For watches, so that they take no connection away from calls. */
  readonly watches: Dispatcher;
  /** For Leases and the record of who leads, so that no renewal waits behind calls. */
  readonly leadership: Dispatcher;
}

type Pools = Pick<Connection, "calls" | "watches" | "leadership">;

/** Credentials are read again this often (files may have been rotated), and after a 401. */
const REREAD_MS = 10_000;
/** Everybody waits for them: a program that hangs must not hold all up without a word. */
const READ_WITHIN_MS = 10_000;

export interface ConnectionsOptions {
  readonly config: FreshKubeConfig;
  readonly mono: Mono;
  /** Default: none, every write is sent. */
  readonly fence?: WriteFence;
  /** How long reading the credentials may take; default 10 s. */
  readonly credentialsWithinMs?: number;
}

/** How many connections each may have; null: any number. Leadership has a second one for while an answer is overdue. */
const CONNECTIONS: Readonly<Record<keyof Pools, number | null>> = { calls: 32, watches: null, leadership: 2 };

/** The connection pools of one kubeconfig, rebuilt when its server or certificates change. */
export class Connections {
  readonly #options: ConnectionsOptions;
  #current: { readonly readAt: number; readonly fingerprint: string; readonly connection: Connection } | undefined;
  #reading: Promise<Connection> | undefined;
  #isDestroyed = false;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /**
   * Throws a CredentialsError if the credentials cannot be read, or not in time: the next caller has them read anew. Throws
   * once all were cut: whoever still holds a transport that was given up reaches its server no more.
   */
  async current(): Promise<Connection> {
    const current = this.#current;
    if (current !== undefined && this.#options.mono.now() - current.readAt < REREAD_MS) return current.connection;
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  /** The server didn't let us in: read the credentials again before the next request. */
  distrust(): void {
    if (this.#current !== undefined) this.#current = { ...this.#current, readAt: -Infinity };
  }

  /** Cuts all connections, for ever. */
  async destroy(): Promise<void> {
    this.#isDestroyed = true;
    const connection = this.#current?.connection;
    this.#current = undefined;
    if (connection !== undefined) await Promise.all(poolsOf(connection).map((pool) => pool.destroy()));
  }

  async #read(): Promise<Connection> {
    const credentials = await this.#credentials();
    if (this.#isDestroyed) throw new errors.ClientDestroyedError();
    const { server, headers, fingerprint } = credentials;
    const last = this.#current;
    const isSame = last !== undefined && last.fingerprint === fingerprint;
    const { calls, watches, leadership } = isSame ? last.connection : this.#poolsTo(credentials);
    // Requests under way end on the old pools; a watch is renewed by its server within minutes.
    if (last !== undefined && !isSame) void closeGently(last.connection);
    const connection = { server: new URL(server), headers, calls, watches, leadership };
    this.#current = { readAt: this.#options.mono.now(), fingerprint, connection };
    return connection;
  }

  async #credentials(): Promise<Credentials> {
    const { config, mono, credentialsWithinMs = READ_WITHIN_MS } = this.#options;
    const late = Promise.withResolvers<never>();
    const why = `nothing came within ${credentialsWithinMs / 1000} s: does the program hang that the kubeconfig has for them?`;
    const cancel = mono.after(credentialsWithinMs, () => late.reject(new CredentialsError(`read credentials: ${why}`)));
    try {
      return await Promise.race([config.credentials(), late.promise]);
    } finally {
      cancel();
    }
  }

  #poolsTo(credentials: Credentials): Pools {
    const { fence } = this.#options;
    const poolOfWrites = (use: "calls" | "leadership"): Dispatcher => {
      const pool = poolOf(credentials, use);
      return fence === undefined ? pool : fenced(pool, fence);
    };
    return { calls: poolOfWrites("calls"), watches: poolOf(credentials, "watches"), leadership: poolOfWrites("leadership") };
  }
}

const poolsOf = ({ calls, watches, leadership }: Pools): readonly Dispatcher[] => [calls, watches, leadership];

function poolOf(credentials: Credentials, use: keyof Pools): Dispatcher {
  const { proxy, tls } = credentials;
  // HTTP/1.1: measured at two thirds of the CPU of HTTP/2, and no watch holds up a write behind it.
  const options = {
    allowH2: false,
    pipelining: 1,
    keepAliveTimeout: 60_000,
    headersTimeout: 30_000,
    // A watch is silent for as long as nothing happens; its reader has a watchdog of its own.
    bodyTimeout: use === "watches" ? 0 : 60_000,
    connections: CONNECTIONS[use],
  };
  if (proxy !== undefined) return new ProxyAgent({ ...options, uri: proxy, requestTls: { ...tls } });
  return new Agent({ ...options, connect: { ...tls, keepAlive: true, keepAliveInitialDelay: 15_000, timeout: 10_000 } });
}

async function closeGently(connection: Connection): Promise<void> {
  // Whatever goes wrong while closing concerns connections that nobody uses any more.
  await Promise.allSettled(poolsOf(connection).map((pool) => pool.close()));
}
