import { sleep } from "./clock.ts";
import type { Mono } from "./clock.ts";
import type { Logger } from "./logger.ts";

/** What serves probes and metrics, or agents. */
export interface HttpPart {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Several that come and go together, started in this order and stopped in the reverse one. */
export function together(parts: readonly HttpPart[]): HttpPart {
  return {
    start: async () => {
      for (const part of parts) await part.start();
    },
    stop: async () => {
      for (const part of parts.toReversed()) await part.stop();
    },
  };
}

/** What keeps local copies of the cluster. */
export interface CachesPart {
  start(): void;
  /** Resolves when every cache holds the initial list. */
  synced(): Promise<void>;
  /** The caches that don't yet, for messages. */
  unsynced(): readonly string[];
  stop(): Promise<void>;
}

/** What works on keys. */
export interface ControllerPart {
  readonly name: string;
  start(): void;
  /** Aborts what runs, and says whether it ended within `graceMs`. */
  stop(graceMs: number): Promise<boolean>;
}

/** What says whether this replica may act. */
export interface LeadershipPart {
  /** Begins to compete; called once the caches are filled, so that whoever leads can act at once. */
  start(): void;
  /** Resolves when this replica may act; it may never. */
  acting(): Promise<void>;
  /** Why this replica is of no use although it waits its turn, or undefined. */
  unreadyReason(): string | undefined;
}

export interface ManagerOptions {
  readonly http: HttpPart;
  readonly caches: CachesPart;
  readonly controllers: readonly ControllerPart[];
  /** Default: it may act at once. */
  readonly leadership?: LeadershipPart | undefined;
  readonly log: Logger;
  readonly mono: Mono;
  /** Default two minutes. */
  readonly syncTimeoutMs?: number;
  /** How long running reconciles may take to end once they are aborted; default 20 s. */
  readonly graceMs?: number;
}

const SYNC_TIMEOUT_MS = 120_000;
const GRACE_MS = 20_000;

type State = "starting" | "standby" | "running" | "stopping" | "stopped";

/** Starts and stops the parts of an operator in the order that is safe (http → caches → leadership → workers, and back). */
export class Manager {
  readonly #options: ManagerOptions;
  readonly #stopRequested = new AbortController();
  #state: State = "starting";
  #stopped: Promise<boolean> | undefined;

  constructor(options: ManagerOptions) {
    this.#options = options;
  }

  /** Resolves when workers run, or when it was stopped before; throws if the caches can't be filled in time. */
  async start(): Promise<void> {
    const { http, caches, controllers, log } = this.#options;
    if (this.#isStopping()) return;
    await http.start();
    caches.start();
    await this.#waitForCaches();
    if (this.#state !== "starting") return;
    log.info("caches synced");
    await this.#waitForTurn();
    if (this.#isStopping()) return;
    for (const controller of controllers) controller.start();
    this.#state = "running";
  }

  /**
   * Ends everything; whether all work had ended. What runs is aborted, and may take `graceMs` to end the request it is at.
   * Calling it again gives the same promise.
   */
  stop(graceMs = this.#options.graceMs ?? GRACE_MS): Promise<boolean> {
    this.#stopped ??= this.#stop(graceMs);
    return this.#stopped;
  }

  /** Why /readyz must say no, or undefined if it may say yes. */
  unreadyReason(): string | undefined {
    if (this.#state === "running" || this.#state === "standby") return this.#options.leadership?.unreadyReason();
    const missing = this.#state === "starting" ? this.#options.caches.unsynced() : [];
    return missing.length === 0 ? this.#state : `${this.#state}: waiting for ${[...missing].sort().join(", ")}`;
  }

  async #waitForCaches(): Promise<void> {
    const { caches, mono, syncTimeoutMs = SYNC_TIMEOUT_MS } = this.#options;
    const done = new AbortController();
    const signal = AbortSignal.any([done.signal, this.#stopRequested.signal]);
    const late = sleep(mono, syncTimeoutMs, signal).then(() => (signal.aborted ? "stopped" : "late"));
    const result = await Promise.race([caches.synced().then(() => "synced"), late]);
    done.abort();
    if (result === "late") {
      const missing = [...caches.unsynced()].sort().join(", ");
      throw new Error(`start: no list of ${missing} within ${syncTimeoutMs / 1000} s: check the API server and the operator's RBAC`);
    }
  }

  /** A standby is warm: its caches follow the cluster and its queues fill, but nothing is handed out. */
  async #waitForTurn(): Promise<void> {
    const { leadership } = this.#options;
    if (leadership === undefined) return;
    this.#state = "standby";
    leadership.start();
    await Promise.race([leadership.acting(), new Promise((resolve) => this.#stopRequested.signal.addEventListener("abort", resolve, { once: true }))]);
  }

  #isStopping(): boolean {
    return this.#stopRequested.signal.aborted;
  }

  async #stop(graceMs: number): Promise<boolean> {
    const { http, caches, controllers, log } = this.#options;
    const wasRunning = this.#state === "running";
    this.#state = "stopping";
    this.#stopRequested.abort();
    const ends = wasRunning ? await Promise.all(controllers.map((controller) => controller.stop(graceMs))) : [];
    const unclean = controllers.filter((_, n) => ends[n] === false).map(({ name }) => name);
    if (unclean.length > 0) log.warn("work did not end in time", { controllers: unclean });
    await caches.stop();
    await http.stop();
    this.#state = "stopped";
    return unclean.length === 0;
  }
}
