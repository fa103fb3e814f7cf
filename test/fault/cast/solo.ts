import type { Instant } from "../../../src/domain/time.ts";
import type { Clock } from "../../../src/runtime/clock.ts";
import { FROM, UNTIL, type Plan } from "../plan.ts";
import { Door } from "../proxy/door.ts";
import type { Cast } from "./cast.ts";
import { Incarnation } from "./incarnation.ts";

/** One operator at a time, inside this process, in the pod that is recorded as the leader. */
export class Solo implements Cast {
  readonly #plan: Plan;
  readonly #clock: Clock | undefined;
  readonly #remains: Promise<void>[] = [];
  #living: Incarnation | undefined;
  #lives = 0;
  #isLeashed = true;
  #isEnded = false;

  /** With a clock, time is what that says, and never leaps. */
  constructor(plan: Plan, clock?: Clock) {
    this.#plan = plan;
    this.#clock = clock;
  }

  async raise(from: Instant): Promise<void> {
    const { stage, platform, seed } = this.#plan.options;
    this.#lives += 1;
    const life = this.#lives;
    const token = await stage.tokenOf();
    const door = await Door.open({ upstream: stage.upstream, replica: `life-${life}`, hooks: this.#plan.hooks() });
    if (this.#isEnded) return door.cut();
    this.#living = new Incarnation({
      door,
      token,
      platform,
      seed: seed + life,
      log: this.#plan.logger(),
      from,
      until: UNTIL,
      isLeashed: () => this.#isLeashed,
      clock: this.#clock,
      onEnd: (why) => this.#plan.fail(`the operator ended: ${why}`),
    });
  }

  now(): Instant {
    return this.#clock?.now() ?? this.#living?.now() ?? FROM;
  }

  isAtRest(): boolean {
    return this.#living !== undefined && this.#living.isRunning() && !this.#living.isBusy();
  }

  crash(): void {
    const dead = this.#living;
    if (dead === undefined) return;
    const diedAt = dead.now();
    this.#remains.push(dead.crash());
    this.#living = undefined;
    this.#remains.push(this.raise(diedAt));
  }

  unleash(): void {
    this.#isLeashed = false;
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    await this.#living?.crash();
    await Promise.all(this.#remains);
  }
}
