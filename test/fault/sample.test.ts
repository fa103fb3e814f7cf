import { afterAll, beforeAll, expect, test } from "vitest";
import { random } from "../support/random.ts";
import { exhaustive, seeded, type SeededKind } from "./orders.ts";
import { pick } from "./kinds/at-write.ts";
import { Restarter } from "./kinds/restart.ts";
import { inParallel } from "./pool.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";
import { startFaultStage, type FaultStage } from "./stage.ts";
import { Suite, type Order, type Result } from "./suite.ts";

const DAY_MS = 86_400_000;
/** As many days until a sample comes again: each of them is known to pass. */
const SAMPLES = 7;
/** Another sample every day, or the one that is asked for. */
const SEED = Number(process.env["SLACKTIDE_FAULT_SEED"] ?? Math.floor(Date.now() / DAY_MS) % SAMPLES);
const STRIKES = 14;
const KINDS: readonly SeededKind[] = ["time-travel", "hidden-events", "gone", "clock-steps"];
const PARALLEL = 8;

const next = random(SEED);
// Those with a region need a second cluster: they have a sample of their own.
const scenarios = twoOf(SCENARIOS.filter(({ name, isBySeedAlone, hasRegion }) => !name.startsWith("delete") && isBySeedAlone !== true && hasRegion !== true));
let stage: FaultStage;
let suite: Suite;

beforeAll(async () => {
  stage = await startFaultStage({ profile: "full" });
  suite = new Suite(stage);
  for (const scenario of scenarios) await suite.learn(scenario, 2);
});

afterAll(() => stage?.stop());

test(`${scenarios.map(({ name }) => name).join(" and ")} survive a sample of faults (seed ${SEED})`, async () => {
  const terms = { suite, restarter: new Restarter(stage.cluster), scenarios };
  const strikes = scenarios.flatMap((scenario) => exhaustive(scenario, suite));
  const orders: Order[] = [...Array.from({ length: STRIKES }, () => strikes[Math.floor(next() * strikes.length)]), ...KINDS.map((kind) => seeded(kind, SEED, terms))].filter((order) => order !== undefined);
  const results: Result[] = [];
  await inParallel(orders, () => PARALLEL, async (order) => void results.push(await suite.play(order)));
  const failed = results.filter(({ problems }) => problems.length > 0).map(({ id, problems }) => `${problems.join("; ")} — replay: node test/fault/main.ts --plan '${id}'`);
  expect(failed).toEqual([]);
  // A place that is not reached is no failure, but where none is reached nothing is tested.
  expect(results.filter(({ hasStruck }) => hasStruck).length).toBeGreaterThan(orders.length / 2);
});

function twoOf([first, ...others]: readonly Scenario[]): readonly Scenario[] {
  if (first === undefined) throw new Error("there are no scenarios");
  const one = pick(next, [first, ...others]);
  const [second = first, ...rest] = [first, ...others].filter((scenario) => scenario !== one);
  return [one, pick(next, [second, ...rest])];
}
