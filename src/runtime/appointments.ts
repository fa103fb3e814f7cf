import { Heap } from "../domain/heap.ts";

interface Appointment {
  readonly key: string;
  readonly at: number;
}

/** When each of many keys is due again: each at one instant at most. */
export class Appointments {
  readonly #at = new Map<string, number>();
  #heap = Appointments.#empty();

  static #empty(): Heap<Appointment> {
    return new Heap((a, b) => a.at < b.at);
  }

  get size(): number {
    return this.#at.size;
  }

  /** When the key is due. */
  of(key: string): number | undefined {
    return this.#at.get(key);
  }

  clear(): void {
    this.#at.clear();
    this.#heap = Appointments.#empty();
  }

  /** Moves the key to another instant; undefined: it is due no more. */
  set(key: string, at: number | undefined): void {
    if (this.#at.get(key) === at) return;
    if (at === undefined) this.#at.delete(key);
    else {
      this.#at.set(key, at);
      this.#heap.push({ key, at });
    }
    // What was moved away stays in the heap until its time comes: too much of it is thrown out.
    if (this.#heap.size > 2 * this.#at.size + 16) this.#renew();
  }

  /** The earliest instant at which one is due. */
  next(): number | undefined {
    this.#skip();
    return this.#heap.peek()?.at;
  }

  /** Takes out the keys that are due by `now`. */
  takeDue(now: number): readonly string[] {
    const due: string[] = [];
    for (let at = this.next(); at !== undefined && at <= now; at = this.next()) {
      const { key = "" } = this.#heap.pop() ?? {};
      this.#at.delete(key);
      due.push(key);
    }
    return due;
  }

  #skip(): void {
    for (let first = this.#heap.peek(); first !== undefined && this.#at.get(first.key) !== first.at; first = this.#heap.peek()) this.#heap.pop();
  }

  #renew(): void {
    this.#heap = Appointments.#empty();
    for (const [key, at] of this.#at) this.#heap.push({ key, at });
  }
}
