import { describe, expect, it } from "vitest";
import { compileFreeze, countsFor, isActive, pausingFreeze, unreadableFreeze, type CoveredTenant, type FreezeSpec } from "../../../../src/domain/freeze/freeze.ts";
import { HOUR, MINUTE, type Instant } from "../../../../src/domain/time.ts";
import { freezeOf } from "../../../fixtures/freeze.ts";
import { at } from "../../../fixtures/time.ts";

const THREE = at("2026-11-24T03:00:00Z");
const GOLD: CoveredTenant = { name: "acme", labels: { tier: "gold" }, channel: "stable" };

describe("a freeze", () => {
  it("is half-open: it holds at its beginning and no longer at its end", () => {
    expect([THREE - 1, THREE, THREE + HOUR - 1, THREE + HOUR].map((now) => isActive(freezeOf(), now))).toEqual([false, true, true, false]);
  });

  it("without a beginning begins when it was created", () => {
    const freeze = freezeOf({ from: undefined });
    expect([at("2026-11-19T23:59:59Z"), at("2026-11-20T00:00:00Z")].map((now) => isActive(freeze, now))).toEqual([false, true]);
  });

  it.each<[what: string, spec: Partial<FreezeSpec>, now: string]>([
    ["an end that is no instant never comes", { until: "soon" }, "2100-01-01T00:00:00Z"],
    ["a beginning that is no instant has been", { from: "soon" }, "2000-01-01T00:00:00Z"],
  ])("fails closed: %s", (_what, spec, now) => {
    expect(isActive(freezeOf(spec), at(now))).toBe(true);
  });

  it.each<[whom: string, spec: Partial<FreezeSpec>, covered: boolean, scope: string]>([
    ["everybody without a selector", {}, true, "Fleet"],
    ["everybody with an empty one", { tenantSelector: {} }, true, "Tenant"],
    ["whom its selector matches", { tenantSelector: { matchLabels: { tier: "gold" } } }, true, "Tenant"],
    ["a tenant by name", { tenantSelector: { matchLabels: { "slacktide.dev/name": "acme" } } }, true, "Tenant"],
    ["nobody else", { tenantSelector: { matchLabels: { tier: "silver" } } }, false, "Tenant"],
    ["the tenants of its channel", { channel: "stable" }, true, "Channel"],
    ["not those of another", { channel: "edge" }, false, "Channel"],
    ["of its channel only whom it selects", { channel: "stable", tenantSelector: { matchLabels: { tier: "silver" } } }, false, "Tenant"],
  ])("covers %s", (_whom, spec, covered, scope) => {
    const freeze = freezeOf(spec);
    expect([freeze.covers(GOLD), freeze.scope]).toEqual([covered, scope]);
  });

  it("that cannot be read spares nobody, ever", () => {
    const freeze = unreadableFreeze("broken", "spec.until: is missing");
    expect([freeze.covers(GOLD), isActive(freeze, 0), countsFor(freeze, "Patch", "Security"), countsFor(freeze, "Major", undefined)]).toEqual([true, true, true, true]);
    expect(freeze.problem).toBe("spec.until: is missing");
  });

  it.each([
    ["for its lanes alone", freezeOf({ lanes: ["Major"] }), [false, false, true]],
    ["not for a security upgrade, if it says so", freezeOf({ exceptSecurity: true }), [true, false, true]],
    ["for all, usually", freezeOf(), [true, true, true]],
  ] as const)("counts %s", (_why, freeze, expected) => {
    expect([countsFor(freeze, "Patch", "Patch"), countsFor(freeze, "Patch", "Security"), countsFor(freeze, "Major", "Major")]).toEqual(expected);
  });
});

describe("an upgrade under way is held", () => {
  const PAUSE = { pauseRunning: true };
  const by = (freezes: Parameters<typeof pausingFreeze>[0], upgradeClass: "Patch" | "Security" | "Major" = "Patch") => pausingFreeze(freezes, { class: upgradeClass, claimedAt: THREE - HOUR, approvals: ["chg-1"] }, THREE)?.name;

  it("only by a freeze that says so, while it holds, and counts for it", () => {
    expect([by([freezeOf()]), by([freezeOf(PAUSE)]), by([freezeOf({ ...PAUSE, from: "2026-11-24T03:30:00Z" })])]).toEqual([undefined, "audit", undefined]);
    expect([by([freezeOf({ ...PAUSE, lanes: ["Major"] })]), by([freezeOf({ ...PAUSE, lanes: ["Major"] })], "Major"), by([freezeOf({ ...PAUSE, exceptSecurity: true })], "Security")]).toEqual([undefined, "audit", undefined]);
  });

  it("unless an Approval let it start in the midst of the freeze", () => {
    const [freeze, later] = [freezeOf({ ...PAUSE, from: "2026-11-24T02:00:00Z" }), freezeOf(PAUSE, "later")];
    const upgrade = (approvals: readonly string[], claimedAt: Instant) => ({ class: "Patch" as const, claimedAt, approvals });
    expect(pausingFreeze([freeze], upgrade(["chg-1"], THREE - MINUTE), THREE)).toBeUndefined();
    expect(pausingFreeze([freeze], upgrade([], THREE - MINUTE), THREE)?.name).toBe("audit");
    // One that began since then is another matter, and so is one that was written since, whatever it says of its beginning.
    expect(pausingFreeze([freeze, later], upgrade(["chg-1"], THREE - MINUTE), THREE)?.name).toBe("later");
    const spec: FreezeSpec = { from: "2026-11-24T02:00:00Z", until: "2026-11-24T04:00:00Z", lanes: ["Patch"], ...PAUSE, exceptSecurity: false, owner: "sre", reason: "packet loss" };
    const backdated = compileFreeze("backdated", spec, THREE);
    expect(pausingFreeze([backdated], upgrade(["chg-1"], THREE - MINUTE), THREE)?.name).toBe("backdated");
  });

  it("until the last of several ends", () => {
    expect(by([freezeOf(PAUSE), freezeOf({ ...PAUSE, until: "2026-11-25T00:00:00Z" }, "longer")])).toBe("longer");
  });
});
