/** A binary heap: the least item first, by the order given; equal items in no particular order. */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #isBefore: (a: T, b: T) => boolean;

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    let hole = this.#items.length;
    this.#items.push(item);
    while (hole > 0) {
      const up = (hole - 1) >> 1;
      const parent = this.#items[up];
      if (parent === undefined || !this.#isBefore(item, parent)) break;
      this.#items[hole] = parent;
      hole = up;
    }
    this.#items[hole] = item;
  }

  pop(): T | undefined {
    const least = this.#items[0];
    const last = this.#items.pop();
    if (last !== undefined && this.#items.length > 0) this.#sink(last);
    return least;
  }

  #sink(item: T): void {
    let hole = 0;
    for (;;) {
      const next = this.#lesserChild(hole);
      const child = next === undefined ? undefined : this.#items[next];
      if (next === undefined || child === undefined || !this.#isBefore(child, item)) break;
      this.#items[hole] = child;
      hole = next;
    }
    this.#items[hole] = item;
  }

  #lesserChild(of: number): number | undefined {
    const [left, right] = [this.#items[2 * of + 1], this.#items[2 * of + 2]];
    if (left === undefined) return undefined;
    return right !== undefined && this.#isBefore(right, left) ? 2 * of + 2 : 2 * of + 1;
  }
}
