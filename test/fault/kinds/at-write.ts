import type { LogFields } from "../../../src/runtime/logger.ts";
import type { Fault } from "../fault.ts";
import type { Plan } from "../plan.ts";
import type { Write } from "../proxy/write.ts";
import type { LoggedWrite } from "../write-log.ts";

/** `pending`: about to strike, whatever the operator does meanwhile; `struck`: in force. */
type Phase = "waiting" | "pending" | "struck" | "over";

/** A fault whose place is one write of a plan; what happens from there on, and when that is over, its kind says. */
export abstract class FaultAtWrite implements Fault {
  readonly #isPlace: (logged: LoggedWrite) => boolean;
  #isReached = false;
  #phase: Phase = "waiting";

  constructor(isPlace: (logged: LoggedWrite) => boolean) {
    this.#isPlace = isPlace;
  }

  get hasStruck(): boolean {
    return this.#phase === "struck" || this.#phase === "over";
  }

  get isPending(): boolean {
    return this.#phase === "pending";
  }

  get isOver(): boolean {
    return this.#phase === "over";
  }

  takes(write: Write, logged: LoggedWrite, plan: Plan): boolean {
    if (this.#isReached || !this.#isPlace(logged)) return false;
    this.#isReached = true;
    plan.journal.say("strike", { ...this.story(), replica: write.replica, at: logged.signature });
    return this.reach(write, logged, plan);
  }

  /** What it is, for the journal. */
  protected abstract story(): LogFields;

  /** Its place has come; whether it takes the write over, and with it the duty to answer or not. */
  protected abstract reach(write: Write, logged: LoggedWrite, plan: Plan): boolean;

  protected become(phase: Phase): void {
    this.#phase = phase;
  }
}

/** The n-th write of substance, from 1; for one plan. */
export function nthWrite(nth: number): (logged: LoggedWrite) => boolean {
  let count = 0;
  return ({ isChatter }) => {
    if (isChatter) return false;
    count += 1;
    return count === nth;
  };
}

/** A number from 1 to `of`, by chance. */
export function oneOf(next: () => number, of: number): number {
  return 1 + Math.floor(next() * Math.max(of, 1));
}

export function pick<T>(next: () => number, from: readonly [T, ...T[]]): T {
  return from[Math.floor(next() * from.length)] ?? from[0];
}
