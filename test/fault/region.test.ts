import { afterAll, beforeAll, expect, test } from "vitest";
import { random } from "../support/random.ts";
import { exhaustive, scenarioOf } from "./orders.ts";
import { inParallel } from "./pool.ts";
import { startFaultStage, type FaultStage } from "./stage.ts";
import { Suite, type Result } from "./suite.ts";

const DAY_MS = 86_400_000;
/** As many days until a sample comes again: together they have each write that goes to the other cluster. */
const SAMPLES = 7;
const SEED = Number(process.env["SLACKTIDE_FAULT_SEED"] ?? Math.floor(Date.now() / DAY_MS) % SAMPLES);
const STRIKES = 4;
const PARALLEL = 6;

const scenario = scenarioOf("region");
let stage: FaultStage;
let suite: Suite;

beforeAll(async () => {
  stage = await startFaultStage({ profile: "full" });
  suite = new Suite(stage);
  await suite.learn(scenario, 2);
});

afterAll(() => stage?.stop());

test(`a region that goes in the middle of a major follows when it is back, whatever else goes wrong (sample ${SEED})`, async () => {
  const all = exhaustive(scenario, suite);
  const next = random(SEED);
  const strikes = Array.from({ length: STRIKES }, () => all[Math.floor(next() * all.length)]).filter((order) => order !== undefined);
  const orders = [...strikes, ...all.filter(({ id }) => id.includes(" abroad:")).filter((_, n) => n % SAMPLES === SEED)];
  const results: Result[] = [];
  await inParallel(orders, () => PARALLEL, async (order) => void results.push(await suite.play(order)));
  const failed = results.filter(({ problems }) => problems.length > 0).map(({ id, problems }) => `${problems.join("; ")} — replay: node test/fault/main.ts --plan '${id}'`);
  expect(failed).toEqual([]);
  expect(results.filter(({ hasStruck }) => hasStruck).length).toBeGreaterThan(orders.length / 2);
});
