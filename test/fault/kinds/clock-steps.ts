import type { PlanClock } from "../cast/plan-clock.ts";
import type { Fault } from "../fault.ts";
import type { Plan } from "../plan.ts";
import type { Write } from "../proxy/write.ts";
import type { LoggedWrite } from "../write-log.ts";
import { AtWrite, pick } from "./at-write.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const STEPS = [-24 * HOUR, -HOUR, -10 * MINUTE, -2 * MINUTE, 2 * MINUTE, 10 * MINUTE, HOUR, 24 * HOUR] as const;
const LONGEST_MS = 2_000;

/** At some write the wall clock of the operator's machine is set wrong, forward or back, and a little later right again. */
export class ClockSteps implements Fault {
  readonly #at: AtWrite;
  readonly #stepMs: number;
  readonly #lastsMs: number;
  readonly #clock: PlanClock;
  #hasStruck = false;
  #isOver = false;

  constructor(next: () => number, { nth, clock }: { readonly nth: number; readonly clock: PlanClock }) {
    this.#at = new AtWrite(nth);
    this.#stepMs = pick(next, STEPS);
    this.#lastsMs = next() * LONGEST_MS;
    this.#clock = clock;
  }

  get hasStruck(): boolean {
    return this.#hasStruck;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  takes(_write: Write, logged: LoggedWrite, plan: Plan): boolean {
    if (!this.#at.comes(logged)) return false;
    this.#hasStruck = true;
    plan.journal.say("strike", { kind: "clock-steps", stepMs: this.#stepMs, lastsMs: this.#lastsMs, at: logged.signature });
    this.#clock.step(this.#stepMs);
    setTimeout(() => {
      this.#clock.step(-this.#stepMs);
      this.#isOver = true;
    }, this.#lastsMs);
    return false;
  }
}
