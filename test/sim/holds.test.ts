import { expect, test } from "vitest";
import { holdCodes } from "../../src/api/index.ts";
import { fleetOf } from "./foretold/fleet.ts";
import { foretell } from "./foretold/foretell.ts";

/** Fleets in which every hold shows; `npm run test:forecast` names such ones. */
const FLEETS = [5, 24, 62, 243];

test("every hold code shows in the status of some tenant of a few simulated fleets", async () => {
  const shown = new Set<string>();
  for (const seed of FLEETS) for (const code of (await foretell(fleetOf(seed))).codes) shown.add(code);
  expect([...shown].sort()).toEqual([...holdCodes].sort());
});
