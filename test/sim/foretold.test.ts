import { expect, test } from "vitest";
import { fleetOf } from "./foretold/fleet.ts";
import { foretell, mistakes } from "./foretold/foretell.ts";

/** How long the sample may take on a machine that has other things to do, in seconds. */
const FOR_SECONDS = 15;
const FIRST_FLEET = 1_000_000;

test("what is foretold of fleets comes to pass, start for start and to the minute (I18)", async () => {
  // Other fleets every day, so that in time many are foretold; one that goes otherwise names itself.
  const first = FIRST_FLEET + Math.floor(Date.now() / 86_400_000) * 100;
  const end = performance.now() + FOR_SECONDS * 1000;
  let starts = 0;
  for (let seed = first; (performance.now() < end || starts === 0) && seed < first + 100; seed += 1) {
    const foretold = await foretell(fleetOf(seed));
    expect(mistakes(foretold), `node test/sim/foretold/main.ts --replay ${seed}`).toEqual([]);
    starts += foretold.seen.length;
  }
  expect(starts).toBeGreaterThan(0);
});

test("a start that is foretold an hour off is a mistake, and so is one that is not foretold", () => {
  const start = { tenant: "acme", to: "17.2.3", at: Date.parse("2026-11-24T02:00:00Z"), window: "night" };
  const late = { ...start, at: start.at + 3_600_000 };
  expect(mistakes({ expected: [start], seen: [{ ...start, at: start.at + 59_999 }], codes: new Set() })).toEqual([]);
  expect(mistakes({ expected: [start], seen: [late], codes: new Set() })).toHaveLength(2);
  expect(mistakes({ expected: [], seen: [start], codes: new Set() })).toHaveLength(1);
  expect(mistakes({ expected: [start, start], seen: [start], codes: new Set() })).toHaveLength(1);
});
