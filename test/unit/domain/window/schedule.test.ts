import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY, HOUR, isoOf } from "../../../../src/domain/time.ts";
import {
  lastStartAtOrBefore,
  parseSchedule,
  startsBetween,
  startsFrom,
  type Schedule,
} from "../../../../src/domain/window/schedule.ts";
import { findZone, type Zone } from "../../../../src/domain/window/zone.ts";
import { changesOf, cronOf, distinct, starts, type Change } from "./oracle.ts";

function scheduleOf(text: string): Schedule {
  const result = parseSchedule(text);
  if (result.kind === "invalid") throw new Error(result.message);
  return result.schedule;
}

function zoneOf(name: string): Zone {
  const zone = findZone(name);
  if (zone === undefined) throw new Error(`no zone ${name}`);
  return zone;
}

/** The first starts after an instant, as text. */
function next(text: string, zone: string, after: string, count: number): string[] {
  const found = startsFrom(scheduleOf(text), zoneOf(zone), Date.parse(after), { horizonDays: 4000 });
  return [...Iterator.from(found).take(count)].map(isoOf);
}

/** The dates of 2027 on which it starts in UTC, as `MM-DD`. */
function datesOf2027(text: string): string[] {
  const found = startsBetween(scheduleOf(text), zoneOf("UTC"), Date.UTC(2027, 0, 1), Date.UTC(2028, 0, 1));
  return found.map((start) => isoOf(start).slice(5, 10));
}

describe("parseSchedule accepts names, ranges, lists, steps and 7 = Sunday", () => {
  it.each([
    ["0 3 * * TUE", "0 3 * * 2"],
    ["0 3 * * sun", "0 3 * * 7"],
    ["0 3 * * 0", "0 3 * * 7"],
    ["0 3 * * 5-7", "0 3 * * 0,5,6"],
    ["0 3 * * MON-FRI", "0 3 * * 1,2,3,4,5"],
    ["0 3 1 JAN-mar,DEC *", "0 3 1 1,2,3,12 *"],
    ["*/20 3 * * 1", "0,20,40 3 * * 1"],
    ["10-30/10 3 * * 1", "10,20,30 3 * * 1"],
    ["05 03 01 06 *", "5 3 1 6 *"],
    [" 0\t3  * * 2 ", "0 3 * * 2"],
    ["0 0 * * 1-7/2", "0 0 * * 0,1,3,5"],
    ["0 0 * * */7", "0 0 */1 * SUN"],
    ["0 0 * * */2", "0 0 * * 0,2,4,6"],
  ])("%s means %s", (written, plain) => {
    const [a, b] = [written, plain].map((text) => startsBetween(scheduleOf(text), zoneOf("UTC"), 0, 400 * DAY));
    expect(a).toEqual(b);
    expect(a?.length).toBeGreaterThan(0);
  });
});

describe("parseSchedule lets `N/step` run to the end of the range, as in a Kubernetes CronJob", () => {
  it.each([
    ["50/5 3 * * 1", "50,55 3 * * 1"],
    ["0 20/2 * * 1", "0 20,22 * * 1"],
    ["0 3 28/1 * *", "0 3 28,29,30,31 * *"],
    ["0 3 1 9/3 *", "0 3 1 9,12 *"],
    ["0 3 * * 1/2", "0 3 * * 1,3,5"],
    ["0 3 * * MON/2", "0 3 * * 1,3,5"],
    ["0 3 * * 0/2", "0 3 * * 0,2,4,6"],
  ])("%s means %s", (written, plain) => {
    const [a, b] = [written, plain].map((text) => startsBetween(scheduleOf(text), zoneOf("UTC"), 0, 400 * DAY));
    expect(a).toEqual(b);
  });
});

