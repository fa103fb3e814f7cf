import type { Instant } from "../domain/time.ts";
import { Appointments } from "./appointments.ts";
import type { Cancel, Clock } from "./clock.ts";

/** Keys with the instant at which each is due; however many there are, one wake-up is armed at a time. */
export class Agenda {
  readonly #clock: Clock;
  readonly #onDue: (key: string) => void;
  readonly #due = new Appointments();
  #armed: { readonly at: Instant; readonly cancel: Cancel } | undefined;

  constructor(clock: Clock, onDue: (key: string) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  get size(): number {
    return this.#due.size;
  }

  /** The key becomes due at `at`, or earlier if that was said before. */
  add(key: string, at: Instant): void {
    const known = this.#due.of(key);
    if (known !== undefined && known <= at) return;
    this.#due.set(key, at);
    this.#arm();
  }

  delete(key: string): void {
    this.#due.set(key, undefined);
    this.#arm();
  }

  clear(): void {
    this.#due.clear();
    this.#arm();
  }

  /** When the first key is due. */
  nextAt(): Instant | undefined {
    return this.#due.next();
  }

  #arm(): void {
    const at = this.nextAt();
    if (at === this.#armed?.at) return;
    this.#armed?.cancel();
    this.#armed = at === undefined ? undefined : { at, cancel: this.#clock.wakeAt(at, () => this.#fire()) };
  }

  #fire(): void {
    this.#armed = undefined;
    const due = this.#due.takeDue(this.#clock.now());
    this.#arm();
    for (const key of due) this.#onDue(key);
  }
}
