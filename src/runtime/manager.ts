import { sleep } from "./clock.ts";
import type { Mono } from "./clock.ts";
import type { Logger } from "./logger.ts";

/** What serves probes and metrics. */
export interface HttpPart {
  start(): Promise<void>;
  stop(): Promise<void>;
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
  /** Ends within about twice `graceMs`, and says whether it did so cleanly. */
  stop(graceMs: number): Promise<boolean>;
}

export interface ManagerOptions {
  readonly http: HttpPart;
  readonly caches: CachesPart;
  readonly controllers: readonly ControllerPart[];
  readonly log: Logger;
  readonly mono: Mono;
  /** Default two minutes. */
  readonly syncTimeoutMs?: number;
  /** How long running reconciles may take to end before they are aborted; default 20 s. */
  readonly graceMs?: number;
}

const SYNC_TIMEOUT_MS = 120_000;
const GRACE_MS = 20_000;

type State = "starting" | "running" | "stopping" | "stopped";

/** Starts and stops the parts of an operator in the order that is safe (http → caches → workers, and back). */
export class Manager {
  readonly #options: ManagerOptions;
  readonly #stopRequested = new AbortController();
  #state: State = "starting";
  #stopped: Promise<boolean> | undefined;

  constructor(options: ManagerOptions) {
    this.#options = options;
  }

  /** Resolves when workers run; throws if the caches can't be filled in time. */
  async start(): Promise<void> {
    const { http, caches, controllers, log } = this.#options;
    await http.start();
    caches.start();
    await this.#waitForCaches();
    if (this.#state !== "starting") return;
    log.info("caches synced");
    for (const controller of controllers) controller.start();
    this.#state = "running";
  }

  /** Ends everything; whether all work had ended by itself. Calling it again gives the same promise. */
  stop(): Promise<boolean> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Why /readyz must say no, or undefined if it may say yes. */
  unreadyReason(): string | undefined {
    if (this.#state === "running") return undefined;
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

  async #stop(): Promise<boolean> {
    const { http, caches, controllers, log, graceMs = GRACE_MS } = this.#options;
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
