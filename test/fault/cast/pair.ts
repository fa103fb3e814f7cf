import type { InstanceOptions } from "../../../src/instance.ts";
import type { Instant } from "../../../src/domain/time.ts";
import type { LeaseTiming } from "../../../src/runtime/lease.ts";
import { RELEASE } from "../../support/chart.ts";
import { OPENS_AT } from "../dates.ts";
import type { Plan } from "../plan.ts";
import type { Where } from "../write-log.ts";
import type { Cast } from "./cast.ts";
import { Incarnation } from "./incarnation.ts";
import type { PlanClock } from "./plan-clock.ts";
import { Ways } from "./ways.ts";

const TIMING: LeaseTiming = { leaseDurationMs: 1_500, renewDeadlineMs: 1_000, retryPeriodMs: 200 };

/** Two replicas that compete for the Lease, each by its own door; one that loses it is a process that ends, and comes again. */
export class Pair implements Cast {
  readonly #plan: Plan;
  readonly #clock: PlanClock;
  readonly #remains: Promise<void>[] = [];
  readonly #living = new Map<string, Incarnation>();
  #lives = 0;
  #isEnded = false;

  constructor(plan: Plan, clock: PlanClock) {
    this.#plan = plan;
    this.#clock = clock;
  }

  async raise(): Promise<void> {
    await this.#enter("one");
    await this.#enter("two");
  }

  now(): Instant {
    return this.#clock.now();
  }

  isAtRest(): boolean {
    const leaders = [...this.#living.values()].filter((each) => each.isRunning());
    return leaders.length === 1 && leaders.every((each) => each.seesAll() && !each.isBusy());
  }

  hasBeenSent(where: Where, plural: string, revision: number): boolean {
    return [...this.#living.values()].filter((each) => each.isRunning()).every((each) => each.hasBeenSent(where, plural, revision));
  }

  crash(): void {
    throw new Error("a pair has no crash of its own: it is partitioned");
  }

  /** Cuts the network of whoever came by that door, until the function is called that this returns. */
  block(replica: string): () => void {
    const found = [...this.#living.values()].find((each) => each.replica === replica);
    return found?.block() ?? (() => undefined);
  }

  unleash(): void {
    this.#clock.leapTo(OPENS_AT);
  }

  finish(): void {
    this.#clock.leapToNext(this.#plan.until);
  }

  nextNight(): void {
    this.#clock.leapToNext(OPENS_AT);
  }

  at(real: number): Instant {
    return this.#clock.at(real);
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    // In order, so that the next plan's replicas find the Lease free.
    await Promise.all([...this.#living.values()].map((each) => each.stop()));
    await Promise.all(this.#remains);
    this.#clock.stop();
  }

  async #enter(pod: string): Promise<void> {
    const { stage, platform, seed } = this.#plan.options;
    this.#lives += 1;
    const replica = `${pod}-${this.#lives}`;
    const token = await stage.tokenOf(pod);
    const ways = await Ways.open(this.#plan, replica);
    if (this.#isEnded) return ways.cut();
    const election: InstanceOptions["election"] = { replica: { pod, namespace: RELEASE.namespace, lease: RELEASE.name }, timing: TIMING };
    const log = this.#plan.journal.logger();
    const incarnation: Incarnation = new Incarnation({
      ways,
      token,
      platform,
      seed: seed + this.#lives,
      log,
      election,
      from: this.#clock.now(),
      until: this.#plan.until,
      isLeashed: () => false,
      clock: this.#clock,
      onEnd: (why) => this.#leave(pod, why),
    });
    this.#living.set(pod, incarnation);
  }

  /** As a Deployment would: what ended is started again. */
  #leave(pod: string, why: string): void {
    this.#plan.journal.say("replica ended", { pod, why });
    const gone = this.#living.get(pod);
    this.#living.delete(pod);
    if (gone !== undefined) this.#remains.push(gone.crash());
    if (!this.#isEnded) this.#remains.push(this.#enter(pod));
  }
}
