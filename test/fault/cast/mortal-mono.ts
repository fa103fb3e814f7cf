import { realMono, type Cancel, type Mono } from "../../../src/runtime/clock.ts";

/** The machine's monotonic time for one incarnation of the operator: when that dies, none of its timers fires again. */
export class MortalMono implements Mono {
  readonly #armed = new Set<Cancel>();
  #isDead = false;

  now(): number {
    return realMono.now();
  }

  after(ms: number, run: () => void): Cancel {
    if (this.#isDead) return () => undefined;
    const cancel = realMono.after(ms, () => {
      this.#armed.delete(stop);
      run();
    });
    const stop = (): void => {
      cancel();
      this.#armed.delete(stop);
    };
    this.#armed.add(stop);
    return stop;
  }

  kill(): void {
    this.#isDead = true;
    for (const stop of this.#armed) stop();
  }
}
