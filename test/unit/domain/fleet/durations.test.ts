import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HistoryEntry, ReleaseChannelStatus, Slot } from "../../../../src/api/index.ts";
import { keptDurations, predictedSeconds, predictionsOf, type Durations, type DurationsInput } from "../../../../src/domain/fleet/durations.ts";
import { HOUR, isoOf, MINUTE, SECOND } from "../../../../src/domain/time.ts";
import { entryOf, slotOf } from "../../../fixtures/attempt.ts";
import { at } from "../../../fixtures/time.ts";

const CLAIMED = "2026-11-24T02:00:00Z";
const EXPECTED = { patch: 20 * MINUTE, major: 45 * MINUTE };

interface Took {
  readonly fromClaim: number;
  readonly fromDisruption: number;
}

/** An attempt that ended well, so many seconds after its claim and its disruptive instant. */
function ended(id: string, { fromClaim, fromDisruption }: Took = { fromClaim: 600, fromDisruption: 500 }, more: Partial<HistoryEntry> = {}): HistoryEntry {
  const end = at(CLAIMED) + fromClaim * SECOND;
  return entryOf({ id, claimedAt: CLAIMED, disruptiveAt: isoOf(end - fromDisruption * SECOND), finishedAt: isoOf(end), ...more });
}

function tenant(name: string, ...history: readonly HistoryEntry[]): DurationsInput["tenants"][number] {
  return { uid: `uid-${name}`, history };
}

function slot(attempt: string, more: Partial<Slot> = {}): Slot {
  return slotOf({ attempt, tenant: attempt, uid: `uid-${attempt}`, ...more });
}

/** The ledger that frees the slots of these attempts, each of a tenant of its own. */
function freeing(entries: readonly HistoryEntry[], known: Durations | undefined = {}, slots: readonly Slot[] = entries.map(({ id }) => slot(id))): Durations {
  const status: ReleaseChannelStatus = { slots: [...slots], ...(known && { durations: known }) };
  return keptDurations({ status, tenants: entries.map((entry) => tenant(entry.id, entry)), freed: new Set(entries.map(({ id }) => id)) });
}

const measured = (fromClaim: number[], fromDisruption: number[]) => ({ fromClaim: { seconds: fromClaim }, fromDisruption: { seconds: fromDisruption } });

