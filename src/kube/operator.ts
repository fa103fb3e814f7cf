import type { Clock, Rng } from "../runtime/clock.ts";
import { Controller } from "../runtime/controller.ts";
import type { Outcome, ReconcileContext, Rest } from "../runtime/controller.ts";
import type { Logger } from "../runtime/logger.ts";
import { Manager } from "../runtime/manager.ts";
import type { HttpPart, LeadershipPart } from "../runtime/manager.ts";
import type { Metrics } from "../runtime/metrics.ts";
import { WorkQueue, type Priority } from "../runtime/queue.ts";
import { BaseOperator } from "./base-operator.ts";
import type { BaseOptions } from "./base-operator.ts";
import { Caches } from "./caches.ts";
import type { Scope } from "./caches.ts";
import type { ResourceEvent } from "./dot-i.ts";
import { classify } from "./errors.ts";
import { latestEvents } from "./events-of-keys.ts";
import type { Kind, KubeObject } from "./kind.ts";
import { Reachability } from "./reachability.ts";
import type { Change, Index, ReadStore } from "./store.ts";

export interface OperatorOptions extends BaseOptions {
  readonly http: HttpPart;
  /** Default: none, it acts alone. */
  readonly leadership?: LeadershipPart | undefined;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface RegisterOptions<T> extends Scope {
  readonly workers: number;
  /** Looks at the key's latest state; throws to be called again. */
  readonly reconcile: (key: string, context: ReconcileContext) => Promise<Outcome>;
  /** Which changes of the object itself call for a reconcile; default: all. */
  readonly when?: (change: Change<T>) => boolean;
  /** How urgent a change is, but for the initial ones; default: normal. */
  readonly priority?: (change: Change<T>) => Priority;
  readonly project?: (object: T) => T;
  readonly indexes?: Readonly<Record<string, Index<T>>>;
  readonly deadlineMs?: number;
  readonly rest?: Rest;
}

/** A key of one of the controllers. */
export interface Target {
  readonly controller: string;
  readonly key: string;
  /** Default: normal. */
  readonly priority?: Priority;
}

export interface SecondaryOptions<T> extends Scope {
  readonly project?: (object: T) => T;
  readonly indexes?: Readonly<Record<string, Index<T>>>;
  /** As in WatchOptions. */
  readonly isOptional?: boolean;
  /** Which changes concern anybody; default: all. */
  readonly when?: (change: Change<T>) => boolean;
  /** Whom a change of this object concerns; asked of its old and of its new state. */
  readonly keysOf: (object: T) => readonly Target[];
}

/** What `register` gives: the cache of the kind and the queue of its controller. */
export interface Registered<T> {
  readonly store: ReadStore<T>;
  readonly queue: WorkQueue;
}

/** A watch that broke is back within seconds, unless the API server is out of reach. */
const STALE_AFTER_MS = 60_000;

/**
 * The base class of our operator. From `@dot-i/k8s-operator` come the lifecycle (`start`, `init`, `stop`), the event
 * and meta types and `handleResourceFinalizer`; everything of it that does I/O is replaced here.
 */
export abstract class SlacktideOperator extends BaseOperator {
  readonly #options: OperatorOptions;
  readonly #caches: Caches;
  readonly #reachability: Reachability;
  readonly #controllers = new Map<string, { readonly controller: Controller; readonly queue: WorkQueue }>();
  #manager: Manager | undefined;

