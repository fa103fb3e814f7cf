import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Downtime } from "../../../../src/api/index.ts";
import { downtimeAt, downtimeOf, isDown } from "../../../../src/domain/status/downtime.ts";
import { DAY, HOUR, SECOND } from "../../../../src/domain/time.ts";
import { at } from "../../../fixtures/time.ts";
import { workloadsAt } from "../../../fixtures/workloads.ts";

const NOON = "2026-11-24T12:00:00Z";
const NOW = at(NOON);

describe("a tenant is down", () => {
  it("when Auth, or a region, has no available pod; not while one of several is left", () => {
    const down = (more: Parameters<typeof workloadsAt>[1]) => isDown(workloadsAt("17.2.1", more));
    expect([down({ auth: { available: 0 } }), down({ abroad: { available: 0 } }), down({ home: { available: 0, exists: false } })]).toEqual([true, true, true]);
    expect([down({}), down({ home: { desired: 2, available: 1 } })]).toEqual([false, false]);
  });
});

describe("the downtime of a month", () => {
  it.each<[why: string, previous: Downtime | undefined, down: boolean, now: string, expected: Downtime | undefined]>([
    ["is nothing as long as it never was down", undefined, false, NOON, undefined],
    ["begins", undefined, true, NOON, { month: "2026-11", seconds: 0, since: NOON }],
    ["stays as it is written while it lasts", { month: "2026-11", seconds: 5, since: NOON }, true, "2026-11-25T00:00:00Z", { month: "2026-11", seconds: 5, since: NOON }],
    ["ends", { month: "2026-11", seconds: 5, since: NOON }, false, "2026-11-24T12:01:00Z", { month: "2026-11", seconds: 65 }],
    ["goes on later in the month", { month: "2026-11", seconds: 65 }, true, "2026-11-25T00:00:00Z", { month: "2026-11", seconds: 65, since: "2026-11-25T00:00:00Z" }],
    ["stays as it is written while it is up, into the next month", { month: "2026-11", seconds: 65 }, false, "2026-12-25T00:00:00Z", { month: "2026-11", seconds: 65 }],
    ["begins anew in another month", { month: "2026-11", seconds: 65 }, true, "2026-12-25T00:00:00Z", { month: "2026-12", seconds: 0, since: "2026-12-25T00:00:00Z" }],
    ["counts of a month only what lies in it", { month: "2026-11", seconds: 65, since: "2026-11-30T23:59:00Z" }, false, "2026-12-01T00:00:07Z", { month: "2026-12", seconds: 7 }],
    ["counts nothing by a clock that was set back", { month: "2026-11", seconds: 5, since: NOON }, false, "2026-11-24T11:00:00Z", { month: "2026-11", seconds: 5 }],
    ["counts nothing from an instant that cannot be read", { month: "2026-11", seconds: 5, since: "noon" }, false, NOON, { month: "2026-11", seconds: 5 }],
  ])("%s", (_why, previous, down, now, expected) => {
    expect(downtimeOf({ previous, down, now: at(now) })).toEqual(expected);
  });

  it("adds up to what it was, however often it is looked at", () => {
    const looks = fc.array(fc.record({ afterSeconds: fc.integer({ min: 1, max: 3 * 3600 }), down: fc.boolean() }), { maxLength: 60 });
    fc.assert(
      fc.property(looks, (steps) => {
        let [now, known, before, expected] = [at("2026-11-01T00:00:00Z"), undefined as Downtime | undefined, false, 0];
        for (const { afterSeconds, down } of steps) {
          now += afterSeconds * SECOND;
          if (before) expected += afterSeconds;
          known = downtimeOf({ previous: known, down, now });
          before = down;
        }
        expect(known === undefined ? 0 : downtimeAt(known, now).seconds).toBe(expected);
      }),
    );
  });

  it("is told with what is still running, and with what may be lost: a thousandth of that month", () => {
    expect(downtimeAt({ month: "2026-11", seconds: 65, since: NOON }, NOW + 10 * SECOND)).toEqual({ month: "2026-11", seconds: 75, allowed: 2592 });
    expect(downtimeAt({ month: "2026-11", seconds: 65 }, NOW + 10 * DAY)).toEqual({ month: "2026-12", seconds: 0, allowed: 2678 });
    expect(downtimeAt({ month: "2026-11", seconds: 65, since: NOON }, at("2026-12-01T00:00:00Z") + HOUR).seconds).toBe(3600);
  });
});