describe("a duration is learned", () => {
  it("from the attempt whose slot is freed, by both measures, in whole seconds", () => {
    expect(freeing([ended("a", { fromClaim: 432, fromDisruption: 401 })])).toEqual({ patch: measured([432], [401]) });
  });

  it("of its class alone: security upgrades are predicted from patches and tell nothing of them", () => {
    const entries = [ended("a"), ended("b", { fromClaim: 900, fromDisruption: 800 }, { class: "Major" }), ended("c", undefined, { class: "Security" })];
    expect(freeing(entries)).toEqual({ patch: measured([600], [500]), major: measured([900], [800]) });
  });

  it.each<[why: string, entry: HistoryEntry]>([
    ["that was aborted", ended("a", undefined, { result: "Aborted" })],
    ["that failed", ended("a", undefined, { result: "Failed" })],
    ["that was rolled back", ended("a", undefined, { result: "RolledBack" })],
    ["whose roll-back failed", ended("a", undefined, { result: "RollbackFailed" })],
    ["that a freeze paused", ended("a", undefined, { pausedAt: CLAIMED })],
    ["that was stuck for a while", ended("a", undefined, { stuckSince: CLAIMED })],
    ["that only the workloads still told of: they do not know its end", ended("a", { fromClaim: 600, fromDisruption: 0 })],
    ["that ended before it began: the clock was set back", ended("a", { fromClaim: 10, fromDisruption: -5 })],
    ["that was claimed after it began", ended("a", { fromClaim: 400, fromDisruption: 500 })],
    ["whose times cannot be read", ended("a", undefined, { finishedAt: "soon" })],
    ["whose disruptive instant is not known", entryOf({ id: "a" })],
  ])("not from an attempt %s", (_why, entry) => {
    expect(freeing([entry])).toEqual({});
  });

  it.each<[why: string, input: Partial<DurationsInput> & { readonly status: ReleaseChannelStatus }]>([
    ["whose slot is not freed yet", { status: { slots: [slot("a")], durations: {} }, freed: new Set() }],
    ["whose slot is not freed yet, while another's is", { status: { slots: [slot("a"), slot("b")], durations: {} }, freed: new Set(["b"]) }],
    ["whose slot was freed before", { status: { slots: [], durations: {} }, freed: new Set() }],
    ["whose slot was freed before, and somebody says it once more", { status: { slots: [], durations: {} }, freed: new Set(["a"]) }],
    ["whose slot was lost and given back: it may have been learned from before", { status: { slots: [slot("a", { recovered: true })], durations: {} }, freed: new Set(["a"]) }],
    ["that another tenant remembers", { status: { slots: [slot("a", { uid: "uid-other" })], durations: {} }, freed: new Set(["a"]) }],
    ["of a ledger without durations whose slot is not freed yet", { status: { slots: [slot("a")] }, freed: new Set() }],
  ])("not from an attempt %s", (_why, input) => {
    expect(keptDurations({ tenants: [tenant("a", ended("a"))], freed: new Set(), ...input })).toEqual({});
  });

  it("from all of history once, where the ledger knows of no durations: its status was lost", () => {
    const tenants = [tenant("b", ended("b2", { fromClaim: 30, fromDisruption: 3 }), ended("b1", { fromClaim: 10, fromDisruption: 1 })), tenant("a", ended("a1", { fromClaim: 20, fromDisruption: 2 }))];
    const durations = keptDurations({ status: undefined, tenants, freed: new Set() });
    expect(durations).toEqual({ patch: measured([10, 20, 30], [1, 2, 3]) });
    expect(keptDurations({ status: { durations }, tenants, freed: new Set() })).toBe(durations);
  });

  it("from the newest fifty of all histories, whoever has them", () => {
    const entries = Array.from({ length: 120 }, (_, n) => ended(`a${n}`, { fromClaim: 1 + ((n * 37) % 120), fromDisruption: 1 }));
    const tenants = Array.from({ length: 10 }, (_, who) => tenant(`t${who}`, ...entries.slice(12 * who, 12 * who + 12)));
    const { patch } = keptDurations({ status: undefined, tenants, freed: new Set() });
    expect(patch?.fromClaim.seconds).toEqual(Array.from({ length: 50 }, (_, n) => 71 + n));
  });

  it("as one of the last fifty, in the order in which attempts ended", () => {
    const known = { patch: measured(Array.from({ length: 49 }, () => 100), Array.from({ length: 49 }, () => 90)) };
    const { patch } = freeing([ended("late", { fromClaim: 300, fromDisruption: 3 }), ended("early", { fromClaim: 200, fromDisruption: 2 })], known);
    expect([patch?.fromClaim.seconds.length, patch?.fromClaim.seconds.slice(-3), patch?.fromDisruption.seconds.slice(-3)]).toEqual([50, [100, 200, 300], [90, 2, 3]]);
  });

  it("with what the other class knows kept as it is", () => {
    const major = { fromClaim: { seconds: [1, 2, 3, 4, 5], predicted: 999 }, fromDisruption: { seconds: [1, 2, 3, 4, 5], predicted: 998 } };
    expect(freeing([ended("a")], { major }).major).toEqual(major);
  });
});

/** What is predicted after so many of these seconds, one by one, from the claim. */
function predictedAfter(seconds: readonly number[], known?: Durations): number | undefined {
  const entries = seconds.map((each, index) => ended(`a${String(index).padStart(3, "0")}`, { fromClaim: each, fromDisruption: each }));
  return entries.reduce<Durations | undefined>((durations, entry) => freeing([entry], durations ?? {}), known)?.patch?.fromClaim.predicted;
}

const times = (count: number, seconds: number) => Array.from({ length: count }, () => seconds);
const knownAs = (predicted: number): Durations => ({ patch: { fromClaim: { seconds: times(50, 400), predicted }, fromDisruption: { seconds: times(50, 400), predicted } } });

