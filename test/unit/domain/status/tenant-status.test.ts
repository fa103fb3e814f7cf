import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tenant as tenantSchemas, type TenantStatus } from "../../../../src/api/index.ts";
import { tenantStatus, type TenantReport } from "../../../../src/domain/status/tenant-status.ts";
import { decideLanes } from "../../../../src/domain/tenant/decide.ts";
import { HOUR, isoOf, MINUTE } from "../../../../src/domain/time.ts";
import { entryOf, upgradeOf } from "../../../fixtures/attempt.ts";
import { channelOf, predicting, release } from "../../../fixtures/channel.ts";
import { at } from "../../../fixtures/time.ts";
import { agentsFine, bound, BOTH_CHANNEL, MAJOR_CHANNEL, NO_WINDOW, PATCH_CHANNEL, TUESDAY_2AM, viewOf, windowOf, type ViewInput } from "../../../fixtures/view.ts";

const NOW = at(TUESDAY_2AM);

function report(more: Partial<TenantReport> = {}): TenantReport {
  return {
    previous: undefined,
    generation: 3,
    deleting: false,
    version: "17.2.1",
    provisioned: true,
    templateRevision: 1,
    unavailable: [],
    problems: [],
    brokenWindows: [],
    history: [],
    domain: "acme.teleport.example",
    now: NOW,
    ...more,
  };
}

function lanesOf(input: ViewInput = {}, now = NOW) {
  return decideLanes(viewOf({ agents: agentsFine(now), ...input, now }), now);
}

