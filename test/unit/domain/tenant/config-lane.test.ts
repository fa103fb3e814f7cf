import { describe, expect, it } from "vitest";
import { decideLanes } from "../../../../src/domain/tenant/decide.ts";
import { disruptiveGate } from "../../../../src/domain/tenant/decide-tenant.ts";
import { planFleet } from "../../../../src/domain/fleet/plan-fleet.ts";
import { HOUR, MINUTE } from "../../../../src/domain/time.ts";
import { approvalOf } from "../../../fixtures/approval.ts";
import { upgradeOf } from "../../../fixtures/attempt.ts";
import { channelOf, failedOn, release, SECURITY, WITHDRAWN } from "../../../fixtures/channel.ts";
import { freezeOf } from "../../../fixtures/freeze.ts";
import { at } from "../../../fixtures/time.ts";
import { NO_WINDOW, PATCH_CHANNEL, pastAttempt, TUESDAY_2AM, viewOf, type ViewInput } from "../../../fixtures/view.ts";

const NOW = at(TUESDAY_2AM);
const UP_TO_DATE = channelOf({ releases: [release("17.2.1")] });
const LARGE: ViewInput = { channel: UP_TO_DATE, templateChanges: ["size Large"] };

const patchOf = (input: ViewInput, now = NOW) => decideLanes(viewOf({ ...LARGE, ...input, now }), now).patch;
const codesOf = (input: ViewInput, now = NOW) => patchOf(input, now).holds.map(({ code }) => code);

describe("pods whose template is not as it would be rendered now", () => {
  it("start at the version that they run, as long as a patch is expected to take", () => {
    const { start, patch } = decideLanes(viewOf(LARGE), NOW);
    expect(start).toMatchObject({ class: "Config", from: "17.2.1", to: "17.2.1", predictedEndAt: NOW + 20 * MINUTE });
    expect(patch).toMatchObject({ target: "17.2.1", class: "Config", changes: ["size Large"], holds: [] });
  });

  it("are taken along by a newer version", () => {
    expect(patchOf({ channel: PATCH_CHANNEL })).toMatchObject({ target: "17.2.3", class: "Patch", changes: ["size Large"] });
    expect(patchOf({ channel: channelOf({ releases: [release("17.2.1"), release("17.2.3", undefined, SECURITY)] }) })).toMatchObject({ target: "17.2.3", class: "Security" });
  });

  it("concern the patch lane alone", () => {
    expect(decideLanes(viewOf(LARGE), NOW).major).not.toHaveProperty("changes");
  });

  it.each<[why: string, input: ViewInput, expected: readonly string[]]>([
    ["outside of every window", { windows: NO_WINDOW }, ["NoWindow"]],
    ["a freeze", { freezes: [freezeOf({ from: "2026-11-24T01:00:00Z" })] }, ["Frozen"]],
    ["another upgrade", { upgrade: { id: "other", class: "Major", to: "18.1.0", stuck: false } }, ["UpgradeRunning"]],
    ["want of slots", { slotFree: false }, ["ConcurrencyLimit"]],
    ["an upgrade a while ago", { history: [pastAttempt(NOW - 5 * HOUR)] }, ["MinimumInterval"]],
    ["one of its own a while ago", { history: [pastAttempt(NOW - 5 * HOUR, { class: "Config" })] }, ["MinimumInterval"]],
    ["one that failed in this opening", { history: [pastAttempt(NOW, { class: "Config", succeeded: false, failed: true, finishedAt: NOW })] }, ["RetryNextOpening", "MinimumInterval"]],
    ["a clock that nobody trusts", { clockTrusted: false }, ["ClockUntrusted"]],
    ["mode Manual", { manual: true }, ["ApprovalRequired"]],
    ["that its release failed elsewhere", { channel: channelOf({ releases: [release("17.2.1")], status: failedOn("17.2.1", 2) }) }, ["ReleaseHalted"]],
    ["that its release was withdrawn", { channel: channelOf({ releases: [release("17.2.1", undefined, WITHDRAWN)] }) }, ["ReleaseWithdrawn"]],
    ["what was raised by hand", { authAbove: "18.1.0" }, ["VersionUnknown"]],
  ])("are held by %s", (_why, input, expected) => {
    const codes = codesOf(input);
    expect(codes).toEqual(expected);
  });

  const young = channelOf({ releases: [release("17.2.1"), release("17.2.3", "2026-11-23T20:00:00Z")] });
  const waves = channelOf({ releases: [release("17.2.1"), release("17.2.3")], spec: { rollout: { waves: [{ name: "canary", required: "100%", soak: "24h", timeout: "336h" }, { name: "all", required: "100%", soak: "24h", timeout: "336h" }] } } });
  const published = channelOf({ releases: [release("17.2.1"), release("17.2.3", undefined, WITHDRAWN)] });
  it.each<[why: string, input: ViewInput]>([
    ["a release that is too young", { channel: young }],
    ["one that the wave before has not vouched for", { channel: waves, wave: 1 }],
    ["one that was withdrawn", { channel: published }],
    ["a catalogue that no longer lists what runs", { channel: channelOf({ releases: [release("17.2.0")] }) }],
  ])("do not wait for %s", (_why, input) => {
    expect(patchOf(input)).toMatchObject({ target: "17.2.1", class: "Config", holds: [] });
  });

  const freely = { patch: { cut: "0 0 * * 1", timeZone: "UTC", minAge: "24h", minInterval: "0s" } };
  it("are given another template once in an opening, however often it is edited", () => {
    const channel = channelOf({ releases: [release("17.2.1")], spec: freely });
    const rolled = (at: number, upgradeClass: "Config" | "Patch") => ({ channel, history: [pastAttempt(at, { class: upgradeClass, to: "17.2.1" })] });
    expect(codesOf(rolled(NOW, "Config"), NOW + HOUR)).toEqual(["RetryNextOpening"]);
    expect(codesOf(rolled(NOW - HOUR, "Config"), NOW + HOUR)).toEqual([]);
    expect(codesOf(rolled(NOW, "Patch"), NOW + HOUR)).toEqual([]);
  });

  it("keep no newer version out of the opening in which they did not come up", () => {
    const channel = channelOf({ releases: [release("17.2.1"), release("17.2.3")], spec: freely });
    expect(codesOf({ channel, history: [pastAttempt(NOW, { class: "Config", to: "17.2.1", succeeded: false, failed: true, finishedAt: NOW })] }, NOW + HOUR)).toEqual([]);
  });

  it("take a slot after security upgrades, like a patch", () => {
    expect(planFleet(UP_TO_DATE, [viewOf(LARGE)], NOW).claims).toMatchObject([{ tenant: "acme", class: "Config", from: "17.2.1", to: "17.2.1", attempt: "acme-17.2.1-20261124T020000Z" }]);
  });
});