describe("what is predicted", () => {
  it.each<[why: string, seconds: readonly number[], expected: number | undefined]>([
    ["nothing from four", times(4, 600), undefined],
    ["1.25 times the longest of five, in whole minutes", [700, 800, 720, 710, 750], 17 * 60],
    ["exactly so if it is whole minutes", times(5, 720), 15 * 60],
    ["a minute more for a second more", times(5, 721), 16 * 60],
    ["the nineteenth of twenty: one outlier does not count", [...times(19, 720), 9_000], 15 * 60],
    ["of forty the thirty-eighth: two outliers do not count", [...times(38, 720), 9_000, 9_000], 15 * 60],
    ["but three do", [...times(37, 720), 9_000, 9_000, 9_000], 188 * 60],
    ["at least five minutes", times(50, 8), 300],
  ])("is %s", (_why, seconds, expected) => {
    const entries = seconds.map((each, index) => ended(`a${index}`, { fromClaim: each, fromDisruption: each }));
    const { patch } = freeing(entries);
    expect([patch?.fromClaim.predicted, patch?.fromDisruption.predicted]).toEqual([expected, expected]);
  });

  it.each<[why: string, predicted: number, expected: number]>([
    ["stays while it suffices", 500, 500],
    ["stays while it is not far too long", 624, 624],
    ["follows at once if it is too short", 499, 540],
    ["follows if it is a quarter too long", 625, 540],
  ])("%s", (_why, known, expected) => {
    expect(predictedAfter([400], knownAs(known))).toBe(expected);
  });

  it("is no shorter than 1.25 × p95 and five minutes, and hardly longer, whatever was measured before", () => {
    const any = fc.array(fc.integer({ min: 1, max: 4_000 }), { minLength: 5, maxLength: 120 });
    fc.assert(
      fc.property(any, (seconds) => {
        const last = seconds.slice(-50).sort((a, b) => a - b);
        const wanted = Math.max(300, 1.25 * (last[Math.ceil(0.95 * last.length) - 1] ?? 0));
        const found = predictedAfter(seconds) ?? 0;
        expect(found).toBeGreaterThanOrEqual(wanted);
        expect(found).toBeLessThan(Math.max(wanted + 60, wanted / 0.8));
        expect(found % 60).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it("moves a handful of times while durations scatter by a tenth: every tenant is judged anew each time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 3_000 }), fc.array(fc.integer({ min: 1_000, max: 1_100 }), { minLength: 200, maxLength: 400 }), (usual, scatter) => {
        const entries = scatter.map((factor, index) => ended(`a${index}`, { fromClaim: Math.round((usual * factor) / 1_000), fromDisruption: Math.round((usual * factor) / 1_000) }));
        let known: Durations = {};
        const moves = new Set<string>();
        for (const entry of entries) {
          known = freeing([entry], known);
          moves.add(JSON.stringify(predictedSeconds(known)));
        }
        expect(moves.size).toBeLessThanOrEqual(2 + Math.ceil((0.125 * usual) / 60));
      }),
      { numRuns: 60 },
    );
  });
});

describe("a prediction, against what people expect", () => {
  const of = (seconds: number, expectedMs: number) => predictionsOf({ major: { fromClaim: { seconds: [], predicted: seconds }, fromDisruption: { seconds: [], predicted: 7_000 } } }, { patch: 0, major: expectedMs }).major?.fromClaimMs;
  it.each<[why: string, seconds: number, expectedMs: number, expected: number]>([
    ["is taken as it is between the bounds", 1_200, EXPECTED.major, 20 * MINUTE],
    ["is at least five minutes", 60, EXPECTED.major, 5 * MINUTE],
    ["is at most twice what is expected", 7_200, EXPECTED.major, 90 * MINUTE],
    ["is at most twice what is expected, also where that is less than five minutes", 7_200, 2 * MINUTE, 4 * MINUTE],
    ["has no end if the expected length has none", 1_200, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ])("%s", (_why, seconds, expectedMs, expected) => {
    expect(of(seconds, expectedMs)).toBe(expected);
  });

  it("is none where nothing is known", () => {
    expect(predictionsOf(undefined, EXPECTED)).toEqual({ patch: undefined, major: undefined });
    expect(predictionsOf({ patch: measured([1], [1]) }, EXPECTED)).toEqual({ patch: undefined, major: undefined });
  });

  it("is kept for each class and measure", () => {
    const lane = (fromClaim: number, fromDisruption: number) => ({ fromClaim: { seconds: [], predicted: fromClaim }, fromDisruption: { seconds: [], predicted: fromDisruption } });
    const durations = { patch: lane(600, 540), major: lane(1_800, 1_500) };
    expect(predictionsOf(durations, EXPECTED)).toEqual({ patch: { fromClaimMs: 10 * MINUTE, fromDisruptionMs: 9 * MINUTE }, major: { fromClaimMs: 30 * MINUTE, fromDisruptionMs: 25 * MINUTE } });
    expect(predictedSeconds(durations)).toEqual([600, 540, 1_800, 1_500]);
    expect(predictedSeconds(undefined).every((each) => each === undefined)).toBe(true);
  });

  it("is never longer from the disruptive instant than from the claim, though each is kept for a while", () => {
    const durations = { patch: { fromClaim: { seconds: [], predicted: 540 }, fromDisruption: { seconds: [], predicted: 600 } } };
    expect(predictionsOf(durations, EXPECTED).patch).toEqual({ fromClaimMs: 9 * MINUTE, fromDisruptionMs: 9 * MINUTE });
  });

  it("stays within its bounds, whatever was measured and whatever is expected", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 5, maxLength: 60 }), fc.integer({ min: 1, max: 24 * 60 }), (seconds, minutes) => {
        const entries = seconds.map((each, index) => ended(`a${index}`, { fromClaim: each, fromDisruption: Math.ceil(each / (1 + (index % 3))) }));
        const durations = entries.reduce<Durations>((known, entry) => freeing([entry], known), {});
        const { fromClaimMs = 0, fromDisruptionMs = 0 } = predictionsOf(durations, { patch: minutes * MINUTE, major: HOUR }).patch ?? {};
        for (const ms of [fromClaimMs, fromDisruptionMs]) {
          expect(ms).toBeGreaterThanOrEqual(Math.min(5 * MINUTE, 2 * minutes * MINUTE));
          expect(ms).toBeLessThanOrEqual(2 * minutes * MINUTE);
        }
        expect(fromDisruptionMs).toBeLessThanOrEqual(fromClaimMs);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("durations, for any fleet", () => {
  const anyEntry = fc.record({
    fromClaim: fc.integer({ min: 1, max: 2_000 }),
    disruptedPercent: fc.integer({ min: 0, max: 100 }),
    result: fc.constantFrom("Succeeded", "Succeeded", "Succeeded", "RolledBack", "Aborted"),
    class: fc.constantFrom("Patch", "Patch", "Patch", "Major", "Security"),
  });
  const anyFleet = fc.array(fc.array(anyEntry, { minLength: 1, maxLength: 4 }), { maxLength: 8, size: "max" }).map((all) =>
    all.map((entries, who) => tenant(`t${who}`, ...entries.map((each, index) => ended(`t${who}-${index}`, { fromClaim: each.fromClaim, fromDisruption: Math.round((each.fromClaim * each.disruptedPercent) / 100) }, { result: each.result, class: each.class })))),
  );

  it("do not depend on the order of tenants (I8)", () => {
    fc.assert(
      fc.property(
        anyFleet.chain((fleet) => fc.tuple(fc.constant(fleet), fc.shuffledSubarray(fleet, { minLength: fleet.length }))),
        fc.boolean(),
        ([one, other], isLost) => {
          const slots = one.flatMap(({ uid, history }) => history.slice(0, 1).map(({ id }) => slotOf({ attempt: id, uid })));
          const status: ReleaseChannelStatus = { slots, ...(!isLost && { durations: {} }) };
          const freed = new Set(slots.map(({ attempt }) => attempt));
          expect(keptDurations({ status, tenants: one, freed })).toEqual(keptDurations({ status, tenants: other, freed }));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("count each attempt once, whatever is looked at again, and change only with a success (I17)", () => {
    fc.assert(
      fc.property(anyFleet, fc.integer({ min: 1, max: 3 }), (fleet, looks) => {
        let status: ReleaseChannelStatus = { slots: fleet.flatMap(({ uid, history }) => history.slice(0, 1).map(({ id }) => slotOf({ attempt: id, uid }))), durations: {} };
        const freed = new Set((status.slots ?? []).map(({ attempt }) => attempt));
        const first = keptDurations({ status, tenants: fleet, freed });
        // The slots have gone with that write; history tells of the attempts for ever after.
        for (let look = 0; look < looks; look += 1) {
          status = { slots: [], durations: first };
          expect(keptDurations({ status, tenants: fleet, freed: look === 0 ? freed : new Set() })).toEqual(first);
        }
        const told = fleet.flatMap(({ history }) => history.slice(0, 1)).filter((entry) => entry.result === "Succeeded" && entry.class !== "Security" && entry.disruptiveAt !== entry.finishedAt);
        expect((first.patch?.fromClaim.seconds.length ?? 0) + (first.major?.fromClaim.seconds.length ?? 0)).toBe(told.length);
      }),
      { numRuns: 1000 },
    );
  });
});
