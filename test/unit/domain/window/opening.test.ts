import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY, HOUR, isoOf, MINUTE } from "../../../../src/domain/time.ts";
import { openingAt, openingsFrom, windowsForLane, windowStateAt, type Opening } from "../../../../src/domain/window/opening.ts";
import type { Window } from "../../../../src/domain/window/window.ts";
import { at, windowOf } from "./fixtures.ts";
import { changesOf, cronOf, distinct, lineOf, openingOf, starts, type Interval } from "./oracle.ts";

function shown(opening: Opening | undefined): string | undefined {
  return opening && `${opening.window} ${isoOf(opening.opensAt)} ${isoOf(opening.closesAt)}`;
}

describe("an opening is [start, start + duration)", () => {
  const window = windowOf({ schedule: "0 3 * * 2", timeZone: "Europe/Berlin" }, "berlin");
  it.each([
    ["2026-11-24T01:59:59.999Z", undefined],
    ["2026-11-24T02:00:00Z", "berlin 2026-11-24T02:00:00Z 2026-11-24T06:00:00Z"],
    ["2026-11-24T05:59:59.999Z", "berlin 2026-11-24T02:00:00Z 2026-11-24T06:00:00Z"],
    ["2026-11-24T06:00:00Z", undefined],
  ])("at %s: %s", (now, expected) => {
    expect(shown(openingAt([window], at(now)))).toBe(expected);
  });

  it("the duration is elapsed time: four hours from 00:30 on the night of a fold close at 03:30 on the clock", () => {
    const night = windowOf({ schedule: "30 0 25 10 *", timeZone: "Europe/Berlin" }, "fold");
    expect(shown(openingAt([night], at("2026-10-25T00:00:00Z")))).toBe("fold 2026-10-24T22:30:00Z 2026-10-25T02:30:00Z");
  });

  it("stays open after midnight, though the weekday is another", () => {
    const evening = windowOf({ schedule: "0 23 * * 2" }, "evening");
    expect(shown(openingAt([evening], at("2026-11-25T02:59:59Z")))).toBe("evening 2026-11-24T23:00:00Z 2026-11-25T03:00:00Z");
    expect(openingAt([evening], at("2026-11-24T02:00:00Z"))).toBeUndefined();
  });

  it("no windows are closed", () => {
    expect(openingAt([], at("2026-11-24T02:00:00Z"))).toBeUndefined();
    expect(windowStateAt([], at("2026-11-24T02:00:00Z"))).toEqual({ open: false });
  });
});

describe("touching or overlapping openings merge for the close only", () => {
  const long = windowOf({ schedule: "0 0 * * *", duration: "12h" }, "long");
  const noon = windowOf({ schedule: "0 12 * * 2", duration: "1h" }, "noon");
  const six = windowOf({ schedule: "0 6 * * 2", duration: "1h" }, "six");
  const late = windowOf({ schedule: "1 12 * * 2", duration: "1h" }, "late");

  it.each<[why: string, windows: Window[], now: string, expected: string | undefined]>([
    ["touching openings merge", [long, noon], "2026-11-24T03:00:00Z", "long 2026-11-24T00:00:00Z 2026-11-24T13:00:00Z"],
    ["a minute between them keeps them apart", [long, late], "2026-11-24T03:00:00Z", "long 2026-11-24T00:00:00Z 2026-11-24T12:00:00Z"],
    ["and closes them", [long, late], "2026-11-24T12:00:30Z", undefined],
    ["overlapping ones belong to the latest start", [long, six], "2026-11-24T06:00:00Z", "six 2026-11-24T06:00:00Z 2026-11-24T12:00:00Z"],
    ["also when the latest is over but the stretch is not", [long, six], "2026-11-24T08:00:00Z", "six 2026-11-24T06:00:00Z 2026-11-24T12:00:00Z"],
    ["a chain merges to its end", [long, six, noon], "2026-11-24T08:00:00Z", "six 2026-11-24T06:00:00Z 2026-11-24T13:00:00Z"],
  ])("%s", (_why, windows, now, expected) => {
    expect(shown(openingAt(windows, at(now)))).toBe(expected);
    expect(shown(openingAt(windows.toReversed(), at(now)))).toBe(expected);
  });

  it("of two with the same start, the first by name gives it its name and the longer its close", () => {
    const [b, a] = [windowOf({ duration: "2h" }, "b"), windowOf({ duration: "1h" }, "a")];
    const expected = "a 2026-11-24T03:00:00Z 2026-11-24T05:00:00Z";
    expect([[a, b], [b, a]].map((windows) => shown(openingAt(windows, at("2026-11-24T04:30:00Z"))))).toEqual([expected, expected]);
    expect([...openingsFrom([b, a], at("2026-11-24T00:00:00Z"), 7)].map(shown)).toEqual([expected]);
  });

  it("a stretch without end closes 168 hours after the start a decision belongs to, and opens again then", () => {
    const always = windowOf({ schedule: "0 * * * *", duration: "1h" }, "always");
    const state = windowStateAt([always], at("2026-11-24T03:30:00Z"));
    expect(state).toEqual({
      open: true,
      opensAt: at("2026-11-24T03:00:00Z"),
      closesAt: at("2026-12-01T03:00:00Z"),
      nextOpensAt: at("2026-12-01T03:00:00Z"),
    });
  });

  it("a week of 168 hours is open for all of the week, and the next week is another opening", () => {
    const week = windowOf({ duration: "168h" }, "week");
    expect(shown(openingAt([week], at("2026-12-01T02:59:59Z")))).toBe("week 2026-11-24T03:00:00Z 2026-12-01T03:00:00Z");
    expect(shown(openingAt([week], at("2026-12-01T03:00:00Z")))).toBe("week 2026-12-01T03:00:00Z 2026-12-08T03:00:00Z");
  });
});

