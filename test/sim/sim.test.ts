import { expect, test } from "vitest";
import { DAY } from "../../src/domain/time.ts";
import type { FaultRates } from "./faults.ts";
import { run, runScenario } from "./run.ts";
import { scenarioOf } from "./scenario.ts";

/** How long the sample may take on a machine that has other things to do, in seconds. */
const FOR_SECONDS = 15;
const FIRST_SEED = 1_000_000;

test("a story of the same seed goes the same way, write for write", async () => {
  // The last has a region in another cluster.
  for (const seed of [21, 32, 54]) {
    const [first, second] = [await run(seed, { thorough: true }), await run(seed, { thorough: true })];
    expect(second).toEqual(first);
    expect(first.writes).toBeGreaterThan(100);
  }
});

test("stories of different seeds go different ways", async () => {
  expect((await run(7)).hash).not.toBe((await run(8)).hash);
});

test("what was told by a clock that was off is told anew once the clock is right", async () => {
  const scenario = { ...scenarioOf(520), replicas: 1, broken: [], restartsAtRest: true };
  const rates = Object.fromEntries(Object.keys(scenario.rates).map((name) => [name, 0])) as unknown as FaultRates; // the same names
  const forward = { id: "forward", at: scenario.start + 1, during: { step: "Proxy", afterMs: 15_000 }, action: { kind: "setForward", replica: 0, ms: DAY } } as const;
  expect((await runScenario({ ...scenario, rates, actions: [forward] })).failure).toBeUndefined();
});

test("a sample of seeds breaks no invariant, and comes to what was asked for", async () => {
  // Other seeds every day, so that in time many are played; a failing one names itself.
  const first = FIRST_SEED + Math.floor(Date.now() / 86_400_000) * 100;
  const end = performance.now() + FOR_SECONDS * 1000;
  for (let seed = first; performance.now() < end && seed < first + 100; seed += 1) {
    const { failure } = await run(seed);
    expect(failure, `node test/sim/main.ts --replay ${seed}`).toBeUndefined();
  }
});
