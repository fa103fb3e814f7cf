import { performance, PerformanceObserver } from "node:perf_hooks";
import { setImmediate as turn } from "node:timers/promises";

/** How long others had to wait for a turn, in milliseconds. */
export interface Waited {
  /** The longest, but for the garbage collector's part in it. */
  readonly longestMs: number;
  /** The garbage collector's longest pause. */
  readonly pauseMs: number;
}

interface Span {
  readonly from: number;
  readonly ms: number;
}

/** Shorter ones are nobody's concern, and too many to be kept. */
const NOTED_MS = 1;

/** Takes a turn whenever there is one, and notes how long each was waited for. */
export class Ticker {
  readonly #waits: Span[] = [];
  readonly #pauses: Span[] = [];
  readonly #observer = new PerformanceObserver((list) => this.#pauses.push(...list.getEntries().map(({ startTime, duration }) => ({ from: startTime, ms: duration }))));
  readonly #ticking: Promise<void>;
  readonly #state = { runs: true };

  constructor() {
    this.#observer.observe({ entryTypes: ["gc"] });
    this.#ticking = this.#tick();
  }

  async end(): Promise<Waited> {
    this.#state.runs = false;
    await this.#ticking;
    await turn(); // the observer is told a turn later
    this.#observer.disconnect();
    const collected = ({ from, ms }: Span) => this.#pauses.filter((pause) => pause.from >= from && pause.from <= from + ms).reduce((sum, pause) => sum + pause.ms, 0);
    return { longestMs: Math.max(0, ...this.#waits.map((wait) => wait.ms - collected(wait))), pauseMs: Math.max(0, ...this.#pauses.map(({ ms }) => ms)) };
  }

  async #tick(): Promise<void> {
    for (let from = performance.now(); this.#state.runs; from = performance.now()) {
      await turn();
      const ms = performance.now() - from;
      if (ms >= NOTED_MS) this.#waits.push({ from, ms });
    }
  }
}
