import { describe, expect, it } from "vitest";
import type { Liftable } from "../../../../src/api/index.ts";
import type { Lane } from "../../../../src/domain/hold.ts";
import { decideLanes } from "../../../../src/domain/tenant/decide.ts";
import { HOUR, isoOf } from "../../../../src/domain/time.ts";
import { approvalOf } from "../../../fixtures/approval.ts";
import { channelOf, failedOn, release, SECURITY, WITHDRAWN } from "../../../fixtures/channel.ts";
import { freezeOf } from "../../../fixtures/freeze.ts";
import { at } from "../../../fixtures/time.ts";
import { bound, BOTH_CHANNEL, MAJOR_CHANNEL, NO_WINDOW, PATCH_CHANNEL, TUESDAY_2AM, viewOf, windowOf, type ViewInput } from "../../../fixtures/view.ts";

const NOW = at(TUESDAY_2AM);
const CLOSED = at("2026-11-24T07:00:00Z");

function decided(input: ViewInput, { lane = "Patch", now = NOW }: { lane?: Lane; now?: number } = {}) {
  const lanes = decideLanes(viewOf({ channel: PATCH_CHANNEL, ...input, now }), now);
  const { target, class: upgradeClass, holds, approvals } = lane === "Patch" ? lanes.patch : lanes.major;
  return { target, upgradeClass, holds: holds.map(({ code }) => code), approvals, start: lanes.start };
}

describe("the version that an approval names", () => {
  it.each<[what: string, input: ViewInput, target: string | undefined, holds: readonly string[]]>([
    ["is the target though a newer one is eligible", { channel: channelOf({ releases: [release("17.2.3"), release("17.2.4")] }), approvals: [approvalOf()] }, "17.2.3", []],
    ["is the target before its cut, which still holds", { channel: channelOf({ releases: [release("17.2.3", "2026-11-23T00:00:00Z")] }), approvals: [approvalOf()] }, "17.2.3", ["AwaitingCut"]],
    ["is the target while it is too young, which still holds", { channel: channelOf({ releases: [release("17.2.3", "2026-11-23T12:00:00Z")] }), approvals: [approvalOf()] }, "17.2.3", ["TooYoung"]],
    ["starts before its cut if that is lifted", { channel: channelOf({ releases: [release("17.2.3", "2026-11-23T00:00:00Z")] }), approvals: [approvalOf({ lifts: ["AwaitingCut"] })] }, "17.2.3", []],
    ["stays halted until the channel has taken note", { channel: channelOf({ releases: [release("17.2.3")], status: failedOn("17.2.3", 2) }), approvals: [approvalOf({ lifts: ["ReleaseHalted"] })] }, "17.2.3", ["ReleaseHalted"]],
    ["is none if it was withdrawn", { channel: channelOf({ releases: [release("17.2.3", undefined, WITHDRAWN), release("17.2.4")] }), approvals: [approvalOf()] }, "17.2.4", []],
    ["is none if the channel does not have it", { approvals: [approvalOf({ version: "17.2.9" })] }, "17.2.3", []],
    ["is none if the tenant is there already", { version: "17.2.3", approvals: [approvalOf()] }, undefined, []],
    ["is none for another lane", { channel: BOTH_CHANNEL, maxMajor: 17, approvals: [approvalOf({ version: "18.1.0" })] }, "17.2.3", []],
    ["is none before the approval was created", { channel: channelOf({ releases: [release("17.2.3"), release("17.2.4")] }), approvals: [approvalOf({}, { createdAt: "2026-11-24T02:00:01Z" })] }, "17.2.4", []],
  ])("%s", (_what, input, target, holds) => {
    expect(decided(input)).toMatchObject({ target, holds });
  });

  it("is that of the newest approval that fits", () => {
    const channel = channelOf({ releases: [release("17.2.3"), release("17.2.4")] });
    const newer = approvalOf({ version: "17.2.4" }, { name: "newer", createdAt: "2026-11-24T01:30:00Z" });
    expect(decided({ channel, approvals: [newer, approvalOf()] }).target).toBe("17.2.4");
    expect(decided({ channel, approvals: [approvalOf({ version: "18.9.0" }, { name: "unfit", createdAt: "2026-11-24T01:30:00Z" }), approvalOf()] }).target).toBe("17.2.3");
  });

  it("makes a security upgrade of what mends a vulnerability on the way", () => {
    expect(decided({ channel: channelOf({ releases: [release("17.2.2", undefined, SECURITY), release("17.2.3")] }), approvals: [approvalOf()] }).upgradeClass).toBe("Security");
  });

  it("may be of the next line if that is open, and pinned it stays", () => {
    const major = { channel: MAJOR_CHANNEL, version: "17.2.3", approvals: [approvalOf({ version: "18.1.0" })] };
    expect(decided(major, { lane: "Major" })).toMatchObject({ target: "18.1.0", upgradeClass: "Major", holds: [] });
    expect(decided({ ...major, maxMajor: 17 }, { lane: "Major" }).holds).toEqual(["PinnedBelow"]);
    const closed = channelOf({ releases: [release("17.2.1"), release("18.1.0", "2026-11-23T12:00:00Z")] });
    expect(decided({ ...major, channel: closed }, { lane: "Major" })).toMatchObject({ target: undefined, holds: ["LineNotOpen", "TooYoung"] });
  });
});

