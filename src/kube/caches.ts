import type { Mono, Rng } from "../runtime/clock.ts";
import type { Logger } from "../runtime/logger.ts";
import type { CachesPart } from "../runtime/manager.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { Kind, KubeObject } from "./kind.ts";
import { Reflector } from "./reflector.ts";
import type { Change, Index, ReadStore } from "./store.ts";
import type { Transport } from "./transport.ts";

export interface CachesOptions {
  readonly transport: Transport;
  readonly mono: Mono;
  readonly rng: Rng;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Which objects of a kind to keep. */
export interface Scope {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
}

export interface WatchOptions<T> extends Scope {
  /** Keeps what is used of an object; the first to watch a scope says so for all. */
  readonly project?: ((object: T) => T) | undefined;
  readonly indexes?: Readonly<Record<string, Index<T>>> | undefined;
  readonly onChange: Handler<T>;
}

type Handler<T> = (change: Change<T>, initial: boolean) => void;

interface Entry {
  readonly name: string;
  readonly reflector: Reflector<KubeObject>;
  readonly handlers: Handler<KubeObject>[];
}

/** One reflector for each kind and scope, however many are interested in it. */
export class Caches implements CachesPart {
  readonly #options: CachesOptions;
  readonly #entries = new Map<string, Entry>();
  #isStarted = false;

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

  start(): void {
    this.#isStarted = true;
    for (const { reflector } of this.#entries.values()) reflector.start();
  }

  async synced(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ reflector }) => reflector.synced()));
  }

  unsynced(): readonly string[] {
    return [...this.#entries.values()].filter(({ reflector }) => !reflector.hasSynced()).map(({ name }) => name);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ reflector }) => reflector.stop()));
  }

  #add(kind: Kind, name: string, options: WatchOptions<KubeObject>): Entry {
    const { namespace, labelSelector, project } = options;
    const handlers: Handler<KubeObject>[] = [];
    const onChange: Handler<KubeObject> = (change, initial) => {
      for (const handle of handlers) handle(change, initial);
    };
    return { name, handlers, reflector: new Reflector({ ...this.#options, kind, namespace, labelSelector, project, onChange }) };
  }
}