describe("parseSchedule refuses, naming the field", () => {
  it.each([
    ["", "five fields"],
    ["   ", "five fields"],
    ["0 3 * *", "five fields"],
    ["0 0 3 * * 2", "five fields"],
    ["@daily", "five fields"],
    ["CRON_TZ=UTC 0 3 * * 2", "five fields"],
    ["H 3 * * 2", "minute"],
    ["60 3 * * 2", "minute"],
    ["*/0 3 * * 2", "minute"],
    ["-5 3 * * 2", "minute"],
    ["1-2-3 3 * * 2", "minute"],
    ["*-5 3 * * 2", "minute"],
    ["5/2/2 3 * * 2", "minute"],
    ["0 24 * * 2", "hour"],
    ["0 5-3 * * 2", "hour"],
    ["0 1,,2 * * 2", "hour"],
    ["0 ,1 * * 2", "hour"],
    ["0 3 ? * 2", "day of month"],
    ["0 3 L * *", "day of month"],
    ["0 3 15W * *", "day of month"],
    ["0 3 0 * *", "day of month"],
    ["0 3 32 * *", "day of month"],
    ["0 3 1 janfeb *", "month"],
    ["0 3 1 1jan *", "month"],
    ["0 3 1 13 *", "month"],
    ["0 3 * * 2#1", "day of week"],
    ["0 3 * * 5L", "day of week"],
    ["0 3 * * ?", "day of week"],
    ["0 3 * * 8", "day of week"],
    ["0 3 * * FRI-SUN", "day of week"],
    ["0 3 * * 7/2", "day of week"],
    ["0 3 * * tuesday", "day of week"],
  ])("%j: %s", (text, field) => {
    const result = parseSchedule(text);
    expect(result.kind).toBe("invalid");
    expect(result.kind === "invalid" && result.message).toContain(field);
  });

  it.each(["0 0 30 2 *", "0 0 31 2,4,6,9,11 *", "0 0 30-31 feb */2"])("%s, which never matches", (text) => {
    const result = parseSchedule(text);
    expect(result.kind === "invalid" && result.message).toContain("never matches");
  });

  it("but not 30 February or a Monday, nor 29 February", () => {
    expect(datesOf2027("0 0 30 2 1")).toEqual(["02-01", "02-08", "02-15", "02-22"]);
    expect(next("0 0 29 2 *", "UTC", "2027-01-01T00:00:00Z", 2)).toEqual(["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]);
  });
});

describe("day of month and day of week", () => {
  it("if both are restricted, either matches", () => {
    expect(datesOf2027("0 0 13 1 5")).toEqual(["01-01", "01-08", "01-13", "01-15", "01-22", "01-29"]);
  });

  it("if one begins with `*`, both must match", () => {
    expect(datesOf2027("0 0 13 * *").length).toBe(12);
    expect(datesOf2027("0 0 */15 1,5 MON")).toEqual(["05-31"]);
    expect(datesOf2027("0 0 13 * */5")).toEqual(["06-13", "08-13"]);
  });

  it("a field that has `*` but does not begin with it is restricted", () => {
    expect(datesOf2027("0 0 1,* 1 1").length).toBe(31);
  });

  it("the weekday is the weekday of the start, in its own zone", () => {
    expect(next("0 3 * * 2", "Asia/Tokyo", "2026-11-20T00:00:00Z", 1)).toEqual(["2026-11-23T18:00:00Z"]);
  });
});

describe("a start inside a gap is taken with the offset before it; inside a fold it happens once, at the first", () => {
  it.each([
    ["30 2 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z", ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]],
    ["30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]],
    ["30,0 2,3 29 3 *", "Europe/Berlin", "2026-03-29T00:00:00Z", ["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2027-03-29T00:00:00Z"]],
    ["15 2 * * 0", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", ["2026-10-03T15:45:00Z", "2026-10-10T15:15:00Z"]],
    ["30 2 * * 0", "Antarctica/Troll", "2026-03-28T00:00:00Z", ["2026-03-29T02:30:00Z", "2026-04-05T00:30:00Z"]],
    ["0 0 * * *", "America/Santiago", "2026-09-05T12:00:00Z", ["2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"]],
    ["0 0 * * 5", "Africa/Cairo", "2026-04-23T00:00:00Z", ["2026-04-23T22:00:00Z", "2026-04-30T21:00:00Z"]],
    ["0 3 * * 0", "Pacific/Chatham", "2026-09-26T00:00:00Z", ["2026-09-26T14:15:00Z", "2026-10-03T13:15:00Z"]],
    ["30 23 * * 6", "America/Nuuk", "2026-03-28T12:00:00Z", ["2026-03-29T01:30:00Z", "2026-04-05T00:30:00Z"]],
    ["30 23 * * 6", "America/Scoresbysund", "2026-03-28T12:00:00Z", ["2026-03-29T01:30:00Z", "2026-04-05T00:30:00Z"]],
  ])("%s in %s after %s", (text, zone, after, expected) => {
    expect(next(text, zone, after, expected.length)).toEqual(expected);
  });

  it("and equal instants collapse: Apia's lost day is the next day's start", () => {
    const daily = ["2011-12-29T13:00:00Z", "2011-12-30T13:00:00Z", "2011-12-31T13:00:00Z"];
    expect(next("0 3 * * *", "Pacific/Apia", "2011-12-29T00:00:00Z", 3)).toEqual(daily);
  });
});

describe("startsBetween, startsFrom and lastStartAtOrBefore", () => {
  const weekly = scheduleOf("0 3 * * 2");
  const utc = zoneOf("UTC");
  const tuesday = Date.parse("2026-11-24T03:00:00Z");

  it("startsBetween has its beginning and not its end", () => {
    expect(startsBetween(weekly, utc, tuesday, tuesday + 7 * DAY)).toEqual([tuesday]);
    expect(startsBetween(weekly, utc, tuesday + 1, tuesday + 7 * DAY)).toEqual([]);
  });

  it("startsFrom leaves out `after` and has its horizon", () => {
    expect([...startsFrom(weekly, utc, tuesday, { horizonDays: 7 })]).toEqual([tuesday + 7 * DAY]);
    expect([...startsFrom(weekly, utc, tuesday + 1, { horizonDays: 6 })]).toEqual([]);
  });

  it("lastStartAtOrBefore has now itself, and goes back over the longest pause", () => {
    const last = (text: string, now: string) => lastStartAtOrBefore(scheduleOf(text), utc, Date.parse(now));
    expect(lastStartAtOrBefore(weekly, utc, tuesday)).toBe(tuesday);
    expect(lastStartAtOrBefore(weekly, utc, tuesday - 1)).toBe(tuesday - 7 * DAY);
    expect(last("0 0 1 1,4,7,10 *", "2026-11-24T00:00:00Z")).toBe(Date.parse("2026-10-01T00:00:00Z"));
    expect(last("0 0 29 2 */7", "2112-02-28T00:00:00Z")).toBe(Date.parse("2088-02-29T00:00:00Z"));
  });

  it("lastStartAtOrBefore is undefined in a world without starts", () => {
    expect(lastStartAtOrBefore({ ...weekly, timesOfDay: [] }, utc, tuesday)).toBeUndefined();
  });
});

const ZONES = [...Intl.supportedValuesOf("timeZone"), "UTC"];
const YEARS = { from: Date.UTC(2020, 0, 1), to: Date.UTC(2041, 0, 1) };
const changes = new Map<string, Change[]>();

function changesIn(zone: string): Change[] {
  const known = changes.get(zone) ?? changesOf(zone, YEARS.from - 30 * DAY, YEARS.to + 30 * DAY);
  changes.set(zone, known);
  return known;
}

const span = (low: number, high: number) =>
  fc.tuple(fc.integer({ min: low, max: high }), fc.integer({ min: low, max: high })).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
const item = (low: number, high: number) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: low, max: high }).map(String) },
    span(low, high),
    fc.tuple(fc.oneof(fc.constant("*"), span(low, high), fc.integer({ min: low, max: high }).map(String)), fc.integer({ min: 1, max: 20 }))
      .map(([range, step]) => `${range}/${step}`),
  );
