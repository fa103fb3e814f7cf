import { describe, expect, it } from "vitest";
import { mayEnter, newerRelease } from "../../../../src/domain/tenant/onward.ts";
import { approvalOf } from "../../../fixtures/approval.ts";
import { channelOf, failedOn, release, SECURITY, WITHDRAWN, type ChannelInput } from "../../../fixtures/channel.ts";
import { freezeOf } from "../../../fixtures/freeze.ts";
import { at } from "../../../fixtures/time.ts";
import { knowledge, NO_WINDOW, viewOf, type ViewInput } from "../../../fixtures/view.ts";

/** A Tuesday; the last cut was on Monday at midnight, UTC. */
const NOW = at("2026-11-24T12:00:00Z");
const LINE = [release("17.2.1"), release("18.1.2"), release("18.1.3")];
const TODAY = "2026-11-24T08:00:00Z";
const TWO_WAVES = { rollout: { waves: [{ name: "canary", tenantSelector: { matchLabels: { tier: "gold" } }, required: "100%", soak: "24h", timeout: "336h" }] } };
const VOUCHED = { promotions: [{ line: 18, version: "18.1.3", wave: "canary", at: "2026-11-24T11:00:00Z" }] };

function newer(channel: ChannelInput, more: ViewInput = {}): string | undefined {
  const found = newerRelease(viewOf({ now: NOW, channel: channelOf(channel), ...more }), "18.1.2", NOW);
  return found && [found.version, ...found.approvals].join(" by ");
}

describe("a major that is stuck on 18.1.2 may go on", () => {
  it.each<[why: string, channel: ChannelInput, view: ViewInput, expected: string | undefined]>([
    ["to a newer release of its line", { releases: LINE }, {}, "18.1.3"],
    ["to the newest", { releases: [...LINE, release("18.1.4"), release("18.2.0")] }, {}, "18.2.0"],
    ["not into another line", { releases: [release("18.1.2"), release("19.1.0")] }, {}, undefined],
    ["not back", { releases: [release("18.1.1"), release("18.1.2")] }, {}, undefined],
    ["not to a pre-release", { releases: [release("18.1.2"), release("18.1.3-rc.1")] }, {}, undefined],
    ["not to one that was withdrawn, but to the one before", { releases: [...LINE, release("18.1.4", undefined, WITHDRAWN)] }, {}, "18.1.3"],
    ["not to one that failed too often", { releases: LINE, status: failedOn("18.1.3", 2) }, {}, undefined],
    ["not to one that came after the last cut", { releases: [release("18.1.2"), release("18.1.3", TODAY)] }, {}, undefined],
    ["nor to one that was too young then", { releases: [release("18.1.2"), release("18.1.3", "2026-11-22T12:00:00Z")] }, {}, undefined],
    ["to a security release of the same day", { releases: [release("18.1.2"), release("18.1.3", TODAY, SECURITY)] }, {}, "18.1.3"],
    ["outside of every window, with agents that nobody knows", { releases: LINE }, { windows: NO_WINDOW, agents: knowledge({ kind: "never" }) }, "18.1.3"],
    ["in a freeze: it runs already", { releases: LINE }, { freezes: [freezeOf({ from: "2026-11-24T11:00:00Z", until: "2026-11-24T13:00:00Z" })] }, "18.1.3"],
    ["though it is pinned below by now: it is past that", { releases: LINE }, { maxMajor: 17 }, "18.1.3"],
    ["not by a clock that cannot be believed", { releases: LINE }, { clockTrusted: false }, undefined],
    ["in the first wave", { releases: LINE, spec: TWO_WAVES }, { wave: 0 }, "18.1.3"],
    ["not before the wave before has vouched for it", { releases: LINE, spec: TWO_WAVES }, { wave: 1 }, undefined],
    ["nor for a security release: it is a major all the same", { releases: [release("18.1.2"), release("18.1.3", TODAY, SECURITY)], spec: TWO_WAVES }, { wave: 1 }, undefined],
    ["once it has, whatever came since", { releases: [...LINE, release("18.1.4")], spec: TWO_WAVES, status: VOUCHED }, { wave: 1 }, "18.1.3"],
    ["not where somebody wants to be asked", { releases: LINE }, { manual: true }, undefined],
    ["nor where the channel wants an approval for each major", { releases: LINE, spec: { major: { approval: true } } }, {}, undefined],
    ["there by an approval of that version", { releases: LINE }, { manual: true, approvals: [approvalOf({ version: "18.1.3", lifts: ["ApprovalRequired"] })] }, "18.1.3 by chg-1"],
    ["not by one of the version that it is stuck on", { releases: LINE }, { manual: true, approvals: [approvalOf({ version: "18.1.2", lifts: ["ApprovalRequired"] })] }, undefined],
    ["by an approval before the next cut", { releases: [release("18.1.2"), release("18.1.3", TODAY)] }, { approvals: [approvalOf({ version: "18.1.3", lifts: ["TooYoung", "AwaitingCut"] })] }, "18.1.3 by chg-1"],
    ["by none that has expired", { releases: LINE }, { manual: true, approvals: [approvalOf({ version: "18.1.3", lifts: ["ApprovalRequired"], expiresAt: "2026-11-24T11:00:00Z" })] }, undefined],
    ["by none to a release that is halted", { releases: LINE, status: failedOn("18.1.3", 2) }, { approvals: [approvalOf({ version: "18.1.3", lifts: ["ReleaseHalted"] })] }, undefined],
  ])("%s", (_why, channel, view, expected) => {
    expect(newer(channel, view)).toBe(expected);
  });

  it.each<[why: string, channel: ChannelInput, expected: boolean]>([
    ["while it may", { releases: LINE }, true],
    ["though a newer one has come", { releases: [...LINE, release("18.1.4")] }, true],
    ["until it is withdrawn", { releases: [release("18.1.2"), release("18.1.3", undefined, WITHDRAWN)] }, false],
    ["or halted", { releases: LINE, status: failedOn("18.1.3", 2) }, false],
    ["or taken out of the catalogue", { releases: [release("18.1.2")] }, false],
  ])("to what it said it goes on to, %s", (_why, channel, expected) => {
    expect(mayEnter(viewOf({ now: NOW, channel: channelOf(channel) }), "18.1.3", NOW)).toBe(expected);
  });
});
