import { random } from "../support/random.ts";
import { Pair } from "./cast/pair.ts";
import { PlanClock } from "./cast/plan-clock.ts";
import { Processes } from "./cast/process.ts";
import { Solo } from "./cast/solo.ts";
import { strikesAt } from "./catalogue.ts";
import { FROM } from "./dates.ts";
import type { Fault } from "./fault.ts";
import { ClockSteps } from "./kinds/clock-steps.ts";
import { Gone } from "./kinds/gone.ts";
import { Kill } from "./kinds/kill.ts";
import { HiddenEvents } from "./kinds/hidden-events.ts";
import { Partition } from "./kinds/partition.ts";
import { Restarter, ServerRestart } from "./kinds/restart.ts";
import { Strike, STRIKES } from "./kinds/strike.ts";
import { TimeTravel } from "./kinds/time-travel.ts";
import type { Plan } from "./plan.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";
import type { Order, Suite } from "./suite.ts";

export const SEEDED = ["time-travel", "hidden-events", "gone", "clock-steps", "kill", "restart", "partition"] as const;
export type SeededKind = (typeof SEEDED)[number];

/** What was claimed by a clock that was wrong may be given up, nothing having changed, and is made again. */
const OF_ABORTED = [/^Jobs? .*preflight/, /^Pods? .*preflight@/, /\.status\.history\b/];

/** Every fault at every write of the scenario's undisturbed run. */
export function exhaustive(scenario: Scenario, suite: Suite): readonly Order[] {
  return strikesAt(suite.lessonOf(scenario).writes).map((at) => ({
    id: [scenario.name, at.signature, at.kind].join("|"),
    scenario,
    seed: 1,
    fault: () => new Strike(at),
  }));
}

export interface SeededTerms {
  readonly suite: Suite;
  readonly restarter: Restarter;
}

/** One plan of a kind; everything about it comes from the seed. `tries`: how often its place to strike was not reached before. */
export function seeded(kind: SeededKind, seed: number, { suite, restarter }: SeededTerms, tries = 0): Order {
  const next = random(seed + 1_000_003 * tries + 7_919 * SEEDED.indexOf(kind));
  const scenario = SCENARIOS[Math.floor(next() * SCENARIOS.length)] ?? SCENARIOS[0];
  if (scenario === undefined) throw new Error("there are no scenarios");
  const writes = suite.lessonOf(scenario).writes.length;
  const order = { id: [kind, seed, ...(tries > 0 ? [tries] : [])].join("|"), scenario, seed };
  const plain: Readonly<Record<string, () => Fault>> = {
    "time-travel": () => new TimeTravel(next, writes),
    "hidden-events": () => new HiddenEvents(next, writes),
    gone: () => new Gone(next, writes),
    restart: () => new ServerRestart(next, { writes, restarter }),
  };
  const fault = plain[kind];
  if (fault !== undefined) return { ...order, fault };
  if (kind === "kill") return { ...order, fault: () => new Kill(next, writes), cast: (plan) => new Processes(plan) };
  const clock = new PlanClock(FROM);
  if (kind === "clock-steps") {
    return { ...order, fault: () => new ClockSteps(next, { writes, clock }), cast: (plan) => new Solo(plan, clock), isClockSet: true, excused: OF_ABORTED };
  }
  let pair: Pair | undefined;
  const cast = (plan: Plan) => (pair = new Pair(plan, clock));
  const partition = () =>
    new Partition(next, {
      writes,
      pair: () => {
        if (pair === undefined) throw new Error("a partition before there are two");
        return pair;
      },
    });
  return { ...order, fault: partition, cast, isClockSet: true };
}

/** The plan that an id names. */
export function orderOf(id: string, terms: SeededTerms): Order {
  const [name = "", place = "", last = ""] = id.split("|");
  const kind = SEEDED.find((each) => each === name);
  if (kind !== undefined) return seeded(kind, Number(place), terms, Number(last || 0));
  const scenario = scenarioOf(name);
  const found = exhaustive(scenario, terms.suite).find((order) => order.id === id);
  if (found !== undefined) return found;
  const strike = STRIKES.find((each) => each === last);
  if (strike === undefined) throw new Error(`play ${id}: faults are ${STRIKES.join(", ")}`);
  return { id, scenario, seed: 1, fault: () => new Strike({ signature: place, kind: strike, isCarriedOut: true }) };
}

export function scenarioOf(name: string): Scenario {
  const scenario = SCENARIOS.find((each) => each.name === name);
  if (scenario === undefined) throw new Error(`find "${name}": scenarios are ${SCENARIOS.map((each) => each.name).join(", ")}; kinds are ${SEEDED.join(", ")}`);
  return scenario;
}

/** The scenarios whose lessons an id's plan needs. */
export function scenariosFor(id: string): readonly Scenario[] {
  const [name = ""] = id.split("|");
  return SEEDED.some((kind) => kind === name) ? SCENARIOS : [scenarioOf(name)];
}
