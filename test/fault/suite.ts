import { loadPlatform } from "../../src/adapters/config.ts";
import { MOST_PURGES } from "../../src/api/purge-ledger.ts";
import type { LapseTerms, Platform } from "../../src/domain/objects/platform.ts";
import { MINUTE } from "../../src/domain/time.ts";
import { FAST_PLATFORM } from "../support/operator.ts";
import { REGIONS } from "./abroad/platform.ts";
import type { Cast } from "./cast/cast.ts";
import { Solo } from "./cast/solo.ts";
import { lessonOf, type Lesson } from "./catalogue.ts";
import { NO_FAULT, type Fault } from "./fault.ts";
import { endingOf } from "./oracle/reference.ts";
import { violationIn } from "./oracle/invariants.ts";
import { Plan, PlanFailure } from "./plan.ts";
import type { Scenario } from "./scenarios.ts";
import type { FaultStage } from "./stage.ts";

/** A plan as it is asked for. */
export interface Order {
  /** What replays it. */
  readonly id: string;
  readonly scenario: Scenario;
  readonly seed: number;
  readonly fault: () => Fault;
  /** How the operator is run; by default one at a time in this process, on the rehearsed clock. */
  readonly cast?: (plan: Plan) => Cast;
  readonly isClockSet?: boolean;
  /** How long a step of an upgrade may take, where the cluster itself is disturbed; the scenario's own otherwise. */
  readonly stepDeadlineSeconds?: number;
  /** How long after its beginning it comes to its place, about, in milliseconds: plans that share a fault begin accordingly. */
  readonly leadMs?: number;
  /** What a plan may do else than the undisturbed run: differences that begin like this are none. */
  readonly excused?: readonly RegExp[];
}

export interface Result {
  readonly id: string;
  readonly problems: readonly string[];
  readonly hasStruck: boolean;
  readonly seconds: number;
  readonly writes: number;
  readonly lastWords: string;
}

const NOT_REACHED = /not reached|the fault did not strike/;

/** Off within the night in which it is seen; and no plan waits for another's deletion. */
const LAPSE: LapseTerms = { graceMs: 20 * MINUTE, maxPurgesPerDay: MOST_PURGES };

/** Timings with which a plan takes seconds. */
function platformFor({ scenario, stepDeadlineSeconds }: Order): Platform {
  return { ...loadPlatform(undefined), ...(scenario.hasRegion === true && { regions: REGIONS }), lapse: LAPSE, pods: { ...FAST_PLATFORM.pods, verifySeconds: 0, ...scenario.pods, ...(stepDeadlineSeconds !== undefined && { stepDeadlineSeconds }) } };
}

/**
 * Plays plans on one stage, and judges them by what undisturbed ones do. What is left of a plan stays until the cluster goes:
 * to take it away costs a cluster as much as the plan itself.
 */
export class Suite {
  readonly #stage: FaultStage;
  readonly lessons: Map<string, Lesson>;
  #count = 0;

  /** `lessons`: what undisturbed runs taught, by scenario, if another suite has learned already. */
  constructor(stage: FaultStage, lessons: Map<string, Lesson> = new Map()) {
    this.#stage = stage;
    this.lessons = lessons;
  }

  /** Plays the scenario without a fault, so many times at once, and learns from it. */
  async learn(scenario: Scenario, times: number): Promise<Lesson> {
    const plans = Array.from({ length: times }, () => this.#planOf({ id: `${scenario.name} (reference)`, scenario, seed: 1, fault: () => NO_FAULT }, NO_FAULT));
    await Promise.all(
      plans.map(async (plan) => {
        try {
          await plan.play();
        } catch (error) {
          throw new Error(`the undisturbed run of ${scenario.name} failed: ${String(error)}\n${plan.journal.lastWords()}`, { cause: error });
        }
        const violation = violationOf(plan);
        if (violation !== undefined) throw new Error(`the undisturbed run of ${scenario.name} broke ${violation}\n${plan.journal.lastWords()}`);
      }),
    );
    const lesson = lessonOf(plans);
    this.lessons.set(scenario.name, lesson);
    return lesson;
  }

  lessonOf({ name }: Scenario): Lesson {
    const lesson = this.lessons.get(name);
    if (lesson === undefined) throw new Error(`judge ${name}: it has not been learned`);
    return lesson;
  }

  /** How long the API server takes to answer lately. */
  get latencyMs(): number {
    return this.#stage.upstream.latencyMs;
  }

  /** Plays one plan to its end; what an operator does wrong is in the result. */
  async play(order: Order): Promise<Result> {
    const start = performance.now();
    const fault = order.fault();
    const plan = this.#planOf(order, fault);
    const problems = await problemsOf(plan, () => this.#judge(plan, order));
    const result = { id: order.id, hasStruck: fault.hasStruck, seconds: (performance.now() - start) / 1000, writes: plan.log.writes.length, lastWords: plan.journal.lastWords() };
    return { ...result, problems: fault.hasStruck ? problems : problems.filter((problem) => !NOT_REACHED.test(problem)) };
  }

  #judge(plan: Plan, { scenario, excused = [] }: Order): readonly string[] {
    const differences = this.lessonOf(scenario).reference.differencesOf(endingOf(plan.world, plan.region?.world)).filter((difference) => ![...excused, ...(scenario.excused ?? [])].some((each) => each.test(difference)));
    const violation = violationOf(plan);
    return [...(violation === undefined ? [] : [violation]), ...differences];
  }

  #planOf(order: Order, fault: Fault): Plan {
    this.#count += 1;
    // No name of a plan is the beginning of another's.
    const id = `f${String(this.#count).padStart(5, "0")}`;
    const { scenario, seed, cast = (plan: Plan) => new Solo(plan), isClockSet = false } = order;
    return new Plan({ stage: this.#stage, platform: platformFor(order), scenario, fault, id, seed, cast, isClockSet });
  }
}

async function problemsOf(plan: Plan, judge: () => readonly string[]): Promise<readonly string[]> {
  try {
    await plan.play();
    return judge();
  } catch (error) {
    if (error instanceof PlanFailure) return [error.message];
    throw error;
  }
}

function violationOf(plan: Plan): string | undefined {
  const { world, region, log, options } = plan;
  return violationIn({ world, abroad: region?.world, log, platform: options.platform, endedAt: plan.endedAt });
}
