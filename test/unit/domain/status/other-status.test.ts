import { describe, expect, it } from "vitest";
import type { Condition } from "../../../../src/api/index.ts";
import { channelStatus, type ChannelReport } from "../../../../src/domain/status/channel-status.ts";
import { conditionsOf, stalledWish } from "../../../../src/domain/status/conditions.ts";
import { nextStartsOf, windowStatus } from "../../../../src/domain/status/window-status.ts";
import { compileWindow } from "../../../../src/domain/window/window.ts";
import { HOUR, isoOf } from "../../../../src/domain/time.ts";
import { slotOf } from "../../../fixtures/attempt.ts";
import { channelOf, failedOn, release } from "../../../fixtures/channel.ts";
import { at } from "../../../fixtures/time.ts";
import { TUESDAY_2AM, windowOf } from "../../../fixtures/view.ts";

const NOW = at(TUESDAY_2AM);

function told(status: { readonly conditions?: readonly Condition[] | undefined }): readonly string[] {
  return (status.conditions ?? []).map(({ type, status: is, reason, message }) => `${type}=${is} ${reason}: ${message}`);
}

describe("the status of a window", () => {
  const base = { previous: undefined, generation: 2, tenants: 4, now: NOW };

  it("says that it is open, and when it opens next", () => {
    expect(windowStatus({ ...base, window: windowOf() })).toEqual({
      observedGeneration: 2,
      open: true,
      opensAt: TUESDAY_2AM,
      closesAt: "2026-11-24T06:00:00Z",
      nextOpensAt: "2026-12-01T02:00:00Z",
      nextOpenings: ["2026-12-01T02:00:00Z", "2026-12-08T02:00:00Z", "2026-12-15T02:00:00Z", "2026-12-22T02:00:00Z", "2026-12-29T02:00:00Z"],
      tenants: 4,
      conditions: [{ type: "Ready", status: "True", reason: "Valid", message: "The window can open", lastTransitionTime: TUESDAY_2AM, observedGeneration: 2 }],
    });
  });

  it("says that it is closed, for ever if it is", () => {
    expect(windowStatus({ ...base, window: windowOf({ until: TUESDAY_2AM }) })).toMatchObject({ open: false, nextOpenings: [] });
    expect(windowStatus({ ...base, window: windowOf(), now: NOW - HOUR, generation: undefined })).toMatchObject({ open: false, nextOpensAt: TUESDAY_2AM });
    expect(windowStatus({ ...base, window: windowOf(), generation: undefined })).not.toHaveProperty("observedGeneration");
  });

  it("says what is wrong with it: it is closed and Stalled", () => {
    const broken = compileWindow("broken", { schedule: "0 2 * * 2", duration: "5m", timeZone: "Nowhere", lanes: ["Patch"] });
    const status = windowStatus({ ...base, window: broken });
    expect([status.open, status.nextOpenings]).toEqual([false, undefined]);
    expect(told(status)).toEqual([expect.stringContaining("Ready=False WindowInvalid: "), expect.stringContaining("Stalled=True WindowInvalid: ")]);
    expect(told(status)[1]).toContain('timeZone "Nowhere"');
  });

  it("is written again unchanged while nothing opens or closes (I17)", () => {
    const once = windowStatus({ ...base, window: windowOf() });
    expect(windowStatus({ ...base, window: windowOf(), previous: once, now: NOW + 3 * HOUR })).toEqual(once);
  });

  it("lists at most the starts that there are", () => {
    expect(nextStartsOf(windowOf({ until: "2026-12-05T00:00:00Z" }), NOW, 5).map(isoOf)).toEqual(["2026-12-01T02:00:00Z"]);
    expect(nextStartsOf(windowOf(), NOW, 0)).toEqual([]);
  });
});

