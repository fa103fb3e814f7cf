import type { Cancel, Mono } from "../runtime/clock.ts";

/** Aborts its signal when a stream has been silent for too long. */
export class Watchdog {
  readonly #mono: Mono;
  readonly #silenceMs: number;
  readonly #abort = new AbortController();
  #lastAt: number;
  #cancel: Cancel;

  constructor(mono: Mono, silenceMs: number) {
    this.#mono = mono;
    this.#silenceMs = silenceMs;
    this.#lastAt = mono.now();
    this.#cancel = mono.after(silenceMs, () => this.#look());
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The same bytes; each piece of them is a sign of life. */
  async *guard(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    for await (const chunk of bytes) {
      this.#lastAt = this.#mono.now();
      yield chunk;
    }
  }

  /** Aborts the signal for another reason than silence. */
  cut(why: string): void {
    this.#abort.abort(new Error(why));
  }

  stop(): void {
    this.#cancel();
  }

  /** One timer for many chunks: it looks how long the silence is and comes back when that would be too long. */
  #look(): void {
    const left = this.#lastAt + this.#silenceMs - this.#mono.now();
    if (left > 0) this.#cancel = this.#mono.after(left, () => this.#look());
    else this.#abort.abort(new Error(`nothing came for ${this.#silenceMs} ms`));
  }
}
