import type { Cancel, Mono, Rng } from "./clock.ts";

/** Lengths in milliseconds of elapsed time. */
export interface BackoffOptions {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** first·2^n up to the longest, less up to half of it by chance, so that a crowd doesn't come back as one. */
export function backoffMs(options: BackoffOptions, failures: number, rng: Rng): number {
  const full = Math.min(options.firstMs * 2 ** Math.min(failures, 30), options.longestMs);
  return full * (1 - rng.next() / 2);
}

/** How long to wait after each failure; one that comes long after the last begins anew. */
export class Backoff {
  readonly #options: BackoffOptions & { readonly resetsAfterMs: number };
  readonly #time: { readonly mono: Mono; readonly rng: Rng };
  #failures = 0;
  #lastAt = -Infinity;

  constructor(options: BackoffOptions & { readonly resetsAfterMs: number }, time: { readonly mono: Mono; readonly rng: Rng }) {
    this.#options = options;
    this.#time = time;
  }

  /** Counts a failure; gives the milliseconds to wait. */
  next(): number {
    const now = this.#time.mono.now();
    this.#failures = now - this.#lastAt > this.#options.resetsAfterMs ? 0 : this.#failures + 1;
    this.#lastAt = now;
    return backoffMs(this.#options, this.#failures, this.#time.rng);
  }

  /** What failed works again. */
  reset(): void {
    this.#lastAt = -Infinity;
  }
}

/** Between two tries of one key (design §12). */
const RETRY: BackoffOptions = { firstMs: 50, longestMs: 60_000 };

/** Failed keys that come back after a backoff of their own. */
export class Retries {
  readonly #failures = new Map<string, number>();
  readonly #pending = new Map<string, { readonly dueAt: number; readonly cancel: Cancel }>();
  readonly #mono: Mono;
  readonly #rng: Rng;
  readonly #onDue: (key: string) => void;

  constructor(time: { readonly mono: Mono; readonly rng: Rng }, onDue: (key: string) => void) {
    this.#mono = time.mono;
    this.#rng = time.rng;
    this.#onDue = onDue;
  }

  /** How many keys wait to be tried again. */
  get size(): number {
    return this.#pending.size;
  }

  add(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.stopWaiting(key);
    const wait = backoffMs(RETRY, failures, this.#rng);
    const cancel = this.#mono.after(wait, () => {
      this.#pending.delete(key);
      this.#onDue(key);
    });
    this.#pending.set(key, { dueAt: this.#mono.now() + wait, cancel });
  }

  /** The key is tried now for another reason; what it failed so far still counts. */
  stopWaiting(key: string): void {
    this.#pending.get(key)?.cancel();
    this.#pending.delete(key);
  }

  /** The key succeeded. */
  forget(key: string): void {
    this.stopWaiting(key);
    this.#failures.delete(key);
  }

  /** Whatever they failed of is over: all are tried at once, with a clean record. */
  releaseAll(): void {
    const keys = [...this.#pending.keys()];
    this.clear();
    for (const key of keys) this.#onDue(key);
  }

  clear(): void {
    for (const { cancel } of this.#pending.values()) cancel();
    this.#pending.clear();
    this.#failures.clear();
  }

  /** Whether a key comes back within `ms`. */
  isAnyDueWithin(ms: number): boolean {
    const limit = this.#mono.now() + ms;
    return this.#pending.values().some(({ dueAt }) => dueAt <= limit);
  }
}
