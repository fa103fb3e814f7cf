/** Listeners on signals that may outlive a story: Node keeps a composite signal, and all behind it, while it has one. */
export class Listening {
  readonly #ends = new Set<() => void>();

  /** Calls `run` when the signal aborts, unless that is ended before. */
  to(signal: AbortSignal | undefined, run: () => void): () => void {
    const end = (): void => {
      signal?.removeEventListener("abort", run);
      this.#ends.delete(end);
    };
    signal?.addEventListener("abort", run, { once: true });
    this.#ends.add(end);
    return end;
  }

  close(): void {
    for (const end of this.#ends) end();
  }
}