  constructor(options: OperatorOptions) {
    const reachability = new Reachability(options);
    const watched = { ...options, transport: reachability.transport };
    const caches = new Caches({ ...watched, outage: (signal) => reachability.outage(signal) });
    super(watched, {
      onWritten: (object) => caches.observe(object),
      onRemoved: (kind, ref, uid) => caches.observeRemoval(kind, ref, uid),
    });
    this.#options = watched;
    this.#caches = caches;
    this.#reachability = reachability;
    reachability.onChange((isReachable) => this.#allQueues(isReachable ? "resume" : "pause"));
  }

  /** Calls `init`, then starts http, caches and workers in this order; throws if the caches can't be filled. */
  override async start(): Promise<void> {
    await super.start();
    await this.#managed().start();
  }

  /** Begins to shut down; `shutdown` is the same with an end to wait for. */
  override stop(): void {
    void this.shutdown();
  }

  /** Ends workers, caches and http in this order; whether all work ended within `graceMs` of being aborted. */
  shutdown(graceMs?: number): Promise<boolean> {
    this.#reachability.stop();
    // What waits for a server that is gone would wait for ever.
    this.#allQueues("resume");
    return this.#managed().stop(graceMs);
  }

  /** Why the operator isn't ready, or undefined if it is. */
  unreadyReason(): string | undefined {
    // Made now it would know of no controller: `init` has not said what there is.
    return this.#manager === undefined ? "starting" : this.#manager.unreadyReason();
  }

  /** Whether any controller has work or waits for the cluster, or something may have happened unseen: the probe for a rehearsal. */
  isBusy(): boolean {
    return !this.#caches.areFollowing() || this.#controllers.values().some(({ controller }) => controller.isBusy());
  }

  /** Whether something failed and waits to be tried again, however long; a rehearsal leaps over the longer ones. */
  isRetrying(): boolean {
    return this.#controllers.values().some(({ queue }) => queue.stats().retrying > 0);
  }

  /** Why what the caches show may be old, or undefined: they are not filled, or some kind has not been watched for long. */
  protected staleReason(): string | undefined {
    const behindMs = this.#caches.behindMs();
    return behindMs <= STALE_AFTER_MS ? undefined : "the caches do not follow the cluster";
  }

  /** A controller named like the plural: every change of an object of `kind` brings its key to `reconcile`. */
  protected register<T extends KubeObject>(kind: Kind, options: RegisterOptions<T>): Registered<T> {
    const { clock, mono, rng, log, metrics } = this.#options;
    const { namespace, labelSelector, project, indexes, when = () => true, priority = () => "normal", workers, reconcile } = options;
    const name = kind.plural;
    if (this.#controllers.has(name)) throw new Error(`register ${name}: there is a controller of that name`);
    const queue = new WorkQueue({ name, clock, mono, rng, metrics });
    const { deadlineMs, rest } = options;
    const limits = { ...(deadlineMs !== undefined && { deadlineMs }), ...(rest !== undefined && { rest }) };
    const controller = new Controller({ name, queue, workers, reconcile, classify, log, metrics, mono, ...limits });
    this.#controllers.set(name, { controller, queue });
    const onChange = (change: Change<T>, initial: boolean): void => {
      if (when(change)) queue.add(change.key, initial ? "low" : priority(change));
    };
    return { store: this.#caches.watch(kind, { namespace, labelSelector, project, indexes, onChange }), queue };
  }

  /** A cache of objects whose changes concern keys of controllers. */
  protected watchSecondary<T extends KubeObject>(kind: Kind, options: SecondaryOptions<T>): ReadStore<T> {
    const { namespace, labelSelector, project, indexes, isOptional, keysOf, when = () => true } = options;
    const onChange = (change: Change<T>, initial: boolean): void => {
      const { old, now } = change;
      if (!when(change)) return;
      const targets = [old, now].flatMap((object) => (object === undefined ? [] : keysOf(object)));
      for (const { controller, key, priority } of targets) this.enqueue(controller, key, initial ? "low" : priority);
    };
    return this.#caches.watch(kind, { namespace, labelSelector, project, indexes, isOptional, onChange });
  }

  /** Brings a key to the controller of that name. */
  protected enqueue(controller: string, keys: string | Iterable<string>, priority: Priority = "normal"): void {
    const found = this.#controllers.get(controller);
    if (found === undefined) throw new Error(`enqueue: there is no controller "${controller}"`);
    found.queue.addAll(typeof keys === "string" ? [keys] : keys, priority);
  }

  /** `onEvent` is called by a worker with the latest state of each changed key, and again if it throws. */
  // oxlint-disable-next-line max-params -- the signature is the base class's
  protected override async watchResource(
    group: string,
    version: string,
    plural: string,
    onEvent: (event: ResourceEvent) => Promise<Outcome | void>,
    namespace?: string,
  ): Promise<void> {
    const kind = this.client.kinds.byPlural(group === "" ? version : `${group}/${version}`, plural);
    const reconcile = latestEvents(kind, (key) => registered.store.get(key), onEvent);
    const registered: Registered<KubeObject> = this.register(kind, { namespace, workers: 1, reconcile });
  }

  #allQueues(what: "pause" | "resume"): void {
    for (const { queue } of this.#controllers.values()) queue[what]();
  }

  #managed(): Manager {
    const controllers = [...this.#controllers.values()].map(({ controller }) => controller);
    this.#manager ??= new Manager({ ...this.#options, caches: this.#caches, controllers });
    return this.#manager;
  }
}
