/** How many changes are kept for whoever has not looked yet. */
const KEPT = 50_000;

/** In what order keys have changed, so that whoever looked before looks only at what is new. */
export class ChangeLog {
  readonly #keys: string[] = [];
  #forgotten = 0;

  note(key: string): void {
    this.#keys.push(key);
    if (this.#keys.length <= KEPT) return;
    this.#forgotten += KEPT / 2;
    this.#keys.splice(0, KEPT / 2);
  }

  /** Where the log ends: what is noted from now on comes after it. */
  get position(): number {
    return this.#forgotten + this.#keys.length;
  }

  /** The keys that changed after a position, some of them more than once; undefined if that is no longer known. */
  since(position: number): readonly string[] | undefined {
    return position < this.#forgotten ? undefined : this.#keys.slice(position - this.#forgotten);
  }
}
