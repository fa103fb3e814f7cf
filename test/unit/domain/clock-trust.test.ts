import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isFresh, judgeClock, steppedBy } from "../../../src/domain/clock-trust.ts";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time.ts";
import { at } from "../../fixtures/time.ts";

const DATE = at("2026-11-24T02:00:00Z");
const answer = (receivedAtMono: number) => ({ date: DATE, receivedAtMono });
const told = (aheadMs: number, ageMs = 0) => judgeClock({ wall: DATE + 500 + ageMs + aheadMs, mono: 1_000_000 + ageMs }, answer(1_000_000)).kind;

describe("the clock is judged by the API server's", () => {
  it.each<[why: string, aheadMs: number, expected: string]>([
    ["as one who agrees", 0, "right"],
    ["thirty seconds ahead is right", 30 * SECOND, "right"],
    ["more is wrong", 30 * SECOND + 1, "wrong"],
    ["thirty seconds behind is right", -30 * SECOND, "right"],
    ["more is wrong, too", -30 * SECOND - 1, "wrong"],
    ["an hour back", -HOUR, "wrong"],
    ["years ahead", 24 * 365 * HOUR, "wrong"],
  ])("%s", (_why, aheadMs, expected) => {
    expect([told(aheadMs), told(aheadMs, 4 * MINUTE)]).toEqual([expected, expected]);
  });

  it("and not at all without an answer of the last five minutes", () => {
    expect(judgeClock({ wall: DATE, mono: 0 }, undefined)).toEqual({ kind: "unknown" });
    expect([told(0, 5 * MINUTE), told(0, 5 * MINUTE + 1), told(HOUR, 5 * MINUTE + 1)]).toEqual(["right", "unknown", "unknown"]);
  });

  it("a Date is cut to the second, which is half a second's doubt and no more", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999 }), fc.integer({ min: -60_000, max: 60_000 }), fc.integer({ min: 0, max: 5 * MINUTE }), (cut, aheadMs, ageMs) => {
        const judgement = judgeClock({ wall: DATE + cut + ageMs + aheadMs, mono: ageMs }, answer(0));
        expect(Math.abs((judgement.kind === "unknown" ? Infinity : judgement.skewMs) - aheadMs)).toBeLessThanOrEqual(500);
      }),
    );
  });
});

it("an answer is fresh for a minute", () => {
  expect([isFresh(undefined, 0), isFresh(answer(0), MINUTE), isFresh(answer(0), MINUTE + 1)]).toEqual([false, true, false]);
});

describe("a clock that was set", () => {
  const before = { wall: DATE, mono: 5_000 };
  const after = (elapsedMs: number, stepMs: number) => steppedBy(before, { wall: DATE + elapsedMs + stepMs, mono: 5_000 + elapsedMs });
  it.each<[why: string, elapsedMs: number, stepMs: number, expected: number]>([
    ["runs on", 10 * SECOND, 0, 0],
    ["is read a moment later than the other", 0, SECOND, 0],
    ["back by two seconds", 10 * SECOND, -2 * SECOND, -2 * SECOND],
    ["back by an hour", 0, -HOUR, -HOUR],
    ["forwards by a minute", 10 * SECOND, MINUTE, MINUTE],
    ["is slewed for an hour", HOUR, 4 * SECOND, 0],
  ])("%s", (_why, elapsedMs, stepMs, expected) => {
    expect(after(elapsedMs, stepMs)).toBe(expected);
  });
});
