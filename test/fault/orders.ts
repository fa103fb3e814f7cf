import { random } from "../support/random.ts";
import { Pair } from "./cast/pair.ts";
import { PlanClock } from "./cast/plan-clock.ts";
import { Processes } from "./cast/process.ts";
import { Solo } from "./cast/solo.ts";
import { strikesAt, type Lesson } from "./catalogue.ts";
import { FROM } from "./dates.ts";
import { oneOf, pick } from "./kinds/at-write.ts";
import { ClockSteps } from "./kinds/clock-steps.ts";
import { Gone } from "./kinds/gone.ts";
import { Kill } from "./kinds/kill.ts";
import { HiddenEvents } from "./kinds/hidden-events.ts";
import { Partition } from "./kinds/partition.ts";
import { type Restarter, ServerRestart } from "./kinds/restart.ts";
import { Strike, STRIKES } from "./kinds/strike.ts";
import { TimeTravel } from "./kinds/time-travel.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";
import type { Order, Suite } from "./suite.ts";

export const SEEDED = ["time-travel", "hidden-events", "gone", "clock-steps", "kill", "restart", "partition"] as const;
export type SeededKind = (typeof SEEDED)[number];

/** Kinds on clusters of their own, each of which would need that of another region beside it. */
const WITHOUT_REGIONS: ReadonlySet<SeededKind> = new Set(["restart", "partition"]);

/** What was claimed by a clock that was wrong, or could not be written in time, may be given up, nothing having changed, and is made again. */
const OF_ABORTED = [/^Jobs? .*preflight/, /^Pods? .*preflight@/, /\.status\.history\b/];

/** The controllers of the cluster take their time after a restart, and get it. */
const OF_DEADLINE = /^Job .*\.activeDeadlineSeconds: /;

const PATIENT_DEADLINE_S = 120;
/** Of a step that has to fail. */
const FAILING_DEADLINE_S = 45;

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
  /** Those that have been learned; all by default. */
  readonly scenarios?: readonly Scenario[];
}

/** One plan of a kind: where and when it strikes comes from the seed. `tries`: how often no such place was reached before. */
export function seeded(kind: SeededKind, seed: number, terms: SeededTerms, tries = 0): Order {
  const next = random(seed + 1_000_003 * tries + 7_919 * SEEDED.indexOf(kind));
  const [first = scenarioOf("patch"), ...others] = (terms.scenarios ?? SCENARIOS).filter(({ hasRegion = false }) => !hasRegion || !WITHOUT_REGIONS.has(kind));
  const scenario = pick(next, [first, ...others]);
  return strikeOf({ kind, seed, scenario, nth: oneOf(next, terms.suite.lessonOf(scenario).writes.length) }, terms);
}

interface Place {
  readonly kind: SeededKind;
  readonly seed: number;
  readonly scenario: Scenario;
  /** The write of substance at which it strikes. */
  readonly nth: number;
}

function strikeOf({ kind, seed, scenario, nth }: Place, { restarter, suite }: SeededTerms): Order {
  const next = random(seed);
  const order = { id: [kind, seed, scenario.name, nth].join("|"), scenario, seed };
  const clock = new PlanClock(FROM);
  const makers: Readonly<Record<SeededKind, () => Pick<Order, "fault" | "cast" | "isClockSet" | "excused" | "stepDeadlineSeconds" | "leadMs">>> = {
    "time-travel": () => ({ fault: () => new TimeTravel(next, nth) }),
    "hidden-events": () => ({ fault: () => new HiddenEvents(next, nth) }),
    gone: () => ({ fault: () => new Gone(next, nth) }),
    restart: () => ({ ...restart(next, { scenario, nth, lesson: suite.lessonOf(scenario) }, restarter), cast: (plan) => new Solo(plan, clock), isClockSet: true }),
    kill: () => ({ fault: () => new Kill(next, nth), cast: (plan) => new Processes(plan) }),
    "clock-steps": () => ({ fault: () => new ClockSteps(next, { nth, clock }), cast: (plan) => new Solo(plan, clock), isClockSet: true, excused: OF_ABORTED }),
    partition: () => ({ ...partition(next, { nth, clock }), isClockSet: true }),
  };
  return { ...order, ...makers[kind]() };
}

interface RestartTerms {
  readonly scenario: Scenario;
  readonly nth: number;
  readonly lesson: Lesson;
}

function restart(next: () => number, { scenario, nth, lesson }: RestartTerms, restarter: Restarter): Pick<Order, "fault" | "leadMs" | "stepDeadlineSeconds" | "excused"> {
  const own = scenario.pods?.stepDeadlineSeconds;
  const stepDeadlineSeconds = own === undefined ? PATIENT_DEADLINE_S : FAILING_DEADLINE_S;
  const learned = lesson.leadsMs[nth - 1] ?? 0;
  // What came after a step had run into its deadline comes later by as much as that is longer.
  const leadMs = own !== undefined && learned > own * 1_000 ? learned + (stepDeadlineSeconds - own) * 1_000 : learned;
  return { fault: () => new ServerRestart(next, { nth, leadMs }, restarter), leadMs, stepDeadlineSeconds, excused: [OF_DEADLINE, ...OF_ABORTED] };
}

function partition(next: () => number, { nth, clock }: { readonly nth: number; readonly clock: PlanClock }): Pick<Order, "fault" | "cast"> {
  let pair: Pair | undefined;
  return { fault: () => new Partition(next, { nth, pair: () => pair }), cast: (plan) => (pair = new Pair(plan, clock)) };
}

/** The plan that an id names. */
export function orderOf(id: string, terms: SeededTerms): Order {
  const [name = "", place = "", last = "", nth = "1"] = id.split("|");
  const kind = SEEDED.find((each) => each === name);
  if (kind !== undefined) return strikeOf({ kind, seed: Number(place), scenario: scenarioOf(last), nth: Number(nth) }, terms);
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
  const [name = "", , scenario = ""] = id.split("|");
  return [scenarioOf(SEEDED.some((kind) => kind === name) ? scenario : name)];
}
