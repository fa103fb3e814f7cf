import * as fc from "fast-check";
import { expect, it } from "vitest";
import { HOUR } from "../../../../src/domain/time.ts";
import { openingAt, openingsFrom, windowStateAt } from "../../../../src/domain/window/opening.ts";
import { placeAt } from "../../../../src/domain/window/place.ts";
import { compileWindow, type Window } from "../../../../src/domain/window/window.ts";
import { at } from "../../../fixtures/time.ts";

const T0 = at("2026-11-22T00:00:00Z");
const WINDOWS = [["0 3 * * *", "30m"], ["15 3 * * 2", "1h"], ["0 4 1 * *", "2h"]].map(([schedule = "", duration = ""], n): Window => {
  const window = compileWindow(`w${n}`, { schedule, duration, timeZone: "UTC", lanes: ["Patch", "Major"] });
  if (window.kind === "invalid") throw new Error(window.problems.join("; "));
  return window;
});

it("where now lies among openings is the same whatever was asked before", () => {
  const question = fc.record({ windows: fc.subarray(WINDOWS), now: fc.constantFrom(3, 9, 51, 51.5, 52).map((hours) => T0 + hours * HOUR) });
  fc.assert(
    fc.property(fc.array(question, { minLength: 2, maxLength: 8 }), (questions) => {
      for (const { windows, now } of questions) {
        const [next] = openingsFrom(windows, now);
        expect(placeAt(windows, now)).toEqual({ opening: openingAt(windows, now), next: next?.opensAt, state: windowStateAt(windows, now) });
      }
    }),
  );
});
