import type { Rng } from "../../src/runtime/clock.ts";
import { random } from "../support/random.ts";

/** Chance that is the same for the same seed, with what stories need of it. */
export class Chance implements Rng {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = random(seed);
  }

  next(): number {
    return this.#next();
  }

  /** Whether something of this probability happens. */
  is(probability: number): boolean {
    return this.#next() < probability;
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.#next() * (high - low + 1));
  }

  pick<T>(options: readonly T[]): T {
    if (options.length === 0) throw new Error("pick one of nothing");
    return options[Math.floor(this.#next() * options.length)] as T; // there is one at every index below the length
  }
}

/** A number for a place in a story, the same whatever else the story asked chance for. */
export function seedOf(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const char of parts.join("/")) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
