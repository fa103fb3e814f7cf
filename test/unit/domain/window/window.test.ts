import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY, isoOf } from "../../../../src/domain/time.ts";
import { compileWindow, type WindowSpec } from "../../../../src/domain/window/window.ts";
import { at, TUESDAY, windowOf } from "./fixtures.ts";
import { changesOf, cronOf, distinct, offsetAt, starts } from "./oracle.ts";

function dateOf(wall: number): string {
  return isoOf(wall).slice(0, 10);
}

function problemsOf(spec: Partial<WindowSpec>): readonly string[] {
  const window = compileWindow("w", { ...TUESDAY, ...spec });
  return window.kind === "invalid" ? window.problems : [];
}

describe("a window that is wrong is closed, and says the field and the remedy", () => {
  const table: [field: string, spec: Partial<WindowSpec>, remedy: string][] = [
    ["schedule", { schedule: "0 3 * *" }, "five fields"],
    ["schedule", { schedule: "0 0 30 2 *" }, "never matches"],
    ["timeZone", { timeZone: "Mars/Olympus" }, "IANA name"],
    ["timeZone", { timeZone: "" }, "IANA name"],
    ["duration", { duration: "14m59s" }, "15m to 168h"],
    ["duration", { duration: "168h1s" }, "15m to 168h"],
    ["duration", { duration: "1d" }, "h, m and s"],
    ["lanes", { lanes: [] }, "Patch, Major or both"],
    ["except", { except: ["2026-12-24", "2026-02-30"] }, "such as 2026-12-24"],
    ["except", { except: ["24.12.2026"] }, "such as 2026-12-24"],
    ["except", { except: ["2026-13-01"] }, "such as 2026-12-24"],
    ["until", { until: "2027" }, "such as 2027-01-01T00:00:00Z"],
    ["until", { until: "2027-02-30T00:00:00Z" }, "such as 2027-01-01T00:00:00Z"],
    ["until", { until: "2027-01-01T25:00:00Z" }, "such as 2027-01-01T00:00:00Z"],
    ["until", { until: "2027-01-01T00:00:00" }, "such as 2027-01-01T00:00:00Z"],
  ];
  it.each(table)("%s: %j", (field, spec, remedy) => {
    const problems = problemsOf(spec);
    expect(problems.length).toBe(1);
    expect(problems[0]).toMatch(new RegExp(`^${field}\\b.*${remedy}`));
  });

  it("tells all problems at once", () => {
    const wrong = { schedule: "@daily", duration: "5m", timeZone: "+02:00", lanes: [], except: ["x"], until: "soon" };
    expect(problemsOf(wrong).map((text) => text.split(/[ :]/)[0])).toEqual(["schedule", "timeZone", "duration", "lanes", "until", "except"]);
  });

  it.each(["15m", "168h", "1h30m"])("a duration of %s is right", (duration) => {
    expect(problemsOf({ duration })).toEqual([]);
  });
});

describe("except: local dates on which a window does not open", () => {
  it("leaves out the date in the window's zone, not in UTC", () => {
    const window = windowOf({ schedule: "0 0 * * *", timeZone: "Asia/Tokyo", except: ["2026-12-24"] });
    expect(window.startsBetween(at("2026-12-22T00:00:00Z"), at("2026-12-26T00:00:00Z")).map(isoOf)).toEqual([
      "2026-12-22T15:00:00Z",
      "2026-12-24T15:00:00Z",
      "2026-12-25T15:00:00Z",
    ]);
  });

  it.each(["2026-03-28", "2026-03-29"])("a start that a gap moves past midnight is left out by %s too", (date) => {
    const saturday = { schedule: "30 23 * * 6", timeZone: "America/Nuuk" };
    const [from, to] = [at("2026-03-28T12:00:00Z"), at("2026-03-29T12:00:00Z")];
    expect(windowOf(saturday).startsBetween(from, to)).toEqual([at("2026-03-29T01:30:00Z")]);
    expect(windowOf({ ...saturday, except: [date] }).startsBetween(from, to)).toEqual([]);
  });

  it("Apia's lost day does not take the start of the next day with it, but the next day takes both", () => {
    const [from, to] = [at("2011-12-29T14:00:00Z"), at("2011-12-31T00:00:00Z")];
    const daily = { schedule: "0 3 * * *", timeZone: "Pacific/Apia" };
    expect(windowOf({ ...daily, except: ["2011-12-30"] }).startsBetween(from, to)).toEqual([at("2011-12-30T13:00:00Z")]);
    expect(windowOf({ ...daily, except: ["2011-12-31"] }).startsBetween(from, to)).toEqual([]);
  });
});

