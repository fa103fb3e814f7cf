import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isoOf } from "../../../../src/domain/time.ts";
import { findZone } from "../../../../src/domain/window/zone.ts";
import { changesOf, offsetAt } from "./oracle.ts";

const HISTORY: [zone: string, wall: string, instant: string, why: string][] = [
  ["Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30:00Z", "02:30 in the spring gap happens at 03:30"],
  ["Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00Z", "02:30 in the autumn fold happens at the first of the two"],
  ["Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00:00Z", "the fold is over at 03:00"],
  ["Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45:00Z", "a gap of 30 minutes"],
  ["Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45:00Z", "a fold of 30 minutes"],
  ["Antarctica/Troll", "2026-03-29T02:30", "2026-03-29T02:30:00Z", "a gap of two hours"],
  ["Antarctica/Troll", "2026-10-25T01:30", "2026-10-24T23:30:00Z", "a fold of two hours"],
  ["America/Santiago", "2026-09-06T00:00", "2026-09-06T04:00:00Z", "a gap at midnight: 00:00 happens at 01:00"],
  ["Africa/Cairo", "2026-04-24T00:30", "2026-04-23T22:30:00Z", "a gap at midnight: 00:30 happens at 01:30"],
  ["Pacific/Chatham", "2026-09-27T03:00", "2026-09-26T14:15:00Z", "a gap from 02:45 to 03:45"],
  ["Pacific/Chatham", "2026-04-05T03:00", "2026-04-04T13:15:00Z", "a fold from 02:45 to 03:45"],
  ["Pacific/Apia", "2011-12-30T03:00", "2011-12-30T13:00:00Z", "the day that Samoa left out: a gap of 24 hours"],
  ["Pacific/Apia", "2011-12-31T03:00", "2011-12-30T13:00:00Z", "the day after it, the same instant"],
  ["America/Nuuk", "2026-03-28T23:30", "2026-03-29T01:30:00Z", "a gap from 23:00 across midnight"],
  ["America/Scoresbysund", "2026-03-28T23:30", "2026-03-29T01:30:00Z", "the same gap, since 2024"],
  ["Africa/Monrovia", "1972-01-07T00:10", "1972-01-07T00:54:30Z", "a gap of 44 minutes and 30 seconds"],
];

const ALL_ZONES = [...Intl.supportedValuesOf("timeZone"), "UTC"];
const FROM = Date.UTC(2020, 0, 1);
const TO = Date.UTC(2041, 0, 1);

function zoneOf(name: string) {
  const zone = findZone(name);
  if (zone === undefined) throw new Error(`no zone ${name}`);
  return zone;
}

describe("findZone", () => {
  it.each(["UTC", "Europe/Berlin", "Etc/GMT+5", "America/Argentina/Buenos_Aires"])("knows the IANA name %s", (name) => {
    expect(findZone(name)?.name).toBe(name);
  });

  it.each(["", "+02:00", "-0300", "Local", "local", "Mars/Olympus", " UTC", "UTC+1", "Europe/Berlin "])("refuses %j", (name) => {
    expect(findZone(name)).toBeUndefined();
  });
});

describe("instantOf reads a wall time as RFC 5545 does", () => {
  it.each(HISTORY)("%s %s is %s: %s", (name, wall, instant) => {
    expect(isoOf(zoneOf(name).instantOf(Date.parse(`${wall}:00Z`)))).toBe(instant);
  });
});

describe("offsetMsAt", () => {
  it("changes exactly at the second of the change, before 1970 too", () => {
    const freetown = zoneOf("Africa/Freetown");
    const berlin = zoneOf("Europe/Berlin");
    const spring = Date.parse("2026-03-29T01:00:00Z");
    expect([spring - 1, spring].map((at) => berlin.offsetMsAt(at))).toEqual([3_600_000, 7_200_000]);
    const past = Date.parse("1935-06-01T00:00:00.500Z");
    expect(freetown.offsetMsAt(past)).toBe(offsetAt("Africa/Freetown", past));
  });

  it("still answers rightly after more days than it remembers", () => {
    const zone = zoneOf("Europe/Berlin");
    const days = Array.from({ length: 5000 }, (_, day) => Date.UTC(2020, 0, 1 + day, 1));
    const twice = [...days, ...days];
    expect(twice.map((at) => zone.offsetMsAt(at))).toEqual(twice.map((at) => offsetAt("Europe/Berlin", at)));
  });

  it("agrees with Intl in every zone at any second of 1900 to 2100", () => {
    const seconds = fc.integer({ min: Date.UTC(1900, 0, 1) / 1000, max: Date.UTC(2100, 0, 1) / 1000 });
    const zones = new Map(ALL_ZONES.map((name) => [name, zoneOf(name)]));
    const agrees = fc.property(fc.constantFrom(...ALL_ZONES), seconds, (name, second) => {
      expect(zones.get(name)?.offsetMsAt(second * 1000)).toBe(offsetAt(name, second * 1000));
    });
    fc.assert(agrees, { numRuns: 20_000 });
  });

  it("holds, for every change of every zone from 2020 to 2041, the offset before it and the one after it", () => {
    let seen = 0;
    for (const name of ALL_ZONES) {
      const zone = zoneOf(name);
      for (const change of changesOf(name, FROM, TO)) {
        seen += 1;
        const label = `${name} ${isoOf(change.at)}`;
        expect([label, zone.offsetMsAt(change.at - 1), zone.offsetMsAt(change.at)]).toEqual([label, change.before, change.after]);
        // Just before a change the clock shows a time that no gap holds, and a fold shows twice: the first wins.
        const wall = change.at - 1000 + change.before;
        expect([label, zone.instantOf(wall)]).toEqual([label, change.at - 1000]);
        // A second later the clock would show the first time in the gap, or the first one past the fold.
        expect([label, zone.instantOf(wall + 1000)]).toEqual([label, change.at + Math.max(0, change.before - change.after)]);
      }
    }
    expect(seen).toBeGreaterThan(5000);
  });
});