describe("an approval's own opening", () => {
  const early = channelOf({ releases: [release("17.2.3", "2026-11-23T00:00:00Z")] });
  const eligibleAt = (expiresAt: string, now = CLOSED) => decideLanes(viewOf({ channel: early, approvals: [approvalOf({ lifts: ["OutsideWindow"], expiresAt })], now }), now).patch.nextEligibleAt;

  it("is one in which the lane is eligible as soon as everything else has passed, whether a window is open meanwhile or not", () => {
    expect([CLOSED, NOW].map((now) => isoOf(eligibleAt("2026-12-01T00:00:00Z", now) ?? 0))).toEqual(["2026-11-30T00:00:00Z", "2026-11-30T00:00:00Z"]);
  });

  it("begins where a window closes that has too little time left", () => {
    const late = at("2026-11-24T05:50:00Z");
    const { holds, nextEligibleAt = 0 } = decideLanes(viewOf({ channel: PATCH_CHANNEL, approvals: [approvalOf({ lifts: ["OutsideWindow"] })], now: late }), late).patch;
    expect([holds.map(({ code }) => code), isoOf(nextEligibleAt)]).toEqual([["WindowTooShort"], "2026-11-24T06:00:00Z"]);
    expect(decided({ approvals: [approvalOf({ lifts: ["OutsideWindow"] })] }, { now: nextEligibleAt }).start).toMatchObject({ to: "17.2.3", opening: { window: "approval:chg-1" } });
  });

  it("counts for no longer than it lasts", () => {
    expect(isoOf(eligibleAt("2026-11-30T00:10:00Z") ?? 0)).toBe("2026-12-01T02:00:00Z");
  });
});

describe("what an approval lifts", () => {
  it("is lifted for its version alone, and recorded with the start", () => {
    const frozen = { freezes: [freezeOf({ from: isoOf(NOW) })] };
    expect(decided({ ...frozen, approvals: [approvalOf({ lifts: ["Frozen"] })] })).toMatchObject({ holds: [], approvals: ["chg-1"], start: { to: "17.2.3", approvals: ["chg-1"] } });
    expect(decided({ ...frozen, approvals: [approvalOf({ version: "18.1.0", lifts: ["Frozen"] })] })).toMatchObject({ holds: ["Frozen"], approvals: [], start: undefined });
  });

  it("is not recorded if nothing had to be lifted", () => {
    expect(decided({ approvals: [approvalOf({ lifts: ["Frozen", "OutsideWindow"] })] })).toMatchObject({ approvals: [], start: { opening: { window: "tuesday" }, approvals: [] } });
  });

  const BROKEN = { valid: [], invalid: [{ kind: "invalid", name: "broken", problems: ["duration"] }], missing: [] } as const;
  it.each<[why: string, lifted: Liftable, input: ViewInput]>([
    ["is closed", "OutsideWindow", {}],
    ["is none", "OutsideWindow", { windows: NO_WINDOW }],
    ["is none", "NoWindow", { windows: NO_WINDOW }],
    ["is not for its lane", "NoWindow", { windows: bound(windowOf({ lanes: ["Major"] })) }],
    ["is invalid", "OutsideWindow", { windows: BROKEN }],
    ["is invalid", "WindowInvalid", { windows: BROKEN }],
  ])("may be the window that %s, as %s: then it starts now, in the approval's own opening", (_why, lifted, input) => {
    const approvals = [approvalOf({ lifts: [lifted] })];
    expect(decided({ ...input, approvals }, { now: CLOSED }).start).toMatchObject({ opening: { window: "approval:chg-1", closesAt: at("2026-11-26T01:00:00Z") }, approvals: ["chg-1"] });
  });

  it("is not the closed window, where the approval lifts only that there is none", () => {
    const approvals = [approvalOf({ lifts: ["NoWindow", "WindowInvalid"] })];
    expect(decided({ approvals }, { now: CLOSED })).toMatchObject({ holds: ["OutsideWindow"], start: undefined });
  });

  it("starts nothing that would not end before the approval does, or before a freeze", () => {
    const approvals = [approvalOf({ lifts: ["OutsideWindow"], expiresAt: isoOf(CLOSED + HOUR / 4) })];
    expect(decided({ approvals }, { now: CLOSED }).holds).toEqual(["WindowTooShort"]);
    expect(decided({ approvals: [approvalOf({ lifts: ["OutsideWindow"] })], freezes: [freezeOf({ from: isoOf(CLOSED + HOUR / 4), until: "2026-11-25T00:00:00Z" })] }, { now: CLOSED }).holds).toEqual(["WindowTooShort"]);
  });

  it("does not repeat an attempt that failed since it was created", () => {
    const history = [{ class: "Patch", to: "17.2.3", succeeded: false, failed: true, finishedAt: CLOSED - 1 }] as const;
    expect(decided({ history, approvals: [approvalOf({ lifts: ["OutsideWindow"] })] }, { now: CLOSED }).holds).toEqual(["RetryNextOpening"]);
  });
});