describe("the status of a channel", () => {
  const channel = channelOf({ releases: [release("17.2.3")] });
  const ledger = { slots: [slotOf()], lines: [], halts: [], promotions: [{ line: 17, version: "17.2.3", wave: "canary", at: "2026-11-24T02:00:00Z" }], releases: [], durations: {} };
  const base: ChannelReport = { previous: undefined, generation: 2, channel, ledger, tenants: 4, now: NOW };

  it("holds the ledger and says when the next cuts are", () => {
    expect(channelStatus(base)).toEqual({
      observedGeneration: 2,
      ...ledger,
      nextPatchCutAt: "2026-11-30T00:00:00Z",
      nextMajorCutAt: "2027-01-01T00:00:00Z",
      tenants: 4,
      conditions: [{ type: "Ready", status: "True", reason: "Valid", message: "The channel can be followed", lastTransitionTime: TUESDAY_2AM, observedGeneration: 2 }],
    });
  });

  it("says nothing of cuts that are too far away, nor of a generation that it has not", () => {
    const spec = { patch: { cut: "0 0 29 2 *" }, major: { cut: "0 0 29 2 *" } };
    const far = channelOf({ releases: [], spec, now: "2096-03-01T00:00:00Z" });
    expect(Object.keys(channelStatus({ ...base, channel: far, generation: undefined, now: at("2096-03-01T00:00:00Z") }))).toEqual(["slots", "lines", "halts", "promotions", "releases", "durations", "tenants", "conditions"]);
  });

  it("forgets nothing while the channel cannot be used", () => {
    const invalid = { kind: "invalid", name: "stable", problems: ["spec.patch.cut: wrong", "spec.lines: wrong"] } as const;
    const status = channelStatus({ ...base, channel: invalid, ledger: undefined, previous: ledger });
    expect(status).toMatchObject(ledger);
    expect(told(status)).toEqual(["Ready=False ChannelInvalid: spec.patch.cut: wrong; spec.lines: wrong", "Stalled=True ChannelInvalid: spec.patch.cut: wrong; spec.lines: wrong"]);
    expect(channelStatus({ ...base, channel: invalid, ledger: undefined })).not.toHaveProperty("slots");
  });

  it("names what was halted", () => {
    const status = { halts: [...(failedOn("17.2.4", 2).halts ?? []), ...(failedOn("17.2.3", 2).halts ?? [])] };
    expect(told(channelStatus({ ...base, channel: channelOf({ releases: [], status }) }))).toEqual(["Ready=True Valid: The channel can be followed", "Halted=True ReleaseHalted: Failed on too many tenants: 17.2.3, 17.2.4"]);
  });

  it("is written again unchanged until the next cut (I17)", () => {
    const once = channelStatus(base);
    expect(channelStatus({ ...base, previous: once, now: NOW + HOUR })).toEqual(once);
  });
});

describe("conditions", () => {
  it("of other types are no precedent", () => {
    const previous = [{ type: "Stalled", status: "True", reason: "A", message: "a", lastTransitionTime: "2026-01-01T00:00:00Z" } as const];
    expect(conditionsOf([{ type: "Ready", status: "True", reason: "B", message: "b" }], { previous, generation: undefined, now: NOW })).toEqual([{ type: "Ready", status: "True", reason: "B", message: "b", lastTransitionTime: TUESDAY_2AM }]);
  });

  it("are Stalled for the same reason in any order of problems", () => {
    const problems = [{ reason: "B", message: "b" }, { reason: "A", message: "z" }, { reason: "A", message: "y" }];
    expect([stalledWish(problems), stalledWish(problems.toReversed()), stalledWish([])]).toEqual([...Array.from({ length: 2 }, () => [{ type: "Stalled", status: "True", reason: "A", message: "y; z; b" }]), []]);
  });
});

describe("the waves in the status of a channel", () => {
  const channel = channelOf({ releases: [release("17.2.3")] });
  const wave = { name: "canary", tenants: 3, vouchesFor: ["17.2.3", "18.1.0"], onTrial: ["17.2.4"], stalled: [] as readonly string[] };
  const status = (...waves: readonly (typeof wave)[]) => channelStatus({ previous: undefined, generation: 2, channel, tenants: 4, waves, now: NOW });

  it("say whom they have, what they vouch for, and what is on trial", () => {
    const last = { name: "(rest)", tenants: 1, vouchesFor: [], onTrial: [], stalled: [] };
    expect(status(wave, last)).toMatchObject({
      waves: [
        { name: "canary", tenants: 3, message: "vouches for 17.2.3, 18.1.0; has 17.2.4 on trial" },
        { name: "(rest)", tenants: 1, message: "nothing to vouch for" },
      ],
      conditions: [{ type: "Ready" }],
    });
  });

  it("warn of a wave that has nobody, but not of the last one, and of one that has lost its patience", () => {
    const { conditions = [] } = status({ ...wave, tenants: 0, stalled: ["17.2.4"] }, { ...wave, name: "(rest)", tenants: 0 });
    expect(conditions.map(({ type, message }) => `${type}: ${message}`)).toEqual([
      "Ready: The channel can be followed",
      "EmptyWave: No tenant is in canary: what it should vouch for passes at once",
      "WaveStalled: Not done within its timeout: canary (17.2.4)",
    ]);
  });
});

describe("what a channel's status says of slots", () => {
  const base = { previous: undefined, generation: 2, channel: channelOf({ releases: [release("17.2.3")] }), tenants: 4, now: NOW };
  const short = channelStatus({ ...base, outlook: { of: "a", shortage: "too few" } });

  it("stays until something else is found", () => {
    expect(short).toMatchObject({ outlook: "a", conditions: [{ type: "Ready" }, { type: "CapacityShort", status: "True", reason: "CapacityShort", message: "too few", lastTransitionTime: TUESDAY_2AM, observedGeneration: 2 }] });
    expect(channelStatus({ ...base, previous: short, now: NOW + HOUR })).toEqual(short);
  });

  it("is true since it first was, and absent when slots are enough", () => {
    const shorter = channelStatus({ ...base, previous: short, outlook: { of: "b", shortage: "far too few" }, now: NOW + HOUR });
    expect(shorter).toMatchObject({ outlook: "b", conditions: [{ type: "Ready" }, { message: "far too few", lastTransitionTime: TUESDAY_2AM }] });
    expect(channelStatus({ ...base, previous: shorter, outlook: { of: "c", shortage: undefined } })).toMatchObject({ outlook: "c", conditions: [{ type: "Ready" }] });
  });
});
