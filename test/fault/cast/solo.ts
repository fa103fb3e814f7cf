import type { Instant } from "../../../src/domain/time.ts";
import { FROM, OPENS_AT } from "../dates.ts";
import type { Plan } from "../plan.ts";
import type { Where } from "../write-log.ts";
import type { Cast } from "./cast.ts";
import { Incarnation } from "./incarnation.ts";
import type { PlanClock } from "./plan-clock.ts";
import { Ways } from "./ways.ts";

/** An API server that is being restarted, or a busy machine, may fail a start or two. */
const MOST_FAILED_STARTS = 10;

/** One operator at a time, inside this process, in the pod that is recorded as the leader. */
export class Solo implements Cast {
  readonly #plan: Plan;
  readonly #clock: PlanClock | undefined;
  readonly #remains: Promise<void>[] = [];
  #living: Incarnation | undefined;
  #lives = 0;
  #isLeashed = true;
  #isEnded = false;
  #failedStarts = 0;
  /** When the last one died, by its clock and in reality. */
  #death = { at: FROM, real: Date.now() };

  /** With a clock, time is what that says, and never leaps. */
  constructor(plan: Plan, clock?: PlanClock) {
    this.#plan = plan;
    this.#clock = clock;
  }

  async raise(from: Instant): Promise<void> {
    const { stage, platform, seed } = this.#plan.options;
    this.#lives += 1;
    const life = this.#lives;
    const token = await stage.tokenOf();
    const ways = await Ways.open(this.#plan, `life-${life}`);
    if (this.#isEnded) return ways.cut();
    this.#living = new Incarnation({
      ways,
      token,
      platform,
      seed: seed + life,
      log: this.#plan.journal.logger(),
      from,
      until: this.#plan.until,
      isLeashed: () => this.#isLeashed,
      clock: this.#clock,
      onEnd: (why) => this.#startAgain(why),
    });
  }

  now(): Instant {
    return this.#clock?.now() ?? this.#living?.now() ?? this.#death.at + Date.now() - this.#death.real;
  }

  at(real: number): Instant {
    return this.#clock?.at(real) ?? this.now() - Date.now() + real;
  }

  isAtRest(): boolean {
    return this.#living !== undefined && this.#living.isRunning() && this.#living.seesAll() && !this.#living.isBusy();
  }

  hasBeenSent(where: Where, plural: string, revision: number): boolean {
    return this.#living?.hasBeenSent(where, plural, revision) === true;
  }

  crash(): void {
    const dead = this.#living;
    if (dead === undefined) return;
    this.#death = { at: dead.now(), real: Date.now() };
    this.#remains.push(dead.crash());
    this.#living = undefined;
    this.#remains.push(this.raise(this.#death.at));
  }

  /** As a kubelet does with a process that could not start. */
  #startAgain(why: string): void {
    this.#plan.journal.say("ended", { why });
    this.#failedStarts += 1;
    if (this.#failedStarts > MOST_FAILED_STARTS) this.#plan.fail(`the operator ended: ${why}`);
    else this.crash();
  }

  unleash(): void {
    this.#isLeashed = false;
    this.#clock?.leapTo(OPENS_AT);
  }

  finish(): void {
    this.#clock?.leapToNext(this.#plan.until);
  }

  nextNight(): void {
    this.#clock?.leapToNext(OPENS_AT);
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    await this.#living?.crash();
    await Promise.all(this.#remains);
    this.#clock?.stop();
  }
}