describe("until: after it the window no longer opens", () => {
  const window = windowOf({ until: "2026-11-24T03:00:00Z" });
  it("a start at until does not happen, the one before it does", () => {
    expect([...window.startsFrom(at("2026-11-10T04:00:00Z"), 400)].map(isoOf)).toEqual(["2026-11-17T03:00:00Z"]);
    expect(window.lastStartAtOrBefore(at("2026-11-25T00:00:00Z"))).toBe(at("2026-11-17T03:00:00Z"));
    expect(window.startsBetween(at("2026-11-24T00:00:00Z"), at("2027-01-01T00:00:00Z"))).toEqual([]);
  });

  it("takes an offset and fractions of a second", () => {
    const offset = windowOf({ until: "2026-11-24T04:00:00.001+01:00" });
    expect(offset.startsBetween(at("2026-11-24T00:00:00Z"), at("2027-01-01T00:00:00Z")).map(isoOf)).toEqual(["2026-11-24T03:00:00Z"]);
  });
});

describe("the starts of a window", () => {
  it("lastStartAtOrBefore finds a start of the month before, and nothing if there is none for two", () => {
    const first = windowOf({ schedule: "0 0 31 1 *" });
    expect(first.lastStartAtOrBefore(at("2027-02-07T00:00:00Z"))).toBe(at("2027-01-31T00:00:00Z"));
    expect(first.lastStartAtOrBefore(at("2027-06-01T00:00:00Z"))).toBeUndefined();
  });

  it("are the same whatever was asked before", () => {
    const days = fc.integer({ min: 0, max: 3000 });
    const asked = fc.array(fc.tuple(days, fc.integer({ min: 0, max: 90 })), { minLength: 1, maxLength: 30 });
    const window = windowOf({ schedule: "0 */7 * * *", timeZone: "Europe/Berlin" });
    const isStateless = fc.property(asked, (ranges) => {
      for (const [day, length] of ranges) {
        const [from, to] = [at("2024-01-01T03:00:00Z") + day * DAY, at("2024-01-01T03:00:00Z") + (day + length) * DAY];
        const fresh = windowOf({ schedule: "0 */7 * * *", timeZone: "Europe/Berlin" });
        expect(window.startsBetween(from, to)).toEqual(fresh.startsBetween(from, to));
        expect([...window.startsFrom(from - 1, length)]).toEqual(fresh.startsBetween(from, to));
      }
    });
    fc.assert(isStateless, { numRuns: 100 });
  });

  it("agree with the oracle in zones with gaps at midnight, with except and until", () => {
    const zones = ["Africa/Cairo", "America/Santiago", "America/Nuuk", "America/Scoresbysund", "Asia/Beirut", "Australia/Lord_Howe", "Pacific/Chatham"];
    const [low, high] = [at("2024-01-01T00:00:00Z"), at("2031-01-01T00:00:00Z")];
    const changes = new Map(zones.map((zone) => [zone, changesOf(zone, low - 30 * DAY, high + 30 * DAY)]));
    const place = fc.record({
      zone: fc.constantFrom(...zones),
      schedule: fc.constantFrom("*/30 * * * *", "15 23,0 * * *", "0 0 * * 0,5", "30 */2 * * 6-7"),
      pick: fc.nat(),
      cut: fc.integer({ min: -3 * DAY, max: 9 * DAY }),
      except: fc.array(fc.integer({ min: -2, max: 3 }), { maxLength: 2 }),
    });
    const agrees = fc.property(place, ({ zone, schedule, pick, cut, except }) => {
      const known = changes.get(zone)!;
      const near = known[pick % known.length]!;
      const until = Math.round((near.at + cut) / 1000) * 1000;
      const dates = except.map((shift) => dateOf(near.at + near.before + shift * DAY));
      const [from, to] = [near.at - 3 * DAY, near.at + 4 * DAY];
      const expected = starts(cronOf(schedule), { zone, changes: known, from, to })
        .filter((s) => s.at < until && !dates.includes(dateOf(s.wall)) && !dates.includes(dateOf(s.at + offsetAt(zone, s.at))));
      const window = windowOf({ schedule, timeZone: zone, except: dates, until: isoOf(until) });
      expect(window.startsBetween(from, to)).toEqual(distinct(expected.map((s) => s.at)));
    });
    fc.assert(agrees, { numRuns: 3000 });
  });
});
