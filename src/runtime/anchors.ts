import { instantOf } from "../domain/time.ts";
import type { Instant } from "../domain/time.ts";

/** From here on rehearsed time runs at this pace: `leap` is followed at once by the `real` it lands on. */
export interface Anchor {
  /** RFC 3339, UTC, of the machine's clock. */
  readonly real: string;
  /** RFC 3339, UTC, of the rehearsed clock. */
  readonly rehearsed: string;
  readonly pace: "real" | "leap";
}

/** A rehearsal with more changes of pace than this forgets the oldest. */
const LIMIT = 100_000;

/** The changes of pace of one rehearsal, by which real times are converted. */
export class Anchors {
  readonly #report: (anchor: Anchor) => void;
  readonly #all: Anchor[] = [];
  /** Those of pace `real`, parsed, oldest first. */
  readonly #runs: { readonly real: Instant; readonly rehearsed: Instant }[] = [];

  constructor(report: (anchor: Anchor) => void) {
    this.#report = report;
  }

  add(anchor: Anchor): void {
    for (const list of [this.#all, this.#runs]) if (list.length >= LIMIT) list.splice(0, LIMIT / 10);
    this.#all.push(anchor);
    if (anchor.pace === "real") this.#runs.push({ real: timeOf(anchor.real), rehearsed: timeOf(anchor.rehearsed) });
    this.#report(anchor);
  }

  all(): readonly Anchor[] {
    return this.#all;
  }

  /** The rehearsed instant of a real one; what lies before the first anchor is as far before it as in reality. */
  toRehearsed(real: Instant): Instant {
    const run = this.#runs.findLast((one) => one.real <= real) ?? this.#runs[0];
    return run === undefined ? real : run.rehearsed + real - run.real;
  }
}

/** Anchors are written by the clock itself, so their times always parse. */
const timeOf = (iso: string): Instant => instantOf(iso) ?? 0;