describe("merging is per lane", () => {
  it("windowsForLane leaves the windows that name the lane", () => {
    const patch = windowOf({ lanes: ["Patch"] }, "patch");
    const both = windowOf({ lanes: ["Patch", "Major"] }, "both");
    expect(windowsForLane([patch, both], "Patch")).toEqual([patch, both]);
    expect(windowsForLane([patch, both], "Major")).toEqual([both]);
  });
});

describe("windowStateAt", () => {
  const tuesday = windowOf({}, "tuesday");
  it("while closed, opens next at the first start > now", () => {
    expect(windowStateAt([tuesday], at("2026-11-24T07:00:00Z"))).toEqual({ open: false, nextOpensAt: at("2026-12-01T03:00:00Z") });
    expect(windowStateAt([tuesday], at("2026-11-24T02:59:59Z")).nextOpensAt).toBe(at("2026-11-24T03:00:00Z"));
  });

  it("while open, opens next at the first start ≥ closesAt, not at one that merges", () => {
    const six = windowOf({ schedule: "0 6 * * 2" }, "six");
    expect(windowStateAt([tuesday, six], at("2026-11-24T04:00:00Z"))).toEqual({
      open: true,
      opensAt: at("2026-11-24T03:00:00Z"),
      closesAt: at("2026-11-24T10:00:00Z"),
      nextOpensAt: at("2026-12-01T03:00:00Z"),
    });
  });

  it("has no nextOpensAt when no opening is known", () => {
    const once = windowOf({ until: "2026-11-25T00:00:00Z" }, "once");
    expect(windowStateAt([once], at("2026-11-24T04:00:00Z"))).toEqual({
      open: true,
      opensAt: at("2026-11-24T03:00:00Z"),
      closesAt: at("2026-11-24T07:00:00Z"),
    });
    expect(windowStateAt([once], at("2026-11-24T07:00:00Z"))).toEqual({ open: false });
    expect(windowStateAt([tuesday], at("2026-11-24T07:00:00Z"), 3)).toEqual({ open: false });
  });

  it("finds 29 February over the century that has none, on a Sunday too", () => {
    const leap = windowOf({ schedule: "0 0 29 2 *" });
    const sunday = windowOf({ schedule: "0 0 29 2 */7" });
    expect(windowStateAt([leap], at("2096-03-01T00:00:00Z")).nextOpensAt).toBe(at("2104-02-29T00:00:00Z"));
    expect(windowStateAt([sunday], at("2088-03-01T00:00:00Z")).nextOpensAt).toBe(at("2128-02-29T00:00:00Z"));
  });
});

