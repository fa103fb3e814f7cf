import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Closure } from "../../../../src/domain/freeze/closures.ts";
import { firstFit, firstFitAfter } from "../../../../src/domain/tenant/first-fit.ts";
import { DAY, HOUR, MINUTE, type Instant } from "../../../../src/domain/time.ts";
import { openingsFrom } from "../../../../src/domain/window/opening.ts";
import { compileWindow, type Window } from "../../../../src/domain/window/window.ts";
import { at } from "../../../fixtures/time.ts";

const T0 = at("2026-11-22T00:00:00Z");

function windowOf(schedule: string, duration: string): Window {
  const window = compileWindow("w", { schedule, duration, timeZone: "Europe/Berlin", lanes: ["Patch", "Major"] });
  if (window.kind === "invalid") throw new Error(window.problems.join("; "));
  return window;
}

/** All of them short, so that an upgrade fits where they meet, or not at all. */
const WINDOWS = [windowOf("0 3 * * *", "30m"), windowOf("30 3 * * 2", "30m"), windowOf("0 4 1 * *", "1h"), windowOf("45 3 3 3 *", "15m")];

/** As it is defined: one opening after the other, each time from the beginning. */
function plainly(from: Instant, room: { windows: readonly Window[]; closures: readonly Closure[]; predictedMs: number }): Instant | undefined {
  const end = Math.floor(from / DAY) * DAY + 400 * DAY;
  for (const opening of openingsFrom(room.windows, from, (end - from) / DAY)) {
    const fit = firstFit(opening, opening.opensAt, room);
    if (fit !== undefined) return fit;
  }
  return undefined;
}

describe("the first instant at which an upgrade fits", () => {
  it("is the same whatever was asked before", () => {
    const closure = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 30 })).map(([day, days]) => ({ from: T0 + day * DAY, until: T0 + (day + days) * DAY }));
    const question = fc.record({
      from: fc.integer({ min: 0, max: 60 * 24 * 4 }).map((quarter) => T0 + quarter * 15 * MINUTE),
      windows: fc.subarray(WINDOWS, { minLength: 1 }),
      closures: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(closure, { maxLength: 2 }) }),
      predictedMs: fc.constantFrom(20 * MINUTE, 45 * MINUTE, HOUR, 2 * HOUR),
    });
    fc.assert(
      fc.property(fc.array(question, { minLength: 2, maxLength: 6 }), (questions) => {
        for (const { from, ...room } of questions) expect(firstFitAfter(from, { ...room, now: from })).toBe(plainly(from, room));
      }),
      { numRuns: 150 },
    );
  });

  it("is none without windows, and none if all are too short", () => {
    expect(firstFitAfter(T0, { windows: [], closures: [], predictedMs: MINUTE, now: T0 })).toBeUndefined();
    expect(firstFitAfter(T0, { windows: [windowOf("0 3 * * *", "30m")], closures: [], predictedMs: HOUR, now: T0 })).toBeUndefined();
  });

  it("comes back to an earlier question", () => {
    const room = { windows: [windowOf("0 3 * * 2", "1h")], closures: [], predictedMs: 20 * MINUTE };
    const [late, early] = [T0 + 20 * DAY, T0].map((from) => firstFitAfter(from, { ...room, now: from }));
    expect([early, late]).toEqual([at("2026-11-24T02:00:00Z"), at("2026-12-15T02:00:00Z")]);
  });
});