const field = (low: number, high: number) =>
  fc.oneof(fc.constant("*"), fc.array(item(low, high), { minLength: 1, maxLength: 3 }).map((items) => items.join(",")));
const weekday = fc.oneof(field(0, 6), fc.constantFrom("SUN", "mon-fri", "7", "5-7", "Tue,THU"));
const cron = fc.tuple(field(0, 59), field(0, 4), field(1, 31), fc.constantFrom("*", "*", "1-6", "JUL-dec", "3/2"), weekday).map((f) => f.join(" "));

/** Half of the stretches lie around a change of the zone, where mistakes are. */
const place = fc
  .record({ zone: fc.constantFrom(...ZONES), at: fc.noBias(fc.integer({ min: YEARS.from, max: YEARS.to })), pick: fc.nat(), isNear: fc.boolean(), shift: fc.integer({ min: -2 * DAY, max: DAY }), days: fc.integer({ min: 1, max: 6 }) })
  .map(({ zone, at, pick, isNear, shift, days }) => {
    const known = changesIn(zone);
    const near = known[pick % Math.max(1, known.length)];
    const from = isNear && near !== undefined ? near.at + shift : at;
    return { zone, changes: known, from, to: from + days * DAY };
  });

describe("in every zone, 2020 to 2041", () => {
  it("the starts of any schedule are those that walking the instants finds", () => {
    const zones = new Map(ZONES.map((name) => [name, zoneOf(name)]));
    const agrees = fc.property(cron, place, (text, stretch) => {
      const result = parseSchedule(text);
      const expected = distinct(starts(cronOf(text), stretch).map((start) => start.at));
      const zone = zones.get(stretch.zone) ?? zoneOf(stretch.zone);
      const found = result.kind === "valid" ? startsBetween(result.schedule, zone, stretch.from, stretch.to) : [];
      expect(found).toEqual(expected);
      if (result.kind === "invalid" || expected.length === 0) return;
      const days = (stretch.to - stretch.from) / DAY;
      expect([...startsFrom(result.schedule, zone, stretch.from - 1, { horizonDays: days })].filter((at) => at < stretch.to)).toEqual(expected);
      expect(lastStartAtOrBefore(result.schedule, zone, stretch.to - 1)).toBe(expected.at(-1));
    });
    fc.assert(agrees, { numRuns: 6000 });
  });

  it("every ten minutes starts rightly through every change of the clock", () => {
    const schedule = scheduleOf("*/10 * * * *");
    const matcher = cronOf(schedule.text);
    let seen = 0;
    for (const name of ZONES) {
      const zone = zoneOf(name);
      for (const change of changesIn(name)) {
        const stretch = { zone: name, changes: changesIn(name), from: change.at - 5 * HOUR, to: change.at + 5 * HOUR };
        const expected = distinct(starts(matcher, stretch).map((start) => start.at));
        const found = startsBetween(schedule, zone, stretch.from, stretch.to);
        expect(found, `${name} ${isoOf(change.at)}`).toEqual(expected);
        seen += 1;
      }
    }
    expect(seen).toBeGreaterThan(5000);
  });
});
