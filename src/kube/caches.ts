import { sleep, type Mono, type Rng } from "../runtime/clock.ts";
import type { Logger } from "../runtime/logger.ts";
import type { CachesPart } from "../runtime/manager.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { Selection } from "./client.ts";
import type { Kind, KubeObject, Ref } from "./kind.ts";
import { Reflector } from "./reflector.ts";
import type { Change, Index, ReadStore } from "./store.ts";
import type { Transport } from "./transport.ts";

export interface CachesOptions {
  readonly transport: Transport;
  readonly mono: Mono;
  readonly rng: Rng;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** While the API server is out of reach: resolves when it is back. */
  readonly outage?: (signal: AbortSignal) => Promise<void> | undefined;
  /** Between two audits of a cache; default 30 minutes. */
  readonly auditEveryMs?: number;
}

const AUDIT_EVERY_MS = 1_800_000;

/** Which objects of a kind to keep. */
export type Scope = Omit<Selection, "fieldSelector">;

export interface WatchOptions<T> extends Scope {
  /** Keeps what is used of an object; the first to watch a scope says so for all. */
  readonly project?: ((object: T) => T) | undefined;
  readonly indexes?: Readonly<Record<string, Index<T>>> | undefined;
  /** Served by others, who may be gone: what else is known is no older for it. */
  readonly isOptional?: boolean | undefined;
  readonly onChange: Handler<T>;
}

type Handler<T> = (change: Change<T>, initial: boolean) => void;

interface Entry {
  readonly name: string;
  readonly reflector: Reflector<KubeObject>;
  readonly handlers: Handler<KubeObject>[];
  readonly isOptional: boolean;
}

/** One reflector for each kind and scope, however many are interested in it. */
export class Caches implements CachesPart {
  readonly #options: CachesOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #stopping = new AbortController();
  #isStarted = false;
  #auditing: Promise<void> = Promise.resolve();

  constructor(options: CachesOptions) {
    this.#options = options;
  }

  /** Before the start: keeps the objects of a kind and calls `onChange` after each change. */
  watch<T extends KubeObject>(kind: Kind, options: WatchOptions<T>): ReadStore<T> {
    if (this.#isStarted) throw new Error(`watch ${kind.plural}: the caches have been started`);
    const name = [kind.plural, options.namespace, options.labelSelector].filter((part) => part !== undefined).join(" ");
    const id = `${kind.apiVersion} ${name}`;
    // What the API server lists under a kind's path is of the type that the caller names for that kind.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above; all else here treats objects as KubeObject
    const wanted = options as unknown as WatchOptions<KubeObject>;
    const known = this.#entries.get(id);
    if (known !== undefined && options.project !== undefined) throw new Error(`watch ${name}: its projection was settled by the first watch`);
    const entry = known ?? this.#add(kind, name, wanted);
    this.#entries.set(id, entry);
    entry.handlers.push(wanted.onChange);
    entry.reflector.addIndexes(wanted.indexes ?? {});
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    return entry.reflector.store as ReadStore<T>;
  }

  /** Shows the caches what a write returned. */
  observe(object: KubeObject): void {
    for (const { reflector } of this.#entries.values()) {
      const { apiVersion, kind } = reflector.kind;
      if (apiVersion === object.apiVersion && kind === object.kind) reflector.observe(object);
    }
  }

  /** Tells the caches what a delete of ours has ended. */
  observeRemoval({ apiVersion, kind }: Kind, ref: Ref, uid: string | undefined): void {
    for (const { reflector } of this.#entries.values()) {
      if (apiVersion === reflector.kind.apiVersion && kind === reflector.kind.kind) reflector.observeRemoval(ref, uid);
    }
  }

  start(): void {
    this.#isStarted = true;
    for (const { reflector } of this.#entries.values()) reflector.start();
    this.#auditing = this.#auditAgain();
  }

  async synced(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ reflector }) => reflector.synced()));
  }

  unsynced(): readonly string[] {
    return [...this.#entries.values()].filter(({ reflector }) => !reflector.hasSynced()).map(({ name }) => name);
  }

  /** Whether every kind is being watched at this moment. */
  areFollowing(): boolean {
    return this.#entries.values().every(({ reflector }) => reflector.isFollowing());
  }

  /** For how long some kind that is not optional has not been watched, in milliseconds; Infinity while any never was. */
  behindMs(): number {
    return this.#entries.values().filter(({ isOptional }) => !isOptional).reduce((longest, { reflector }) => Math.max(longest, reflector.behindMs()), 0);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#entries.values()].map(({ reflector }) => reflector.stop()));
    await this.#auditing;
  }

  async #auditAgain(): Promise<void> {
    const { mono, rng, auditEveryMs = AUDIT_EVERY_MS } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await sleep(mono, auditEveryMs * (0.75 + rng.next() / 2), signal);
      for (const entry of this.#entries.values()) if (!signal.aborted) await this.#audit(entry);
    }
  }

  async #audit({ reflector, name }: Entry): Promise<void> {
    try {
      await reflector.audit();
    } catch (error) {
      this.#options.log.warn("cache not audited", { cache: name, error });
    }
  }

  #add(kind: Kind, name: string, options: WatchOptions<KubeObject>): Entry {
    const { onChange: _first, indexes: _later, isOptional = false, ...scope } = options;
    const handlers: Handler<KubeObject>[] = [];
    const onChange: Handler<KubeObject> = (change, initial) => {
      for (const handle of handlers) handle(change, initial);
    };
    return { name, handlers, isOptional, reflector: new Reflector({ ...this.#options, kind, ...scope, onChange }) };
  }
}
