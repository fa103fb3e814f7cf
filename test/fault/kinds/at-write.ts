import type { LoggedWrite } from "../write-log.ts";

/** Counts writes of substance and says when the n-th comes, from 1; the same call for every write. */
export class AtWrite {
  readonly #nth: number;
  #count = 0;

  constructor(nth: number) {
    this.#nth = nth;
  }

  comes({ isChatter }: LoggedWrite): boolean {
    if (isChatter) return false;
    this.#count += 1;
    return this.#count === this.#nth;
  }
}

/** A number from 1 to `of`, by chance. */
export function oneOf(next: () => number, of: number): number {
  return 1 + Math.floor(next() * Math.max(of, 1));
}

export function pick<T>(next: () => number, from: readonly [T, ...T[]]): T {
  return from[Math.floor(next() * from.length)] ?? from[0];
}
