import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideLanes, mayStart } from "../../../../src/domain/tenant/decide.ts";
import { disruptiveGate } from "../../../../src/domain/tenant/decide-tenant.ts";
import { HOUR, isoOf, MINUTE, type Instant } from "../../../../src/domain/time.ts";
import { upgradeOf } from "../../../fixtures/attempt.ts";
import { channelOf, predicting, release, SECURITY } from "../../../fixtures/channel.ts";
import { freezeOf } from "../../../fixtures/freeze.ts";
import { at, shown } from "../../../fixtures/time.ts";
import { agentsFine, bound, TUESDAY_2AM, viewOf, windowOf, type ViewInput } from "../../../fixtures/view.ts";

const OPENS = at(TUESDAY_2AM);
const PATCHES = [release("17.2.1"), release("17.2.3")];
/** Patches are expected to take 20 minutes. */
const learned = (claim: number, disruption: number) => channelOf({ releases: PATCHES, status: predicting({ patch: [claim, disruption] }) });

function lanes(input: ViewInput, now: Instant = OPENS) {
  return decideLanes(viewOf({ agents: agentsFine(now), ...input, now }), now);
}

describe("at the claim an upgrade is thought to take", () => {
  const both = predicting({ patch: [30, 25], major: [70, 60] });
  it.each<[why: string, input: ViewInput, minutes: number]>([
    ["what people expect, while nothing is known", { channel: channelOf({ releases: PATCHES }) }, 20],
    ["what patches took from their claim", { channel: channelOf({ releases: PATCHES, status: both }) }, 30],
    ["less than expected, if it was measured so", { channel: learned(7, 6) }, 7],
    ["as a security upgrade, what patches took", { channel: channelOf({ releases: [release("17.2.1"), release("17.2.3", undefined, SECURITY)], status: both }) }, 30],
    ["as a major, what majors took", { channel: channelOf({ releases: [release("17.2.3"), release("18.1.0")], status: both }), version: "17.2.3" }, 70],
    ["as a major, what people expect, if only patches are known", { channel: channelOf({ releases: [release("17.2.3"), release("18.1.0")], status: predicting({ patch: [30, 25] }) }), version: "17.2.3" }, 45],
  ])("%s", (_why, input, minutes) => {
    expect(lanes(input).start?.predictedEndAt).toBe(OPENS + minutes * MINUTE);
  });

  it("and by that it must fit before the close", () => {
    const held = (now: Instant) => lanes({ channel: learned(30, 25) }, now).patch.holds.map(({ code }) => code);
    expect([held(at("2026-11-24T05:30:00Z")), held(at("2026-11-24T05:30:01Z"))]).toEqual([[], ["WindowTooShort"]]);
  });

  it("and before the next freeze", () => {
    const held = (from: string) => lanes({ channel: learned(30, 25), freezes: [freezeOf({ from, until: "2026-11-24T05:00:00Z" })] }).patch;
    expect(held("2026-11-24T02:30:00Z").holds).toEqual([]);
    expect([held("2026-11-24T02:29:59Z").holds.map(({ code }) => code), shown(held("2026-11-24T02:29:59Z").nextEligibleAt)]).toEqual([["WindowTooShort"], "2026-11-24T05:00:00Z"]);
  });
});

describe("at the disruptive instant", () => {
  const claimedUntil = (minutes: number) => upgradeOf({ predictedEndAt: isoOf(OPENS + minutes * MINUTE) });
  const gate = (input: ViewInput, upgrade = claimedUntil(30), now: Instant = OPENS + MINUTE) =>
    disruptiveGate(viewOf({ agents: agentsFine(now), ...input, now, upgrade: { id: upgrade.id, class: upgrade.class, to: upgrade.to, stuck: false } }), upgrade, now);

  it("what counts is how long upgrades took from there, and that is recorded", () => {
    expect(gate({ channel: learned(30, 12) })).toEqual({ kind: "pass", predictedEndAt: OPENS + 13 * MINUTE, approvals: [] });
    expect(gate({ channel: learned(30, 12) }, claimedUntil(3))).toEqual({ kind: "pass", predictedEndAt: OPENS + 13 * MINUTE, approvals: [] });
  });

  it("that must fit, however little the claim left of its prediction", () => {
    const windows = bound(windowOf(), windowOf({ schedule: "0 2 * * 5" }, "friday"));
    const late = (now: string) => gate({ channel: learned(30, 12), windows }, upgradeOf({ claimedAt: "2026-11-24T05:30:00Z", predictedEndAt: "2026-11-24T06:00:00Z" }), at(now)).kind;
    expect([late("2026-11-24T05:48:00Z"), late("2026-11-24T05:48:01Z")]).toEqual(["pass", "held"]);
  });

  it("what remains of the claim's prediction counts while nothing is known", () => {
    const unknown = channelOf({ releases: PATCHES });
    expect(gate({ channel: unknown }, claimedUntil(20), OPENS + 4 * MINUTE)).toEqual({ kind: "pass", predictedEndAt: OPENS + 20 * MINUTE, approvals: [] });
    expect(gate({ channel: unknown }, claimedUntil(20), OPENS + 18 * MINUTE)).toEqual({ kind: "pass", predictedEndAt: OPENS + 23 * MINUTE, approvals: [] });
  });

  it("and where no opening is long enough for what was measured", () => {
    const windows = bound(windowOf({ duration: "25m" }));
    // The window holds what follows the disruptive instant, and never what precedes it too: the claim was by what is expected.
    expect(gate({ channel: learned(26, 24), windows }, claimedUntil(20), OPENS + 4 * MINUTE)).toEqual({ kind: "pass", predictedEndAt: OPENS + 20 * MINUTE, approvals: [] });
  });
});

