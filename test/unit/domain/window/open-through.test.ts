import { expect, it } from "vitest";
import { isOpenThrough } from "../../../../src/domain/window/opening.ts";
import { at, windowOf } from "./fixtures.ts";

const night = windowOf({ schedule: "0 3 * * 2", duration: "2h", timeZone: "UTC" }, "night");
const touching = windowOf({ schedule: "0 5 * * 2", duration: "1h", timeZone: "UTC" }, "touching");
const later = windowOf({ schedule: "30 6 * * 2", duration: "1h", timeZone: "UTC" }, "later");

it.each([
  ["all of an opening", "03:00", "05:00", true],
  ["across the end of one into the next", "04:30", "05:01", true],
  ["both of two that touch", "03:00", "06:00", true],
  ["nothing past the second", "05:30", "06:01", false],
  ["nothing before the first", "02:59", "04:00", false],
  ["no gap between two", "05:30", "07:00", false],
  ["the one after the gap", "06:30", "07:30", true],
  ["nothing where nothing is open", "06:00", "06:30", false],
])("windows hold %s: %s to %s", (_what, from, to, expected) => {
  const on = (time: string) => at(`2026-11-24T${time}:00Z`);
  expect(isOpenThrough([night, touching, later], on(from), on(to))).toBe(expected);
});