function conditions(more: Partial<TenantReport>): readonly string[] {
  return (tenantStatus(report(more)).conditions ?? []).map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`);
}

const SLOW_CHANNEL = channelOf({ releases: [release("17.2.1"), release("17.2.3"), release("18.1.0")], status: predicting({ patch: [40, 35] }) });
const READY = "Ready=True Available: Auth and every region's Proxy are available";
const STUCK = upgradeOf({ class: "Major", step: "Auth", stuckSince: "2026-11-24T02:20:00Z", failure: "auth did not become Ready" });
const PROBLEM = { reason: "ChannelNotFound", message: "spec.channel: there is no ReleaseChannel" };
const UNCONFIRMED = { reason: "DeletionNotConfirmed", message: "deletion is not confirmed" };

describe("conditions, as kstatus reads them", () => {
  it.each<[why: string, report: Partial<TenantReport>, expected: readonly string[]]>([
    ["a tenant that merely waits is Ready", {}, [READY]],
    ["a healthy upgrade is Ready and Reconciling", { upgrade: upgradeOf(), unavailable: ["auth"] }, ["Ready=True Upgrading: Upgrading to 17.2.3", "Reconciling=True Preflight: 17.2.1 to 17.2.3: Preflight"]],
    ["a stuck one is neither", { upgrade: STUCK, unavailable: ["auth"] }, ["Ready=False Unavailable: Not available: auth"]],
    ["one that goes back is as Ready as its pods", { upgrade: upgradeOf({ step: "RollBack" }), unavailable: ["proxy-b", "auth"] }, ["Ready=False Unavailable: Not available: auth, proxy-b", "Reconciling=True RollBack: 17.2.1 to 17.2.3: RollBack"]],
    ["a new tenant is Provisioning", { provisioned: false, version: undefined, unavailable: ["auth"] }, ["Ready=False Provisioning: Not available: auth", "Reconciling=True Provisioning: The tenant's objects are being made"]],
    ["one whose spec has a problem is Stalled instead", { provisioned: false, unavailable: ["auth"], problems: [PROBLEM] }, ["Ready=False Provisioning: Not available: auth", "Stalled=True ChannelNotFound: spec.channel: there is no ReleaseChannel"]],
    ["problems are told together, in order", { problems: [PROBLEM, { reason: "A", message: "first" }] }, [READY, "Stalled=True A: first; spec.channel: there is no ReleaseChannel"]],
    ["one that is torn down", { deleting: true }, [READY, "Reconciling=True Terminating: The tenant is being torn down"]],
    ["one whose deletion is not confirmed", { deleting: true, problems: [UNCONFIRMED] }, [READY, "Stalled=True DeletionNotConfirmed: deletion is not confirmed"]],
    ["one that is switched off is neither Reconciling nor Stalled", { suspension: "Suspended", unavailable: ["auth"] }, ["Ready=False Suspended: The tenant is switched off by spec.suspend; its data, Services, configuration and version are kept"]],
    ["one on its way down is Reconciling", { suspension: "Suspending" }, ["Ready=False Suspending: The tenant is being switched off, proxies before Auth", "Reconciling=True Suspending: The tenant is being switched off, proxies before Auth"]],
    ["one on its way up is Reconciling", { suspension: "Resuming", unavailable: ["auth"] }, ["Ready=False Resuming: The tenant is being switched on again, Auth before proxies", "Reconciling=True Resuming: The tenant is being switched on again, Auth before proxies"]],
    ["one that was made switched off provisions nothing", { suspension: "Suspended", provisioned: false, version: undefined }, ["Ready=False Suspended: The tenant is switched off by spec.suspend; its data, Services, configuration and version are kept"]],
    ["broken windows are told", { brokenWindows: ["b", "a"] }, [READY, "WindowsValid=False WindowInvalid: Cannot be used: a, b"]],
    ["no opening is long enough", { lanes: lanesOf({ channel: MAJOR_CHANNEL, version: "17.2.3", windows: bound(windowOf({ duration: "30m" })) }) }, [READY, "NoFittingWindow=True NoFittingWindow: No opening is long enough for the lanes: Major"]],
    ["the last opening is too short", { lanes: lanesOf({ windows: bound(windowOf({ duration: "15m", until: "2026-11-25T00:00:00Z" })) }) }, [READY, "NoFittingWindow=True NoFittingWindow: No opening is long enough for the lanes: Patch"]],
    ["no opening is as long as upgrades took lately, which only warns", { lanes: lanesOf({ channel: SLOW_CHANNEL, windows: bound(windowOf({ duration: "30m", lanes: ["Patch"] })) }) }, [READY, "NoFittingWindow=True ExpectedDurationUsed: No opening is as long as upgrades took lately; expectedDuration counts for the lanes: Patch"]],
    ["one lane has no opening at all, and the other one hardly", { lanes: lanesOf({ channel: SLOW_CHANNEL, windows: bound(windowOf({ duration: "30m", lanes: ["Patch"] }), windowOf({ duration: "44m", lanes: ["Major"] }, "major")) }) }, [READY, "NoFittingWindow=True NoFittingWindow: No opening is long enough for the lanes: Major; No opening is as long as upgrades took lately; expectedDuration counts for the lanes: Patch"]],
    ["no window at all is a hold, not a window too short", { lanes: lanesOf({ windows: NO_WINDOW }) }, [READY]],
    ["a lane without a target needs no opening", { lanes: lanesOf({ channel: channelOf({ releases: [release("17.2.1")] }), windows: bound(windowOf({ duration: "15m" })) }) }, [READY]],
  ])("%s", (_why, more, expected) => {
    expect(conditions(more)).toEqual(expected);
  });

  it("keep the time of their last change, and take a new one when they change", () => {
    const before = tenantStatus(report({ now: NOW }));
    const later = { previous: before, now: NOW + HOUR };
    const times = (status: TenantStatus) => status.conditions?.map((condition) => condition.lastTransitionTime);
    expect([times(tenantStatus(report(later))), times(tenantStatus(report({ ...later, unavailable: ["auth"] })))]).toEqual([[TUESDAY_2AM], [isoOf(NOW + HOUR)]]);
    expect(tenantStatus(report({ ...later, generation: undefined }))).not.toHaveProperty("observedGeneration");
  });
});

describe("the state in one word", () => {
  it.each<[report: Partial<TenantReport>, phase: string]>([
    [{}, "Active"],
    [{ provisioned: false }, "Provisioning"],
    [{ provisioned: false, problems: [PROBLEM] }, "Pending"],
    [{ upgrade: upgradeOf() }, "Upgrading"],
    [{ upgrade: upgradeOf({ step: "RollBack" }) }, "RollingBack"],
    [{ upgrade: STUCK }, "Stuck"],
    [{ suspension: "Suspended" }, "Suspended"],
    [{ suspension: "Suspended", provisioned: false }, "Suspended"],
    [{ suspension: "Resuming" }, "Resuming"],
    [{ deleting: true }, "Terminating"],
    [{ deleting: true, problems: [UNCONFIRMED] }, "Active"],
  ])("%j is %s", (more, phase) => {
    expect(tenantStatus(report(more)).phase).toBe(phase);
  });
});

describe("what is shown", () => {
  it("the version only of a tenant that was provisioned", () => {
    expect([tenantStatus(report()).version, tenantStatus(report({ provisioned: false })).version]).toEqual(["17.2.1", undefined]);
  });

  it.each<[why: string, input: ViewInput, now: number, target: string | undefined]>([
    ["the lane that starts now", { channel: BOTH_CHANNEL }, NOW, "18.1.0"],
    ["the lane that may start first", { channel: BOTH_CHANNEL, ready: false }, NOW, "17.2.3"],
    ["of two that may start together the major", { channel: BOTH_CHANNEL, windows: bound(windowOf({ lanes: ["Patch"] }), windowOf({ lanes: ["Major"], schedule: "0 1 * * 2" }, "early")) }, NOW - 12 * HOUR, "18.1.0"],
    ["not a major that the tenant is pinned below", { channel: MAJOR_CHANNEL, version: "17.2.3", maxMajor: 17 }, NOW, undefined],
    ["the patch, if neither has a known instant", { channel: BOTH_CHANNEL, windows: NO_WINDOW }, NOW, "17.2.3"],
    ["nothing, if there is nothing", { channel: channelOf({ releases: [release("17.2.1")] }) }, NOW, undefined],
  ])("as target %s", (_why, input, now, target) => {
    expect(tenantStatus(report({ lanes: lanesOf(input, now) })).target).toBe(target);
  });

  it.each<[why: string, input: ViewInput, now: number, text: string]>([
    ["open", {}, NOW, "open until 2026-11-24T06:00:00Z"],
    ["closed", {}, NOW - HOUR, "opens 2026-11-24T02:00:00Z"],
    ["none", { windows: NO_WINDOW }, NOW, "none"],
  ])("the window in a few words: %s", (_why, input, now, text) => {
    expect(tenantStatus(report({ lanes: lanesOf(input, now) })).window).toBe(text);
  });

  it("lanes, with each hold and what is next", () => {
    const channel = channelOf({ releases: [release("17.2.1"), release("17.2.3", "2026-11-23T12:00:00Z"), release("18.1.0", undefined)], spec: { lines: [{ major: 18, open: "Never" }] } });
    const { patch, major } = tenantStatus(report({ lanes: lanesOf({ channel }, NOW - HOUR), now: NOW - HOUR })).lanes ?? {};
    const source = { kind: "ReleaseChannel", name: "stable" };
    expect(patch).toEqual({
      next: { version: "17.2.3", eligibleAt: "2026-11-30T00:00:00Z" },
      holds: [
        { code: "TooYoung", message: "17.2.3 is too young", scope: "Channel", source, since: "2026-11-24T01:00:00Z", until: "2026-11-30T00:00:00Z", liftable: true },
        { code: "OutsideWindow", message: "no window for the Patch lane is open", scope: "Tenant", source: { kind: "Tenant", name: "acme" }, since: "2026-11-24T01:00:00Z", until: TUESDAY_2AM, liftable: true },
      ],
      nextEligibleAt: "2026-12-01T02:00:00Z",
      window: { open: false, nextOpensAt: TUESDAY_2AM },
    });
    expect(major).toMatchObject({ next: { version: "18.1.0" }, holds: [{ code: "LineNotOpen", liftable: false }, { code: "OutsideWindow" }] });
  });

  it("since when each hold is there, as long as it is", () => {
    const before = tenantStatus(report({ lanes: lanesOf({ ready: false, channel: BOTH_CHANNEL }, NOW - HOUR), now: NOW - HOUR }));
    const after = tenantStatus(report({ lanes: lanesOf({ ready: false, channel: BOTH_CHANNEL, slotFree: false }), previous: before }));
    const since = (lane: "patch" | "major") => after.lanes?.[lane]?.holds?.map((hold) => [hold.code, hold.since]);
    expect([since("patch"), since("major")]).toEqual([
      [["ConcurrencyLimit", TUESDAY_2AM]],
      [["Unhealthy", "2026-11-24T01:00:00Z"], ["ConcurrencyLimit", TUESDAY_2AM]],
    ]);
  });

  it("the newest twenty attempts in the order in which they ended, also after a clock was set back", () => {
    const history = Array.from({ length: 24 }, (_, index) => entryOf({ id: `a${index}`, finishedAt: isoOf(NOW + index * HOUR) }));
    expect(tenantStatus(report({ history })).history).toEqual(history.slice(0, 20));
  });

  it("the attempt and the agents as they are", () => {
    expect(tenantStatus(report({ upgrade: upgradeOf(), agents: { total: 3 } }))).toMatchObject({ upgrade: upgradeOf(), agents: { total: 3 }, endpoints: { web: "https://acme.teleport.example" }, templateRevision: 1, observedGeneration: 3 });
  });
});

const anyReport = fc
  .record({
    minutes: fc.integer({ min: 0, max: 14 * 24 * 60 }),
    channel: fc.constantFrom(PATCH_CHANNEL, MAJOR_CHANNEL, BOTH_CHANNEL),
    ready: fc.boolean(),
    deleting: fc.boolean(),
    provisioned: fc.boolean(),
    slotFree: fc.boolean(),
    hasWindow: fc.boolean(),
    broken: fc.subarray(["w1", "w2"]),
    unavailable: fc.subarray(["auth", "proxy-a"]),
    upgrade: fc.constantFrom(undefined, upgradeOf(), STUCK),
    history: fc.array(fc.constantFrom(entryOf(), entryOf({ id: "b", result: "Failed", finishedAt: "2026-11-24T02:10:00Z" })), { maxLength: 2 }),
  })
  .map(({ minutes, channel, ready, slotFree, hasWindow, broken, ...more }) => {
    const now = NOW + minutes * MINUTE;
    const windows = hasWindow ? bound(windowOf()) : { valid: [], invalid: [], missing: broken };
    return report({ ...more, now, brokenWindows: broken, lanes: lanesOf({ channel, ready, slotFree, windows, deleting: more.deleting, provisioned: more.provisioned }, now) });
  });

describe("a status, for any tenant", () => {
  it("is one that the API server takes", () => {
    fc.assert(
      fc.property(anyReport, (one) => {
        const parsed = tenantSchemas.status.safeParse(tenantStatus(one));
        expect(parsed.error?.message).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it("lists each condition and each hold of a lane once", () => {
    fc.assert(
      fc.property(anyReport, (one) => {
        const { conditions: all = [], lanes } = tenantStatus(one);
        const keys = [all.map(({ type }) => type), (lanes?.patch?.holds ?? []).map(({ code }) => code), (lanes?.major?.holds ?? []).map(({ code }) => code)];
        expect(keys.map((each) => new Set(each).size)).toEqual(keys.map((each) => each.length));
      }),
      { numRuns: 500 },
    );
  });

  it("is written again unchanged, now and later, while nothing else changes (I17)", () => {
    fc.assert(
      fc.property(anyReport, fc.integer({ min: 0, max: 1000 }), (one, minutesLater) => {
        const once = tenantStatus(one);
        expect(tenantStatus({ ...one })).toEqual(once);
        expect(tenantStatus({ ...one, previous: once, now: one.now + minutesLater * MINUTE })).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });
});
