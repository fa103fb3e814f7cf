import { expect, it } from "vitest";
import { FollowTurns, MOST_FOLLOWING } from "../../../src/reconcile/tenant/follow-turns.ts";
import { FakeTime } from "../runtime/fake-time.ts";

const LONGEST_MS = 900_000;

/** Turns, the first so many of them taken. */
function taken(turns: number): { readonly turns: FollowTurns; readonly woken: string[]; readonly time: FakeTime } {
  const woken: string[] = [];
  const time = new FakeTime();
  const all = new FollowTurns({ mono: time, longestMs: LONGEST_MS, wake: (tenant) => woken.push(tenant) });
  for (let n = 0; n < turns; n += 1) all.take(`tenant-${n}`);
  return { turns: all, woken, time };
}

it("lets so many follow at a time, and each until it is there", async () => {
  const { turns, time } = taken(MOST_FOLLOWING - 1);
  expect([turns.take("acme"), turns.take("globex")]).toEqual([true, false]);
  await time.advance(LONGEST_MS - 1);
  expect([turns.take("acme"), turns.take("globex")]).toEqual([true, false]);
});

it("wakes one of those that wait for each that leaves, the longest waiting first", () => {
  const { turns, woken } = taken(MOST_FOLLOWING);
  for (const tenant of ["acme", "globex", "initech"]) turns.take(tenant);
  turns.leave("tenant-0");
  turns.leave("tenant-0");
  expect(woken).toEqual(["acme"]);
  expect([turns.take("acme"), turns.take("globex")]).toEqual([true, false]);
  turns.leave("tenant-1");
  expect(woken).toEqual(["acme", "globex"]);
});

it("wakes the next when one that was woken no longer wants its turn", () => {
  const { turns, woken } = taken(MOST_FOLLOWING);
  for (const tenant of ["acme", "globex"]) turns.take(tenant);
  turns.leave("tenant-0");
  turns.leave("acme");
  expect(woken).toEqual(["acme", "globex"]);
});

it("wakes nobody for one that waits no longer, nor for one that had nothing to follow", () => {
  const { turns, woken } = taken(MOST_FOLLOWING);
  for (const tenant of ["acme", "globex"]) turns.take(tenant);
  turns.leave("acme");
  turns.leave("umbra");
  expect(woken).toEqual([]);
});

it("counts what is being rolled already, whatever there is of turns", () => {
  const { turns } = taken(MOST_FOLLOWING);
  turns.hold("acme");
  turns.leave("tenant-0");
  expect([turns.take("acme"), turns.take("globex")]).toEqual([true, false]);
});

it("lets a turn lapse, so that regions that hang keep nobody else waiting", async () => {
  const { turns, woken, time } = taken(MOST_FOLLOWING);
  turns.take("acme");
  await time.advance(LONGEST_MS);
  for (let n = 0; n < MOST_FOLLOWING; n += 1) turns.hold(`tenant-${n}`); // they still are at it
  expect(woken).toEqual(["acme"]);
  const others = Array.from({ length: MOST_FOLLOWING - 1 }, (_, n) => turns.take(`other-${n}`));
  expect([others.every(Boolean), turns.take("globex")]).toEqual([true, false]);
});

it("hands a turn that has lapsed to whoever waits, whoever is looked at first", async () => {
  const { turns, woken, time } = taken(MOST_FOLLOWING);
  turns.take("acme");
  await time.advance(LONGEST_MS);
  turns.leave("umbra");
  expect(woken).toEqual(["acme"]);
});

it("has one whose turn has lapsed wait behind the others for a new one", async () => {
  const { turns, time } = taken(MOST_FOLLOWING);
  for (let n = 0; n < MOST_FOLLOWING; n += 1) turns.take(`other-${n}`);
  await time.advance(LONGEST_MS);
  expect([turns.take("tenant-0"), turns.take("other-3")]).toEqual([false, true]);
  turns.leave("other-3");
  expect(turns.take("tenant-0")).toBe(true);
});

it("counts one that hung and is there again as any other", async () => {
  const { turns, time } = taken(0);
  turns.hold("acme");
  await time.advance(LONGEST_MS);
  turns.hold("acme");
  turns.leave("acme");
  turns.hold("acme");
  const others = Array.from({ length: MOST_FOLLOWING }, (_, n) => turns.take(`other-${n}`));
  expect(others.filter(Boolean)).toHaveLength(MOST_FOLLOWING - 1);
});
