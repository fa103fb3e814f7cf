import type { PlanClock } from "../cast/plan-clock.ts";
import type { LogFields } from "../../../src/runtime/logger.ts";
import { FaultAtWrite, nthWrite, pick } from "./at-write.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const STEPS = [-24 * HOUR, -HOUR, -10 * MINUTE, -2 * MINUTE, 2 * MINUTE, 10 * MINUTE, HOUR, 24 * HOUR] as const;
const LONGEST_MS = 2_000;

/** At some write the wall clock of the operator's machine is set wrong, forward or back, and a little later right again. */
export class ClockSteps extends FaultAtWrite {
  readonly #stepMs: number;
  readonly #lastsMs: number;
  readonly #clock: PlanClock;

  constructor(next: () => number, { nth, clock }: { readonly nth: number; readonly clock: PlanClock }) {
    super(nthWrite(nth));
    this.#stepMs = pick(next, STEPS);
    this.#lastsMs = next() * LONGEST_MS;
    this.#clock = clock;
  }

  protected story(): LogFields {
    return { kind: "clock-steps", stepMs: this.#stepMs, lastsMs: this.#lastsMs };
  }

  protected reach(): boolean {
    this.become("struck");
    this.#clock.step(this.#stepMs);
    setTimeout(() => {
      this.#clock.step(-this.#stepMs);
      this.become("over");
    }, this.#lastsMs);
    return false;
  }
}
