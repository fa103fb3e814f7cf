import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, instantOf, isoOf, parseDuration } from "../../../src/domain/time.ts";

describe("a duration", () => {
  it.each([
    ["4h", 14_400_000],
    ["1h30m", 5_400_000],
    ["45s", 45_000],
    ["1h1m1s", 3_661_000],
    ["0s", 0],
    ["168h", 604_800_000],
    ["", undefined],
    ["1d", undefined],
    ["30", undefined],
    ["30m1h", undefined],
    ["-1h", undefined],
    ["1.5h", undefined],
    [" 1h", undefined],
    ["1h ", undefined],
  ])("%j is %s ms", (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each([
    [0, "0s"],
    [45_000, "45s"],
    [5_400_000, "1h30m"],
    [1_814_400_000, "504h"],
    [3_661_000, "1h1m1s"],
    [499, "0s"],
  ])("%i ms is written %s", (ms, expected) => {
    expect(formatDuration(ms)).toBe(expected);
  });

  it("reads back as it was written", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40_000_000 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds * 1000))).toBe(seconds * 1000);
      }),
    );
  });
});

describe("an instant", () => {
  it("is written in UTC with whole seconds where possible", () => {
    expect([isoOf(Date.UTC(2026, 10, 24, 2)), isoOf(Date.UTC(2026, 10, 24, 2) + 1)]).toEqual(["2026-11-24T02:00:00Z", "2026-11-24T02:00:00.001Z"]);
  });

  it.each([
    ["2026-11-24T02:00:00Z", 1_795_485_600_000],
    ["2026-11-24T03:00:00+01:00", 1_795_485_600_000],
    ["2026-11-24T02:00:00.123456789Z", 1_795_485_600_123],
    ["soon", undefined],
    [undefined, undefined],
  ])("%s is %s", (text, expected) => {
    expect(instantOf(text)).toBe(expected);
  });
});