describe("an upgrade that needs an approval", () => {
  it.each<[why: string, input: ViewInput, lane: Lane, message: string]>([
    ["of a tenant that is upgraded by hand", { manual: true }, "Patch", "spec.upgrades.mode is Manual: the upgrade to 17.2.3 needs an Approval"],
    ["that is a major, where the channel wants that", { version: "17.2.3", channel: channelOf({ releases: [release("17.2.3"), release("18.1.0")], spec: { major: { approval: true } } }) }, "Major", "the channel wants an Approval for each major: 18.1.0 has none"],
  ])("%s waits for one of its version", (_why, input, lane, message) => {
    const lanes = decideLanes(viewOf({ channel: PATCH_CHANNEL, ...input }), NOW);
    const { holds, target = "" } = lane === "Patch" ? lanes.patch : lanes.major;
    expect(holds.map((hold) => `${hold.code}: ${hold.message}`)).toEqual([`ApprovalRequired: ${message}`]);
    const approved = decided({ ...input, approvals: [approvalOf({ version: target, lifts: ["ApprovalRequired"] })] }, { lane });
    expect(approved).toMatchObject({ holds: [], approvals: ["chg-1"], start: { to: target } });
  });

  it("waits for nothing where there is nothing to go to", () => {
    expect(decided({ manual: true, version: "17.2.3" }).holds).toEqual([]);
  });
});

describe("a tenant whose upgrades fail", () => {
  const failure = (finishedAt: string) => ({ class: "Patch", to: "17.2.2", succeeded: false, failed: true, finishedAt: at(finishedAt) }) as const;
  const aborted = { class: "Patch", to: "17.2.2", succeeded: false, finishedAt: at("2026-11-20T00:00:00Z") } as const;
  const success = { class: "Patch", to: "17.2.1", succeeded: true, finishedAt: at("2026-11-01T00:00:00Z") } as const;
  const TWICE = [failure("2026-11-17T02:30:00Z"), failure("2026-11-10T02:30:00Z")];

  it.each<[why: string, history: NonNullable<ViewInput["history"]>, holds: readonly string[]]>([
    ["twice in a row is halted, whatever they led to", TWICE, ["TenantHalted"]],
    ["once is not", TWICE.slice(1), []],
    ["twice, and in between was merely aborted, is", [...TWICE.slice(0, 1), aborted, ...TWICE.slice(1)], ["TenantHalted"]],
    ["twice, with a success since the first, is not", [...TWICE.slice(0, 1), success, ...TWICE.slice(1)], []],
    ["twice in another lane is not", TWICE.map((each) => ({ ...each, class: "Major" as const })), []],
  ])("%s", (_why, history, holds) => {
    expect(decided({ history }).holds).toEqual(holds);
  });

  it("goes on with an approval that was created since, which is recorded; another failure counts again", () => {
    const approvals = [approvalOf({ lifts: ["TenantHalted"] }, { createdAt: "2026-11-18T00:00:00Z" })];
    expect(decided({ history: TWICE, approvals })).toMatchObject({ holds: [], approvals: ["chg-1"] });
    const since = [failure("2026-11-21T02:30:00Z"), failure("2026-11-20T02:30:00Z"), ...TWICE];
    expect(decided({ history: since.slice(1), approvals }).holds).toEqual([]);
    expect(decided({ history: since, approvals }).holds).toEqual(["TenantHalted"]);
  });

  it("is tried as often as its channel says", () => {
    const channel = channelOf({ releases: [release("17.2.3")], spec: { rollout: { maxAttempts: 3 } } });
    expect(decided({ channel, history: TWICE }).holds).toEqual([]);
  });
});
