import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { weekdays } from "../../../../src/api/index.ts";
import { agentSchedule, isSameSchedule } from "../../../../src/domain/agents/schedule.ts";
import { HOUR } from "../../../../src/domain/time.ts";
import { openingAt } from "../../../../src/domain/window/opening.ts";
import { compileWindow, type Window, type WindowSpec } from "../../../../src/domain/window/window.ts";
import { at } from "../../../fixtures/time.ts";

function windowOf(spec: Partial<WindowSpec>): Window {
  const compiled = compileWindow("w", { schedule: "0 3 * * 2", duration: "4h", timeZone: "Europe/Berlin", lanes: ["Patch", "Major"], ...spec });
  if (compiled.kind === "invalid") throw new Error(compiled.problems.join());
  return compiled;
}

function told(now: string, ...specs: readonly Partial<WindowSpec>[]): string {
  const schedule = agentSchedule(specs.map(windowOf), at(now));
  return schedule === undefined ? "none" : `${schedule.utcStartHour}:00 ${schedule.weekdays.join(" ")}`;
}

describe("the hour in which agents may update themselves", () => {
  it.each<[why: string, now: string, spec: Partial<WindowSpec>, expected: string]>([
    ["is the last whole one of the opening, so that they follow in the same night", "2026-11-20T12:00:00Z", {}, "5:00 Tuesday"],
    ["is in UTC, with the offset of the day on which it comes", "2026-07-20T12:00:00Z", {}, "4:00 Tuesday"],
    ["changes with the offset once the last opening before the change is over", "2026-10-20T06:00:00Z", {}, "5:00 Tuesday"],
    ["but is never one that runs now, outside of an opening", "2026-10-20T05:30:00Z", {}, "4:00 Tuesday"],
    ["nor does it change before that", "2026-10-20T04:59:59Z", {}, "4:00 Tuesday"],
    ["is of the weekday in UTC", "2026-11-20T12:00:00Z", { schedule: "0 23 * * 1", timeZone: "America/Los_Angeles", duration: "2h" }, "8:00 Tuesday"],
    ["crosses midnight", "2026-11-20T12:00:00Z", { schedule: "0 22 * * 5", timeZone: "UTC", duration: "4h" }, "1:00 Saturday"],
    ["is not the one in which the window opens half way", "2026-11-20T12:00:00Z", { schedule: "30 3 * * 2", duration: "2h" }, "3:00 Tuesday"],
    ["does not exist in an opening that holds none", "2026-11-20T12:00:00Z", { schedule: "30 3 * * 2", duration: "1h30m", timeZone: "UTC" }, "4:00 Tuesday"],
    ["not one minute less", "2026-11-20T12:00:00Z", { schedule: "30 3 * * 2", duration: "1h29m", timeZone: "UTC" }, "none"],
    ["nor where the zone's offset is half an hour and the window lasts one", "2026-11-20T12:00:00Z", { timeZone: "Asia/Kolkata", duration: "1h" }, "none"],
    ["exactly one hour will do", "2026-11-20T12:00:00Z", { timeZone: "UTC", duration: "1h" }, "3:00 Tuesday"],
    ["leaves out a date on which the window does not open", "2026-12-19T12:00:00Z", { schedule: "0 3 * * 2,4", timeZone: "UTC", except: ["2026-12-24"] }, "6:00 Tuesday"],
    ["and takes it in again a week later", "2026-12-24T07:00:00Z", { schedule: "0 3 * * 2,4", timeZone: "UTC", except: ["2026-12-24"] }, "6:00 Tuesday Thursday"],
    ["stands for no week in which a monthly window does not open", "2026-11-04T12:00:00Z", { schedule: "0 3 1 * *", timeZone: "UTC" }, "none"],
    ["but for the one in which it does", "2026-11-25T12:00:00Z", { schedule: "0 3 1 * *", timeZone: "UTC" }, "6:00 Tuesday"],
    ["ends with the window", "2026-12-30T12:00:00Z", { until: "2027-01-01T00:00:00Z" }, "none"],
    ["stays while it runs, though it began before now", "2026-11-24T05:59:00Z", {}, "5:00 Tuesday"],
    ["of what never closes is the first, whenever it is asked", "2026-11-20T12:00:00Z", { schedule: "0 * * * *", timeZone: "UTC" }, `0:00 ${weekdays.join(" ")}`],
    ["also at another time of the day", "2026-11-22T23:30:00Z", { schedule: "0 * * * *", timeZone: "UTC" }, `0:00 ${weekdays.join(" ")}`],
    ["of a long opening is the last before it closes", "2026-11-20T12:00:00Z", { schedule: "0 22 * * 5", timeZone: "UTC", duration: "48h" }, "21:00 Sunday Saturday"],
    ["and stays that while it lasts", "2026-11-21T12:00:00Z", { schedule: "0 22 * * 5", timeZone: "UTC", duration: "48h" }, "21:00 Sunday Saturday"],
    ["names every day, for no day means each", "2026-11-20T12:00:00Z", { schedule: "0 3 * * *", timeZone: "UTC", duration: "1h" }, `3:00 ${weekdays.join(" ")}`],
  ])("%s", (_why, now, spec, expected) => {
    expect(told(now, spec)).toBe(expected);
  });

  it("of several windows is the one of the most days", () => {
    const night = { schedule: "0 3 * * 2", timeZone: "UTC", duration: "1h" };
    expect(told("2026-11-20T12:00:00Z", night, { schedule: "0 9 * * 3,4", timeZone: "UTC", duration: "2h" })).toBe("10:00 Wednesday Thursday");
    expect(told("2026-11-20T12:00:00Z", night, { schedule: "0 9 * * 3", timeZone: "UTC", duration: "1h" })).toBe("3:00 Tuesday");
  });

  it("does not exist without a window", () => {
    expect(agentSchedule([], at("2026-11-24T12:00:00Z"))).toBeUndefined();
  });

  it("is remembered for the windows that it was asked for, and for no others", () => {
    const [a, b] = [windowOf({ timeZone: "UTC" }), windowOf({ schedule: "0 3 * * 5", timeZone: "UTC" })];
    const now = at("2026-11-20T12:00:00Z");
    expect(agentSchedule([a], now)).toBe(agentSchedule([a], now + 59 * 60_000));
    expect(agentSchedule([a, b], now)?.weekdays).toEqual(["Tuesday", "Friday"]);
    expect(agentSchedule([a], now + HOUR)?.weekdays).toEqual(["Tuesday"]);
  });

  it("whatever the windows: it lies wholly in an opening on each of its days of the week to come", () => {
    const spec = fc.record({
      schedule: fc.tuple(fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 23 }), fc.constantFrom("*", "1", "2,4", "0-5", "6")).map(([minute, hour, days]) => `${minute} ${hour} * * ${days}`),
      duration: fc.integer({ min: 15, max: 2_000 }).map((minutes) => `${minutes}m`),
      timeZone: fc.constantFrom("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe"),
      except: fc.constantFrom([], ["2026-10-27", "2026-11-01"]),
    });
    const instant = fc.date({ min: new Date("2026-10-15"), max: new Date("2026-11-10"), noInvalidDate: true }).map((date) => date.getTime());
    const isFine = (specs: readonly Partial<WindowSpec>[], now: number): boolean => {
      const windows = specs.map(windowOf);
      const schedule = agentSchedule(windows, now);
      if (schedule === undefined) return true;
      const from = Math.floor(now / HOUR) * HOUR;
      const hours = Array.from({ length: 7 * 24 }, (_, index) => new Date(from + index * HOUR));
      const chosen = hours.filter((hour) => hour.getUTCHours() === schedule.utcStartHour && schedule.weekdays.some((day) => day === weekdays[hour.getUTCDay()]));
      const instants = chosen.flatMap((hour) => [0, HOUR / 2, HOUR - 1].map((later) => hour.getTime() + later));
      return instants.length > 0 && instants.every((each) => openingAt(windows, each) !== undefined);
    };
    expect(fc.check(fc.property(fc.array(spec, { minLength: 1, maxLength: 3 }), instant, isFine), { numRuns: 200 }).counterexample).toBeNull();
  });
});

