import type { Result } from "./run.ts";

interface Progress {
  readonly seconds: number;
  readonly failures: number;
  /** How many seeds were asked for. */
  readonly of: number;
}

/** Adds up what happened in many stories. */
export class Histogram {
  readonly #seeds = new Map<string, number>();
  readonly #times = new Map<string, number>();
  #stories = 0;
  #writes = 0;
  #operatorWrites = 0;

  add({ counts, writes, operatorWrites }: Result): void {
    this.#stories += 1;
    this.#writes += writes;
    this.#operatorWrites += operatorWrites;
    for (const [what, count] of Object.entries(counts)) {
      this.#seeds.set(what, (this.#seeds.get(what) ?? 0) + 1);
      this.#times.set(what, (this.#times.get(what) ?? 0) + count);
    }
  }

  get stories(): number {
    return this.#stories;
  }

  /** How far it has come, or how it ended. */
  line({ seconds, failures, of }: Progress): string {
    const speed = `${seconds.toFixed(1)} s, ${Math.round(this.#writes / seconds)} writes/s`;
    const seeds = this.#stories === of ? `${of} seeds` : `${this.#stories} of ${of} seeds`;
    return `${seeds}, ${this.#writes} simulated writes (${this.#operatorWrites} of the operator), ${failures} violations, ${speed}`;
  }

  text(progress: Progress): string {
    const rows = [...this.#seeds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([what, seeds]) => `  ${what.padEnd(28)} ${String(seeds).padStart(7)} ${String(this.#times.get(what)).padStart(8)}`);
    return [this.line(progress), `  ${"what".padEnd(28)} ${"seeds".padStart(7)} ${"times".padStart(8)}`, ...rows].join("\n");
  }
}
