import type { Instant } from "../domain/time.ts";
import type { Cancel, Clock } from "./clock.ts";
import { Heap } from "../domain/heap.ts";

interface Entry {
  readonly key: string;
  readonly at: Instant;
}

/** Keys with the instant at which each is due; however many there are, one wake-up is armed at a time. */
export class Agenda {
  readonly #clock: Clock;
  readonly #onDue: (key: string) => void;
  readonly #dueAt = new Map<string, Instant>();
  /** May hold entries that `#dueAt` no longer knows; they are skipped when they come up. */
  readonly #heap = new Heap<Entry>((a, b) => a.at < b.at);
  #armed: { readonly at: Instant; readonly cancel: Cancel } | undefined;

  constructor(clock: Clock, onDue: (key: string) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  get size(): number {
    return this.#dueAt.size;
  }

  /** The key becomes due at `at`, or earlier if that was said before. */
  add(key: string, at: Instant): void {
    const known = this.#dueAt.get(key);
    if (known !== undefined && known <= at) return;
    this.#dueAt.set(key, at);
    this.#heap.push({ key, at });
    this.#arm();
  }

  delete(key: string): void {
    if (this.#dueAt.delete(key)) this.#arm();
  }

  clear(): void {
    this.#dueAt.clear();
    this.#arm();
  }

  /** When the first key is due. */
  nextAt(): Instant | undefined {
    for (let top = this.#heap.peek(); top !== undefined; top = this.#heap.peek()) {
      if (this.#dueAt.get(top.key) === top.at) return top.at;
      this.#heap.pop();
    }
    return undefined;
  }

  #arm(): void {
    const at = this.nextAt();
    if (at === this.#armed?.at) return;
    this.#armed?.cancel();
    this.#armed = at === undefined ? undefined : { at, cancel: this.#clock.wakeAt(at, () => this.#fire()) };
  }

  #fire(): void {
    this.#armed = undefined;
    const now = this.#clock.now();
    const due: string[] = [];
    for (let at = this.nextAt(); at !== undefined && at <= now; at = this.nextAt()) {
      const entry = this.#heap.pop();
      if (entry === undefined) break;
      this.#dueAt.delete(entry.key);
      due.push(entry.key);
    }
    this.#arm();
    for (const key of due) this.#onDue(key);
  }
}