describe("where no opening is long enough for what was measured", () => {
  it.each<[why: string, claim: number, duration: string, fit: string, predicted: number, codes: readonly string[]]>([
    ["but one is: nothing is said", 40, "40m", "Fits", 40, []],
    ["what people expect counts", 40, "39m", "ExpectedOnly", 20, []],
    ["what people expect counts if it just fits", 40, "20m", "ExpectedOnly", 20, []],
    ["nor for what people expect, it holds", 40, "19m", "None", 40, ["WindowTooShort"]],
    ["which is less than people expect, it holds", 18, "17m", "None", 18, ["WindowTooShort"]],
  ])("%s", (_why, claim, duration, fit, predicted, codes) => {
    const { patch } = lanes({ channel: learned(claim, 5), windows: bound(windowOf({ duration })) });
    expect([patch.fit, patch.predictedMs, patch.holds.map(({ code }) => code)]).toEqual([fit, predicted * MINUTE, codes]);
  });

  it("a longer one that is far away is waited for", () => {
    const windows = bound(windowOf({ duration: "30m" }), windowOf({ schedule: "0 2 1 * *", duration: "1h" }, "monthly"));
    const { patch } = lanes({ channel: learned(40, 35), windows });
    expect([patch.fit, patch.holds.map(({ code }) => code), shown(patch.nextEligibleAt)]).toEqual(["Fits", ["WindowTooShort"], "2026-12-01T02:00:00Z"]);
  });

  it("that a freeze takes the long ones away makes no upgrade shorter (I6)", () => {
    const windows = bound(windowOf({ duration: "30m" }), windowOf({ schedule: "0 2 1 * *", duration: "1h" }, "monthly"));
    const freezes = [freezeOf({ from: "2026-11-30T00:00:00Z", until: "2028-06-01T00:00:00Z" })];
    const { patch } = lanes({ channel: learned(40, 35), windows, freezes });
    expect([patch.fit, patch.predictedMs, patch.holds.map(({ code }) => code)]).toEqual(["Fits", 40 * MINUTE, ["WindowTooShort"]]);
  });
});

it("adding a freeze never lets a lane start, whatever was measured (I6)", () => {
  const anyFreeze = fc.record({ from: fc.integer({ min: -60, max: 60 * 24 * 8 }), minutes: fc.integer({ min: 1, max: 60 * 24 * 60 }) }).map(({ from, minutes }) => freezeOf({ from: isoOf(OPENS + from * MINUTE), until: isoOf(OPENS + (from + minutes) * MINUTE) }));
  const anyWindow = fc.record({ schedule: fc.constantFrom("0 2 * * 2", "0 1 * * *", "0 2 1 * *", "30 2 * * 2"), duration: fc.constantFrom("15m", "30m", "1h", "4h"), until: fc.constantFrom(undefined, "2026-11-24T03:00:00Z") });
  fc.assert(
    fc.property(
      fc.record({ claim: fc.integer({ min: 5, max: 40 }), disruption: fc.integer({ min: 5, max: 40 }), windows: fc.array(anyWindow, { minLength: 1, maxLength: 3 }), freezes: fc.array(anyFreeze, { maxLength: 2 }), freeze: anyFreeze, after: fc.integer({ min: 0, max: 5 * 60 }) }),
      ({ claim, disruption, windows, freezes, freeze, after }) => {
        const now = OPENS + after * MINUTE;
        const specs = windows.map(({ until, ...spec }, index) => windowOf({ ...spec, ...(until !== undefined && { until }) }, `w${index}`));
        const input = { channel: learned(claim, disruption), windows: bound(...specs) };
        const without = lanes({ ...input, freezes }, now);
        const withIt = lanes({ ...input, freezes: [...freezes, freeze] }, now);
        expect(withIt.patch.predictedMs).toBe(without.patch.predictedMs);
        expect(!mayStart(without.patch) && mayStart(withIt.patch)).toBe(false);
      },
    ),
    { numRuns: 2000 },
  );
});

it("an attempt that was claimed and takes no time passes its second check, whatever was measured", () => {
  fc.assert(
    fc.property(
      fc.record({ claim: fc.integer({ min: 5, max: 40 }), disruption: fc.integer({ min: 5, max: 40 }), duration: fc.constantFrom("20m", "30m", "1h", "4h"), after: fc.integer({ min: 0, max: 240 }) }),
      ({ claim, disruption, duration, after }) => {
        const now = OPENS + after * MINUTE;
        const input: ViewInput = { channel: learned(claim, disruption), windows: bound(windowOf({ duration })), agents: agentsFine(now) };
        const { start } = lanes(input, now);
        if (start === undefined) return;
        const upgrade = upgradeOf({ predictedEndAt: isoOf(start.predictedEndAt), opening: { window: "tuesday", opensAt: TUESDAY_2AM, closesAt: isoOf(OPENS + 4 * HOUR) } });
        const view = viewOf({ ...input, now, upgrade: { id: upgrade.id, class: "Patch", to: upgrade.to, stuck: false } });
        const answer = disruptiveGate(view, upgrade, now);
        expect(answer.kind).toBe("pass");
        expect(answer.kind === "pass" && answer.predictedEndAt).toBeLessThanOrEqual(start.predictedEndAt);
      },
    ),
    { numRuns: 1000 },
  );
});
