import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Appointments } from "../../../src/runtime/appointments.ts";

const anyMove = fc.record({ key: fc.constantFrom("a", "b", "c", "d"), at: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }), takeAt: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined, freq: 4 }) });

describe("appointments", () => {
  it("are what the last word on each key made them, whatever came before", () => {
    fc.assert(
      fc.property(fc.array(anyMove, { maxLength: 120 }), (moves) => {
        const [appointments, model] = [new Appointments(), new Map<string, number>()];
        for (const { key, at, takeAt } of moves) {
          appointments.set(key, at);
          if (at === undefined) model.delete(key);
          else model.set(key, at);
          expect(appointments.next()).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
          if (takeAt === undefined) continue;
          const due = [...model].filter(([, instant]) => instant <= takeAt).map(([each]) => each);
          expect(appointments.takeDue(takeAt).toSorted()).toEqual(due.sort());
          for (const each of due) model.delete(each);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
