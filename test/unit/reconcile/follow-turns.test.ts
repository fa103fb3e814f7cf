import { expect, it } from "vitest";
import { FollowTurns, MOST_FOLLOWING } from "../../../src/reconcile/tenant/follow-turns.ts";

/** Turns, the first so many of them taken. */
function taken(turns: number): { readonly turns: FollowTurns; readonly woken: string[] } {
  const woken: string[] = [];
  const all = new FollowTurns((tenant) => woken.push(tenant));
  for (let n = 0; n < turns; n += 1) all.take(`tenant-${n}`);
  return { turns: all, woken };
}

it("lets so many follow at a time, and each as long as it takes", () => {
  const { turns } = taken(MOST_FOLLOWING - 1);
  expect([turns.take("acme"), turns.take("globex"), turns.take("acme"), turns.take("globex")]).toEqual([true, false, true, false]);
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

it("wakes the next when one that waits no longer wants its turn", () => {
  const { turns, woken } = taken(MOST_FOLLOWING);
  for (const tenant of ["acme", "globex"]) turns.take(tenant);
  turns.leave("acme");
  expect(woken).toEqual(["globex"]);
});

it("wakes nobody for one that had nothing to follow", () => {
  const { turns, woken } = taken(MOST_FOLLOWING);
  turns.take("acme");
  turns.leave("umbra");
  expect(woken).toEqual([]);
});

it("counts what is being rolled already, whatever there is of turns", () => {
  const { turns } = taken(MOST_FOLLOWING);
  turns.hold("acme");
  turns.leave("tenant-0");
  expect([turns.take("acme"), turns.take("globex")]).toEqual([true, false]);
});
