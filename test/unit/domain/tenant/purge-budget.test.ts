import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PurgeEntry } from "../../../../src/api/index.ts";
import { takeTurn } from "../../../../src/domain/tenant/purge-budget.ts";
import { DAY, HOUR, isoOf, MINUTE } from "../../../../src/domain/time.ts";
import { at } from "../../../fixtures/time.ts";

const NOW = at("2026-11-24T12:00:00Z");
const entry = (n: number, hours: number): PurgeEntry => ({ uid: `uid-${n}`, tenant: `t-${n}`, at: isoOf(NOW - hours * HOUR) });
const ask = (purges: readonly PurgeEntry[], most: number) => takeTurn(purges, { tenant: "acme", uid: "uid-acme", most }, NOW);
const MINE = { uid: "uid-acme", tenant: "acme", at: isoOf(NOW) };

describe("a turn", () => {
  it("is taken while fewer than allowed were in the last 24 hours; older ones are forgotten", () => {
    expect(ask([entry(1, 24), entry(2, 23)], 2)).toEqual({ kind: "taken", purges: [entry(2, 23), MINE] });
  });

  it("is not there while as many as allowed were, until enough of them are a day old", () => {
    expect(ask([entry(1, 2), entry(2, 23)], 2)).toEqual({ kind: "full", until: NOW + HOUR });
    expect(ask([entry(1, 1), entry(2, 2), entry(3, 3)], 2)).toEqual({ kind: "full", until: NOW + 22 * HOUR }); // the limit was lowered
  });

  it("is never there with a limit of none", () => {
    expect(ask([], 0)).toEqual({ kind: "full", until: Number.POSITIVE_INFINITY });
  });

  it("that was not used is counted once, as of now", () => {
    expect(ask([{ ...MINE, at: isoOf(NOW - 20 * HOUR) }, entry(1, 2)], 2)).toEqual({ kind: "taken", purges: [entry(1, 2), MINE] });
  });

  it("from the future, or with a time that cannot be read, counts", () => {
    expect(ask([entry(1, -48), { ...entry(2, 0), at: "yesterday" }], 2).kind).toBe("full");
  });
});

it("when 3,000 tenants lapse by mistake, no 24 hours see more deletions begin than allowed", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 40 }), fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 }), (most, gaps) => {
    const begun: number[] = [];
    let purges: readonly PurgeEntry[] = [];
    let now = NOW;
    for (let n = 0; n < 3_000 && now < NOW + 6 * DAY; n += 1) {
      const turn = takeTurn(purges, { tenant: `t-${n}`, uid: `uid-${n}`, most }, now);
      if (turn.kind === "full") now = Math.max(turn.until, now + 1);
      else {
        ({ purges } = turn);
        begun.push(now);
      }
      now += (gaps[n % gaps.length] ?? 1) * (n % 7 === 0 ? MINUTE : 1_000);
      now = Math.ceil(now / 1_000) * 1_000;
    }
    for (const [n, from] of begun.entries()) expect((begun[n + most] ?? Infinity) - from).toBeGreaterThanOrEqual(DAY);
    expect(begun.length).toBeGreaterThan(most);
  }), { numRuns: 50 });
});