describe("two schedules", () => {
  it("are the same whatever the order of their days", () => {
    const one = { utcStartHour: 3, weekdays: ["Tuesday", "Friday"] as ("Tuesday" | "Friday")[] };
    expect(isSameSchedule(one, { utcStartHour: 3, weekdays: ["Friday", "Tuesday"] })).toBe(true);
    expect(isSameSchedule(one, { utcStartHour: 4, weekdays: ["Friday", "Tuesday"] })).toBe(false);
    expect(isSameSchedule(one, { utcStartHour: 3, weekdays: ["Friday"] })).toBe(false);
    expect(isSameSchedule(one, { utcStartHour: 3, weekdays: ["Friday", "Monday"] })).toBe(false);
    expect([isSameSchedule(one, undefined), isSameSchedule(undefined, one), isSameSchedule(undefined, undefined)]).toEqual([false, false, true]);
  });
});

describe("the hour of a window that opens every week or every day in UTC", () => {
  it.each(["0 3 * * 2", "30 22 * * 5,6", "0 * * * *", "15 4 * * *", "0 0 * * 0"])("%s: is the same at every hour of a week", (schedule) => {
    for (const duration of ["2h", "30h"]) {
      const window = windowOf({ schedule, duration, timeZone: "UTC" });
      const from = at("2026-11-20T00:10:00Z");
      const all = Array.from({ length: 40 }, (_, n) => agentSchedule([window], from + n * 5 * HOUR));
      expect(new Set(all.map((each) => JSON.stringify(each))).size).toBe(1);
    }
  });
});