describe("openingsFrom", () => {
  it("gives every start after `after`, not `after` itself, each with its own close", () => {
    const windows = [windowOf({}, "tuesday"), windowOf({ schedule: "0 6 * * 2", duration: "2h" }, "six")];
    expect([...openingsFrom(windows, at("2026-11-24T03:00:00Z"), 8)].map(shown)).toEqual([
      "six 2026-11-24T06:00:00Z 2026-11-24T08:00:00Z",
      "tuesday 2026-12-01T03:00:00Z 2026-12-01T08:00:00Z",
      "six 2026-12-01T06:00:00Z 2026-12-01T08:00:00Z",
    ]);
  });

  it("is lazy, and looks 400 days ahead unless told", () => {
    const minutely = windowOf({ schedule: "* * * * *", duration: "15m" }, "minutely");
    const [first] = Iterator.from(openingsFrom([minutely], at("2026-11-24T03:00:30Z"))).take(1);
    expect(shown(first)).toBe("minutely 2026-11-24T03:01:00Z 2026-12-01T03:01:00Z");
    expect([...openingsFrom([windowOf({ schedule: "0 0 * * *" })], at("2026-11-24T00:00:00Z"))].length).toBe(400);
  });

  it("walks 400 days of a window of every quarter of an hour", () => {
    const quarter = windowOf({ schedule: "*/15 * * * *", duration: "15m", timeZone: "Europe/Berlin" });
    expect([...openingsFrom([quarter], at("2026-01-01T00:00:00Z"))].length).toBe(400 * 96 - 4); // the four in the spring gap are those of the hour after it
  });
});

describe("against intervals laid on one line", () => {
  const ZONES = ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Antarctica/Troll", "America/Santiago", "Africa/Cairo", "Pacific/Chatham"];
  const changes = new Map(ZONES.map((zone) => [zone, changesOf(zone, at("2025-10-01T00:00:00Z"), at("2028-03-01T00:00:00Z"))]));
  const spec = fc.record({
    timeZone: fc.constantFrom(...ZONES),
    schedule: fc.constantFrom("0 3 * * 2", "0 * * * *", "*/30 1-3 * * *", "0 0 * * *", "30 2 * * 0,6", "0 12 1,15 * *", "15 23 * * 1-5"),
    duration: fc.constantFrom("15m", "30m", "1h", "90m", "4h", "24h", "72h", "168h"),
  });
  const story = fc.record({
    specs: fc.array(spec, { minLength: 1, maxLength: 3 }),
    minute: fc.integer({ min: 0, max: 2 * 365 * 24 * 60 }),
    offsetMs: fc.constantFrom(0, 0, 1, -1, 30_000),
  });

  it("openingAt, windowStateAt and openingsFrom say the same", () => {
    const agrees = fc.property(story, ({ specs, minute, offsetMs }) => {
      const windows = specs.map((one, index) => windowOf(one, `w${index}`));
      const now = at("2026-01-01T00:00:00Z") + Math.floor(minute / 15) * 15 * MINUTE + offsetMs;
      const [from, to] = [Math.floor(now / DAY) * DAY - 16 * DAY, Math.floor(now / DAY) * DAY + 30 * DAY];
      const intervals = specs.flatMap(({ timeZone, schedule, duration }, index): Interval[] => {
        const length = duration.endsWith("h") ? Number(duration.slice(0, -1)) * HOUR : Number(duration.slice(0, -1)) * MINUTE;
        const found = starts(cronOf(schedule), { zone: timeZone, changes: changes.get(timeZone)!, from, to });
        return distinct(found.map((s) => s.at)).map((start) => ({ window: `w${index}`, start, end: start + length }));
      });
      const line = lineOf(intervals);
      const expected = openingOf(intervals, line, now);
      expect(openingAt(windows, now)).toEqual(expected);

      const next = expected === undefined ? now + 1 : expected.closesAt;
      const all = distinct(intervals.map((i) => i.start));
      const state = windowStateAt(windows, now, 20);
      expect(state).toEqual({
        open: expected !== undefined,
        opensAt: expected?.opensAt,
        closesAt: expected?.closesAt,
        nextOpensAt: all.find((start) => start >= next && start <= next - 1 + 20 * DAY),
      });
      const later = all.filter((start) => start > now && start <= now + 2 * DAY);
      expect([...openingsFrom(windows, now, 2)]).toEqual(later.map((start) => openingOf(intervals, line, start)));
    });
    fc.assert(agrees, { numRuns: 2000 });
  });
});
