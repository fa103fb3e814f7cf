import { expect, test } from "vitest";
import { churnOf } from "./churn/scenario.ts";
import { runScenario } from "./run.ts";

test("tenants that come and go at random, under names that are given again, share nothing and leave nothing behind", async () => {
  // Another story every day; two thousand tenants with `npm run test:churn`.
  const seed = Math.floor(Date.now() / 86_400_000);
  const { failure, counts } = await runScenario(churnOf(seed, { lives: 80, names: 20 }));
  expect(failure, `npm run test:churn -- --lives 80 --names 20 --seed ${seed}`).toBeUndefined();
  expect(counts["tenant provisioned"]).toBeGreaterThan(10);
  expect(counts["tenant deleted"]).toBeGreaterThan(20);
});
