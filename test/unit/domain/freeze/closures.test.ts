import * as fc from "fast-check";
import { expect, it } from "vitest";
import { nextClosureAt, openAgainAt, type Closure } from "../../../../src/domain/freeze/closures.ts";

const A: Closure = { from: 10, until: 20 };
const TOUCHING: Closure = { from: 20, until: 30 };
const INSIDE: Closure = { from: 12, until: 15 };
const ENDLESS: Closure = { from: 40, until: Number.POSITIVE_INFINITY };

it.each<[why: string, closures: readonly Closure[], at: number, open: number]>([
  ["nothing is closed", [], 15, 15],
  ["before it begins", [A], 9, 9],
  ["from its beginning on", [A], 10, 20],
  ["at its end no more", [A], 20, 20],
  ["those that touch count as one", [TOUCHING, A], 10, 30],
  ["one within another adds nothing", [INSIDE, A], 12, 20],
  ["one without an end never opens", [A, ENDLESS], 41, Number.POSITIVE_INFINITY],
])("what is closed opens again: %s", (_why, closures, at, open) => {
  expect(openAgainAt(closures, at)).toBe(open);
});

it.each<[why: string, closures: readonly Closure[], at: number, next: number]>([
  ["the first to begin", [ENDLESS, A], 0, 10],
  ["not one that began already", [A, ENDLESS], 10, 40],
  ["never, if none is known", [A], 10, Number.POSITIVE_INFINITY],
  ["one that ends before it begins is none", [{ from: 50, until: 45 }], 10, Number.POSITIVE_INFINITY],
])("the next closure: %s", (_why, closures, at, next) => {
  expect(nextClosureAt(closures, at)).toBe(next);
});

it("an instant at which things open again is in no closure, and the first such", () => {
  const closure = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 10 })).map(([from, length]) => ({ from, until: from + length }));
  const isClosed = (closures: readonly Closure[], at: number) => closures.some(({ from, until }) => from <= at && at < until);
  fc.assert(
    fc.property(fc.array(closure, { maxLength: 6 }), fc.integer({ min: 0, max: 50 }), (closures, at) => {
      const open = openAgainAt(closures, at);
      const before = Array.from({ length: open - at }, (_, n) => at + n);
      expect([isClosed(closures, open), before.every((instant) => isClosed(closures, instant))]).toEqual([false, true]);
    }),
  );
});