describe("an Approval of the version that runs", () => {
  const manual = (createdAt: string, more: ViewInput = {}) => codesOf({ manual: true, approvals: [approvalOf({ version: "17.2.1", lifts: ["ApprovalRequired"] }, { createdAt })], ...more });
  const reached = { history: [pastAttempt("2026-11-22T02:00:00Z", { to: "17.2.1" })] };

  it("lets its pods be rolled out again", () => {
    expect(manual("2026-11-24T01:00:00Z")).toEqual([]);
    expect(manual("2026-11-24T01:00:00Z", reached)).toEqual([]);
  });

  it("lets them restart neither out of their window nor in a freeze", () => {
    const approvals = [approvalOf({ version: "17.2.1", lifts: ["ApprovalRequired", "OutsideWindow", "Frozen", "MinimumInterval"] }, { createdAt: "2026-11-24T01:00:00Z" })];
    const later = NOW + 20 * HOUR;
    expect(codesOf({ manual: true, approvals }, later)).toEqual(["OutsideWindow"]);
    expect(codesOf({ manual: true, approvals, freezes: [freezeOf({ from: "2026-11-24T01:00:00Z" })] })).toEqual(["Frozen"]);
  });

  it("is spent once it has brought the tenant there", () => {
    expect(manual("2026-11-22T01:00:00Z", reached)).toEqual(["ApprovalRequired"]);
    expect(manual("2026-11-22T01:00:00Z", { history: [pastAttempt("2026-11-22T02:00:00Z", { to: "17.2.1", succeeded: false })] })).toEqual([]);
  });
});

describe("the disruptive instant of class Config", () => {
  const attempt = upgradeOf({ class: "Config", from: "17.2.1", to: "17.2.1" });
  const gate = (input: ViewInput) => disruptiveGate(viewOf({ ...LARGE, upgrade: { id: attempt.id, class: "Config", to: "17.2.1", stuck: false }, ...input }), attempt, NOW);

  it("passes like a patch's, also for a release that the catalogue no longer lists, or when a newer one came", () => {
    expect([gate({}), gate({ channel: channelOf({ releases: [release("17.2.0")] }) }), gate({ channel: PATCH_CHANNEL })]).toMatchObject([{ kind: "pass" }, { kind: "pass" }, { kind: "pass" }]);
  });

  it.each<[why: string, input: ViewInput, message: RegExp]>([
    ["the pods are as they should be by now", { templateChanges: undefined }, /as they should be/],
    ["they are, and a newer version came", { templateChanges: undefined, channel: PATCH_CHANNEL }, /as they should be/],
    ["its release was withdrawn", { channel: channelOf({ releases: [release("17.2.1", undefined, WITHDRAWN)] }) }, /withdrawn or halted/],
    ["its release was halted", { channel: channelOf({ releases: [release("17.2.1")], status: failedOn("17.2.1", 2) }) }, /withdrawn or halted/],
    ["the window has closed", { windows: NO_WINDOW }, /NoWindow/],
    ["a freeze spares security upgrades, and the lane leads to one by now", { freezes: [freezeOf({ from: "2026-11-24T01:00:00Z", exceptSecurity: true })], channel: channelOf({ releases: [release("17.2.1"), release("17.2.3", undefined, SECURITY)] }) }, /Frozen/],
  ])("is held if %s", (_why, input, message) => {
    expect(gate(input)).toMatchObject({ kind: "held", message: expect.stringMatching(message) });
  });
});
