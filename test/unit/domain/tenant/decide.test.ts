import { describe, expect, it } from "vitest";
import { HOLDS, type HoldCode } from "../../../../src/api/index.ts";
import { unreadableFreeze } from "../../../../src/domain/freeze/freeze.ts";
import { isLiftable, type Hold, type Lane } from "../../../../src/domain/hold.ts";
import { decideLanes, mayStart, type LaneDecision } from "../../../../src/domain/tenant/decide.ts";
import type { Fit } from "../../../../src/domain/tenant/predicted.ts";
import { nextStarts } from "../../../../src/domain/tenant/eligible.ts";
import { DAY, HOUR, isoOf, MINUTE } from "../../../../src/domain/time.ts";
import { channelOf, failedOn, release, SECURITY, WITHDRAWN } from "../../../fixtures/channel.ts";
import { freezeOf } from "../../../fixtures/freeze.ts";
import { at, shown } from "../../../fixtures/time.ts";
import { agentsFine, bound, BOTH_CHANNEL, knowledge, linesFor, MAJOR_CHANNEL, NO_WINDOW, pastAttempt, PATCH_CHANNEL, TUESDAY_2AM, viewOf, windowOf, type ViewInput } from "../../../fixtures/view.ts";

const NOW = at(TUESDAY_2AM);
const NEXT_TUESDAY = "2026-12-01T02:00:00Z";

function laneOf(lane: Lane, input: ViewInput, now = NOW): LaneDecision {
  const lanes = decideLanes(viewOf({ ...input, now }), now);
  return lane === "Patch" ? lanes.patch : lanes.major;
}

function told({ code, until }: Hold): string {
  return until === undefined ? code : `${code} until ${isoOf(until)}`;
}

const PATCH: ViewInput = { channel: PATCH_CHANNEL };
const MAJOR: ViewInput = { channel: MAJOR_CHANNEL, version: "17.2.3" };
const behind = (minutesAgo: number) => ({ behind: [{ id: "a", hostname: "h", version: "16.0.0", lastSeenAt: isoOf(NOW - minutesAgo * MINUTE) }], behindCount: 1, total: 1 });
const RUNNING = { id: "other", class: "Patch", to: "17.2.2", stuck: false } as const;
const invalid = { kind: "invalid", name: "broken", problems: ["duration"] } as const;

describe("a lane with a target starts", () => {
  it("in an open window, when nothing holds it", () => {
    expect(decideLanes(viewOf(PATCH), NOW).start).toEqual({
      class: "Patch",
      from: "17.2.1",
      to: "17.2.3",
      opening: { window: "tuesday", opensAt: NOW, closesAt: NOW + 4 * HOUR },
      predictedEndAt: NOW + 20 * MINUTE,
      approvals: [],
    });
    expect(decideLanes(viewOf(MAJOR), NOW).start).toMatchObject({ class: "Major", from: "17.2.3", to: "18.1.0", predictedEndAt: NOW + 45 * MINUTE });
  });

  it("not at all without a target", () => {
    const lanes = decideLanes(viewOf({ channel: channelOf({ releases: [release("17.2.1")] }) }), NOW);
    expect([lanes.patch, lanes.major, lanes.start]).toMatchObject([{ holds: [], fit: "Fits" }, { holds: [], fit: "Fits" }, undefined]);
    expect(mayStart(lanes.patch)).toBe(false);
  });
});

/** One line of the table of design §6: what makes the hold, what it says and until when, and what a tenant without it has. */
const TABLE: readonly [code: HoldCode, why: string, lane: Lane, input: ViewInput, expected: string, message: string, now?: string][] = [
  ["Unhealthy", "the tenant is not Ready", "Major", { ...MAJOR, ready: false }, "Unhealthy", "the tenant is not Ready"],
  ["Suspended", "the tenant is being deleted", "Patch", { ...PATCH, deleting: true }, "Suspended", "the tenant is being deleted"],
  ["Suspended", "it is to be switched off", "Patch", { ...PATCH, suspension: "Wanted" }, "Suspended", "spec.suspend is set"],
  ["Suspended", "it is not up again", "Major", { ...MAJOR, suspension: "Resuming" }, "Suspended", "the tenant is being resumed"],
  ["UpgradeRunning", "an attempt is under way", "Patch", { ...PATCH, upgrade: RUNNING }, "UpgradeRunning", "an upgrade to 17.2.2 is under way"],
  ["VersionUnknown", "Auth runs a major above what is recorded", "Patch", { ...PATCH, authAbove: "18.1.0" }, "VersionUnknown", "Auth runs 18.1.0, a major above the recorded version"],
  ["NoWindow", "no window binds it", "Patch", { ...PATCH, windows: NO_WINDOW }, "NoWindow", "no window binds the tenant"],
  ["NoWindow", "none of its windows is for this lane", "Major", { ...MAJOR, windows: bound(windowOf({ lanes: ["Patch"] })) }, "NoWindow", "no window of the tenant allows the Major lane"],
  ["WindowInvalid", "no valid window binds it", "Patch", { ...PATCH, windows: { valid: [], invalid: [invalid], missing: ["absent"] } }, "WindowInvalid", "no valid window binds the tenant: absent, broken"],
  ["OutsideWindow", "the window is closed", "Patch", PATCH, `OutsideWindow until ${NEXT_TUESDAY}`, "no window for the Patch lane is open", "2026-11-24T06:00:00Z"],
  ["OutsideWindow", "the window never opens again", "Patch", { ...PATCH, windows: bound(windowOf({ until: "2026-11-25T00:00:00Z" })) }, "OutsideWindow", "no window for the Patch lane is open", "2026-11-24T06:00:00Z"],
  ["WindowTooShort", "the rest of the opening is too short", "Patch", PATCH, `WindowTooShort until ${NEXT_TUESDAY}`, "the rest of window tuesday is shorter than the upgrade takes", "2026-11-24T05:40:00.001Z"],
  ["WindowTooShort", "no opening is ever long enough", "Major", { ...MAJOR, windows: bound(windowOf({ duration: "30m" })) }, "WindowTooShort", "the rest of window tuesday is shorter than the upgrade takes"],
  ["RetryNextOpening", "an attempt failed in this opening", "Patch", { ...PATCH, history: [{ class: "Patch", to: "17.2.3", succeeded: false, finishedAt: NOW }] }, `RetryNextOpening until ${NEXT_TUESDAY}`, "the last attempt did not succeed in this opening"],
  ["WindowTooShort", "a freeze begins too soon", "Patch", { ...PATCH, freezes: [freezeOf({ from: "2026-11-24T02:19:59Z" })] }, "WindowTooShort until 2026-11-24T04:00:00Z", "the time until the next freeze is shorter than the upgrade takes"],
  ["Frozen", "a freeze covers it", "Patch", { ...PATCH, freezes: [freezeOf({ from: TUESDAY_2AM })] }, "Frozen until 2026-11-24T04:00:00Z", "freeze audit: yearly audit (sre)"],
  ["Frozen", "several do, one after the other", "Patch", { ...PATCH, freezes: [freezeOf({ from: TUESDAY_2AM, until: "2026-11-24T02:30:00Z", reason: "backup" }, "a"), freezeOf({ from: TUESDAY_2AM, until: "2026-11-24T03:00:00Z" }), freezeOf({}, "z")] }, "Frozen until 2026-11-24T04:00:00Z", "freeze a: backup (sre); freeze audit: yearly audit (sre)"],
  ["Frozen", "a freeze of majors covers it", "Major", { ...MAJOR, freezes: [freezeOf({ from: TUESDAY_2AM, lanes: ["Major"] })] }, "Frozen until 2026-11-24T04:00:00Z", "freeze audit: yearly audit (sre)"],
  ["Frozen", "a freeze cannot be read", "Patch", { ...PATCH, freezes: [unreadableFreeze("broken", "spec.until: is missing")] }, "Frozen", "freeze broken: it cannot be read"],
  ["AwaitingCut", "a release waits for the cut", "Patch", { channel: channelOf({ releases: [release("17.2.3", "2026-11-22T12:00:00Z")] }) }, "AwaitingCut until 2026-11-30T00:00:00Z", "17.2.3 waits for the next patch cut"],
  ["TooYoung", "a release is too young", "Patch", { channel: channelOf({ releases: [release("17.2.3", "2026-11-23T12:00:00Z")] }) }, "TooYoung until 2026-11-30T00:00:00Z", "17.2.3 is too young"],
  ["LineNotOpen", "the next line has not opened", "Major", { channel: channelOf({ releases: [release("17.2.1"), release("18.1.0", "2026-11-04T12:00:00Z")] }) }, "LineNotOpen until 2026-11-30T00:00:00Z", "line 18 has not opened"],
  ["PinnedBelow", "maxMajor is below the next line", "Major", { ...MAJOR, maxMajor: 17 }, "PinnedBelow", "spec.upgrades.maxMajor keeps the tenant at 17"],
  ["NoPath", "the next line is missing", "Major", { channel: channelOf({ releases: [release("17.2.1"), release("19.1.0")] }) }, "NoPath", "line 18 is missing from the channel, though a later one exists"],
  ["ReleaseWithdrawn", "what it would go to was withdrawn", "Patch", { channel: channelOf({ releases: [release("17.2.3", undefined, WITHDRAWN)] }) }, "ReleaseWithdrawn", "every newer release of the line was withdrawn"],
  ["AgentsBehind", "an agent is behind", "Major", { ...MAJOR, agents: { ...agentsFine(NOW), status: behind(5) } }, "AgentsBehind", "agents must run 17 first: a (h) at 16.0.0"],
  ["InventoryUnknown", "the inventory cannot be read", "Major", { ...MAJOR, agents: knowledge({ kind: "failed", message: "tctl exited with 1", askedAt: NOW }) }, "InventoryUnknown", "tctl exited with 1"],
  ["ConcurrencyLimit", "no slot is free", "Patch", { ...PATCH, slotFree: false }, "ConcurrencyLimit", "as many upgrades run as spec.rollout.maxParallel allows"],
  ["ReleaseHalted", "the release failed on too many tenants", "Patch", { channel: channelOf({ releases: [release("17.2.3")], status: failedOn("17.2.3", 2) }) }, "ReleaseHalted", "17.2.3 failed on too many tenants"],
  ["MinimumInterval", "the last upgrade was less than 20 hours ago", "Patch", { ...PATCH, history: [pastAttempt("2026-11-23T07:00:00Z")] }, "MinimumInterval until 2026-11-24T03:00:00Z", "the last upgrade was less than the Patch lane's minimum interval ago"],
  ["MinimumInterval", "the last major was less than 30 days ago", "Major", { ...MAJOR, history: [pastAttempt("2026-11-10T02:00:00Z", { class: "Major" })] }, "MinimumInterval until 2026-12-10T02:00:00Z", "the last upgrade was less than the Major lane's minimum interval ago"],
  ["ClockUntrusted", "the operator's clock cannot be believed", "Patch", { ...PATCH, clockTrusted: false }, "ClockUntrusted", "the operator's clock and the API server's differ, or cannot be compared"],
  ["ClockUntrusted", "nor for a major", "Major", { ...MAJOR, clockTrusted: false }, "ClockUntrusted", "the operator's clock and the API server's differ, or cannot be compared"],
];

describe("every hold", () => {
  it.each(TABLE)("%s: %s", (_code, _why, lane, input, expected, message, now) => {
    const instant = now === undefined ? NOW : at(now);
    const { holds } = laneOf(lane, { agents: agentsFine(instant), ...input }, instant);
    expect(holds.map(told)).toEqual([expected]);
    expect(holds.map((hold) => hold.message)).toEqual([message]);
  });

  it.each([
    ["NotProvisioned", { provisioned: false }, "the tenant was never Ready yet"],
    ["NotProvisioned", { provisioned: false, version: undefined, plan: false }, undefined],
    ["VersionUnknown", { version: undefined }, "the tenant has data, but the version that wrote it cannot be derived"],
  ] as const)("%s holds unless there is nothing to hold: %j", (code, input, message) => {
    const { holds } = laneOf("Patch", { ...PATCH, ...input });
    expect(holds).toEqual(message === undefined ? [] : [{ code, message, scope: "Tenant", source: { kind: "Tenant", name: "acme" } }]);
  });

  it("of the API is in the table, or told by a test of its own", () => {
    const inTable = new Set<string>(TABLE.map(([code]) => code));
    const elsewhere = ["NotProvisioned", "OtherLaneFirst", "ApprovalRequired", "WaveNotReached", "TenantHalted"];
    expect(Object.keys(HOLDS).filter((code) => !inTable.has(code))).toEqual(elsewhere);
  });

  it("Suspended holds both lanes, also of a tenant that has nothing to go to", () => {
    const { patch, major, start } = decideLanes(viewOf({ channel: channelOf({ releases: [release("17.2.1")] }), suspension: "Wanted" }), NOW);
    expect([patch.holds, major.holds].map((holds) => holds.map(told))).toEqual([["Suspended"], ["Suspended"]]);
    expect(start).toBeUndefined();
  });

  it("InventoryUnknown is not told where nobody can be asked, while Auth is off: a new process has read nothing", () => {
    const agents = { status: behind(5), lastRead: { kind: "never" as const }, rememberForMs: HOUR, maxAgeMs: HOUR };
    const codes = (state: Pick<ViewInput, "suspension">) => laneOf("Major", { ...MAJOR, ...state, agents }).holds.map(({ code }) => code);
    expect(codes({})).toContain("InventoryUnknown");
    for (const suspension of ["Wanted", "Resuming"] as const) expect(codes({ suspension })).toEqual(["Suspended", "AgentsBehind"]);
  });

  it("ClockUntrusted is of the whole fleet, has no known end, and nobody lifts it", () => {
    const { holds, nextEligibleAt } = laneOf("Patch", { ...PATCH, clockTrusted: false });
    expect(holds).toMatchObject([{ scope: "Fleet", source: { kind: "Operator", name: "slacktide" } }]);
    expect([holds[0]?.until, nextEligibleAt, isLiftable("ClockUntrusted")]).toEqual([undefined, undefined, false]);
  });

  it("holds no time and no counter in its message", () => {
    const messages = TABLE.flatMap(([, , lane, input, , , now]) => laneOf(lane, input, now === undefined ? NOW : at(now)).holds.map((hold) => hold.message));
    expect(messages.filter((message) => /\d{4}-\d\d-\d\d|\d\d:\d\d|\b\d+ (of|tenants|agents|minutes|hours)\b/.test(message))).toEqual([]);
  });

  it.each<[HoldCode, boolean]>([
    ["AgentsBehind", false],
    ["InventoryUnknown", false],
    ["UpgradeRunning", false],
    ["ConcurrencyLimit", false],
    ["PinnedBelow", false],
    ["OutsideWindow", true],
    ["ReleaseHalted", true],
    ["AwaitingCut", true],
  ])("%s can be lifted by an Approval: %s", (code, expected) => {
    expect(isLiftable(code)).toBe(expected);
  });
});

describe("every gate is asked every time", () => {
  it("so that clearing one hold never uncovers another", () => {
    const everything: ViewInput = {
      ...MAJOR,
      deleting: true,
      provisioned: false,
      ready: false,
      upgrade: RUNNING,
      maxMajor: 17,
      windows: bound(windowOf({ duration: "30m" })),
      agents: knowledge({ kind: "never" }, { status: behind(5) }),
      history: [pastAttempt("2026-11-20T02:00:00Z", { class: "Major", succeeded: false, finishedAt: NOW })],
      slotFree: false,
    };
    expect(laneOf("Major", everything).holds.map((hold) => hold.code)).toEqual([
      "NotProvisioned",
      "Suspended",
      "Unhealthy",
      "UpgradeRunning",
      "PinnedBelow",
      "WindowTooShort",
      "RetryNextOpening",
      "AgentsBehind",
      "InventoryUnknown",
      "MinimumInterval",
      "ConcurrencyLimit",
    ]);
  });
});

describe("what holds one lane only", () => {
  it("the patch lane looks neither at agents nor at health", () => {
    expect(laneOf("Patch", { ...PATCH, ready: false, agents: knowledge({ kind: "never" }, { status: behind(5) }) }).holds).toEqual([]);
  });

  it("patches do not count against the major's minimum interval, majors do against the patch's", () => {
    expect(laneOf("Major", { ...MAJOR, history: [pastAttempt(NOW - DAY)] }).holds).toEqual([]);
    expect(laneOf("Patch", { ...PATCH, history: [pastAttempt(NOW - HOUR, { class: "Major" })] }).holds.map((hold) => hold.code)).toEqual(["MinimumInterval"]);
  });

  it("Security waits for no minimum interval, but for everything else", () => {
    const channel = channelOf({ releases: [release("17.2.3", undefined, SECURITY)] });
    const history = [pastAttempt(NOW - HOUR), { class: "Patch", to: "17.2.3", succeeded: false, finishedAt: NOW } as const];
    expect(laneOf("Patch", { channel, history: history.slice(0, 1) }).holds).toEqual([]);
    expect(laneOf("Patch", { channel, history, slotFree: false }).holds.map((hold) => hold.code)).toEqual(["RetryNextOpening", "ConcurrencyLimit"]);
    expect(laneOf("Patch", { channel }, NOW + 5 * HOUR).holds.map((hold) => hold.code)).toEqual(["OutsideWindow"]);
  });

  it("the minimum interval ends to the millisecond, and runs from the disruptive instant", () => {
    const history = [pastAttempt(NOW - 20 * HOUR + 1), { class: "Patch", to: "17.2.0", succeeded: true, finishedAt: NOW } as const];
    expect(laneOf("Patch", { ...PATCH, history }).holds.map(told)).toEqual(["MinimumInterval until 2026-11-24T02:00:00.001Z"]);
    expect(laneOf("Patch", { ...PATCH, history }, NOW + 1).holds).toEqual([]);
  });

  it("a minimum interval that is no length has no end", () => {
    const channel = channelOf({ releases: [release("17.2.3")], spec: { patch: { minInterval: "long" } } });
    expect(laneOf("Patch", { channel, history: [pastAttempt("2026-01-01T00:00:00Z")] }).holds.map(told)).toEqual(["MinimumInterval"]);
  });

  it("windows of the other lane neither open nor close it", () => {
    const windows = bound(windowOf({ lanes: ["Major"], schedule: "0 4 * * 2" }, "late"), windowOf({ lanes: ["Patch"] }));
    expect(laneOf("Patch", { ...PATCH, windows }).opening).toEqual({ window: "tuesday", opensAt: NOW, closesAt: NOW + 4 * HOUR });
    expect(laneOf("Major", { ...MAJOR, windows }).holds.map(told)).toEqual(["OutsideWindow until 2026-11-24T04:00:00Z"]);
  });

  it("a valid window beside a broken one is enough", () => {
    expect(laneOf("Patch", { ...PATCH, windows: { ...bound(windowOf()), invalid: [invalid], missing: ["absent"] } }).holds).toEqual([]);
  });

  it("slots are asked about only while a window is open", () => {
    expect(laneOf("Patch", { ...PATCH, slotFree: false }, NOW - HOUR).holds.map((hold) => hold.code)).toEqual(["OutsideWindow"]);
  });
});

describe("an attempt that did not succeed", () => {
  const failed = { class: "Patch", to: "17.2.3", succeeded: false, finishedAt: NOW + HOUR } as const;
  it.each<[why: string, lane: Lane, input: ViewInput, now: number, expected: string[]]>([
    ["holds its lane until the next opening", "Patch", { ...PATCH, history: [failed] }, NOW + 2 * HOUR, ["RetryNextOpening"]],
    ["holds no longer in the next opening", "Patch", { ...PATCH, history: [failed] }, NOW + 7 * DAY, []],
    ["holds no longer in one that began since, inside the same stretch", "Patch", { ...PATCH, history: [failed], windows: bound(windowOf(), windowOf({ schedule: "30 3 * * 2" }, "later")) }, NOW + 2 * HOUR, []],
    ["leaves the other lane alone", "Major", { ...MAJOR, history: [failed] }, NOW + 2 * HOUR, []],
    ["of class Security holds the patch lane", "Patch", { ...PATCH, history: [{ ...failed, class: "Security" }] }, NOW + 2 * HOUR, ["RetryNextOpening"]],
    ["that ended before the opening does not hold it", "Patch", { ...PATCH, history: [{ ...failed, finishedAt: NOW - 1 }] }, NOW, []],
    ["holds even if it ended at the very start", "Patch", { ...PATCH, history: [{ ...failed, finishedAt: NOW }] }, NOW, ["RetryNextOpening"]],
  ])("%s", (_why, lane, input, now, expected) => {
    expect(laneOf(lane, { ...input, agents: agentsFine(now) }, now).holds.map((hold) => hold.code)).toEqual(expected);
  });
});

describe("if both lanes may start", () => {
  it("the major goes first", () => {
    const lanes = decideLanes(viewOf({ channel: BOTH_CHANNEL }), NOW);
    expect(lanes.patch.holds).toMatchObject([{ code: "OtherLaneFirst", message: "the major upgrade to 18.1.0 starts first" }]);
    expect(lanes.start).toMatchObject({ class: "Major", to: "18.1.0" });
  });

  it("a security patch goes before it", () => {
    const channel = channelOf({ releases: [release("17.2.1"), release("17.2.3", undefined, SECURITY), release("18.1.0")] });
    const lanes = decideLanes(viewOf({ channel }), NOW);
    expect(lanes.major.holds).toMatchObject([{ code: "OtherLaneFirst", message: "the security upgrade to 17.2.3 starts first" }]);
    expect(lanes.start).toMatchObject({ class: "Security", to: "17.2.3" });
  });

  it("a held major never blocks a patch", () => {
    const lanes = decideLanes(viewOf({ channel: BOTH_CHANNEL, agents: { ...agentsFine(NOW), status: behind(5) } }), NOW);
    expect(lanes.start).toMatchObject({ class: "Patch", to: "17.2.3" });
  });
});

describe("an opening pins its lanes", () => {
  const channel = channelOf({ releases: [release("17.2.1"), release("17.2.2"), release("17.2.3", "2026-11-22T12:00:00Z"), release("18.1.0", "2026-11-04T12:00:00Z")] });
  const now = at("2026-11-30T01:00:00Z");
  const sunday = windowOf({ schedule: "0 22 * * 0", duration: "4h" }, "sunday");

  it("to the target as of its start, until it closes", () => {
    const view = { channel, windows: bound(sunday), lines: linesFor(channel, "17.2.1", now), agents: agentsFine(now) };
    expect([laneOf("Patch", view, now), laneOf("Major", view, now)]).toMatchObject([
      { target: "17.2.2", next: { version: "17.2.3", eligibleAt: now + HOUR } },
      { holds: [{ code: "LineNotOpen", until: now + HOUR }], nextEligibleAt: at("2026-12-06T22:00:00Z") },
    ]);
    expect(laneOf("Patch", view, now + HOUR)).toMatchObject({ target: "17.2.3", window: { open: false } });
  });

  it("until the next one begins inside the same stretch", () => {
    const windows = bound(sunday, windowOf({ schedule: "30 1 * * 1", duration: "1h" }, "monday"));
    expect(laneOf("Patch", { channel, windows, version: "17.2.2" }, now)).toMatchObject({ holds: [{ code: "AwaitingCut", until: now + 30 * MINUTE }], nextEligibleAt: now + 30 * MINUTE });
    expect(laneOf("Patch", { channel, windows, version: "17.2.2", maxMajor: 17 }, now + 30 * MINUTE)).toMatchObject({ target: "17.2.3", holds: [] });
  });

  it("so that a cut inside an opening leads to the opening after it", () => {
    expect(laneOf("Patch", { channel, windows: bound(sunday), version: "17.2.2" }, at("2026-11-28T00:00:00Z"))).toMatchObject({
      holds: [{ code: "AwaitingCut", until: at("2026-11-30T00:00:00Z") }, { code: "OutsideWindow" }],
      nextEligibleAt: at("2026-12-06T22:00:00Z"),
    });
  });
});

describe("nextEligibleAt is the earliest instant at which all timed gates pass together", () => {
  const history = (disruptiveAt: string) => [pastAttempt(disruptiveAt)];
  it.each<[why: string, lane: Lane, input: ViewInput, now: string, expected: string | undefined]>([
    ["nothing holds: none", "Patch", PATCH, TUESDAY_2AM, undefined],
    ["outside the window: its next start", "Patch", PATCH, "2026-11-25T00:00:00Z", NEXT_TUESDAY],
    ["too late in the opening: the next one that fits", "Patch", PATCH, "2026-11-24T05:50:00Z", NEXT_TUESDAY],
    ["only the longer of two openings fits", "Major", { ...MAJOR, windows: bound(windowOf({ duration: "30m" }), windowOf({ schedule: "0 2 * * 5", duration: "45m" }, "friday")) }, TUESDAY_2AM, "2026-11-27T02:00:00Z"],
    ["no opening ever fits: none", "Major", { ...MAJOR, windows: bound(windowOf({ duration: "30m" })) }, TUESDAY_2AM, undefined],
    ["an interval that ends inside the opening", "Patch", { ...PATCH, history: history("2026-11-23T07:00:00Z") }, TUESDAY_2AM, "2026-11-24T03:00:00Z"],
    ["an interval that ends just in time to fit", "Patch", { ...PATCH, history: history("2026-11-23T09:40:00Z") }, TUESDAY_2AM, "2026-11-24T05:40:00Z"],
    ["an interval that ends too late in the opening", "Patch", { ...PATCH, history: history("2026-11-23T09:41:00Z") }, TUESDAY_2AM, NEXT_TUESDAY],
    ["two timed holds: the later", "Major", { ...MAJOR, history: [pastAttempt("2026-11-17T02:00:00Z", { class: "Major" })] }, "2026-11-25T00:00:00Z", "2026-12-22T02:00:00Z"],
    ["a hold without an end: none", "Major", { ...MAJOR, ready: false }, "2026-11-25T00:00:00Z", undefined],
    ["no window: none", "Patch", { ...PATCH, windows: NO_WINDOW }, TUESDAY_2AM, undefined],
    ["a failed attempt: the next opening", "Patch", { ...PATCH, history: [{ class: "Patch", to: "17.2.3", succeeded: false, finishedAt: NOW }] }, TUESDAY_2AM, NEXT_TUESDAY],
    ["a release too young: the first opening after its cut", "Patch", { channel: channelOf({ releases: [release("17.2.3", "2026-11-23T12:00:00Z")] }) }, TUESDAY_2AM, NEXT_TUESDAY],
    ["a window that opens for the last time too early: none", "Patch", { channel: channelOf({ releases: [release("17.2.3", "2026-11-23T12:00:00Z")] }), windows: bound(windowOf({ until: "2026-11-30T00:00:00Z" })) }, TUESDAY_2AM, undefined],
    [
      "a security release in the middle of an opening: at once",
      "Patch",
      { channel: channelOf({ releases: [release("17.2.3", "2026-11-24T01:00:00Z", SECURITY)], spec: { security: { minAge: "2h" } } }) },
      TUESDAY_2AM,
      "2026-11-24T03:00:00Z",
    ],
  ])("%s", (_why, lane, input, now, expected) => {
    expect(shown(laneOf(lane, { agents: agentsFine(at(now)), ...input }, at(now)).nextEligibleAt)).toBe(expected);
  });

  it("is when the lane starts, and not a millisecond earlier", () => {
    const input: ViewInput = { ...PATCH, history: history("2026-11-23T07:00:00Z") };
    const from = laneOf("Patch", input).nextEligibleAt ?? 0;
    expect([mayStart(laneOf("Patch", input, from - 1)), mayStart(laneOf("Patch", input, from))]).toEqual([false, true]);
  });

  it("walks the openings 400 days ahead", () => {
    expect(nextStarts({ windows: [windowOf({ schedule: "0 0 29 2 *" })], closures: [], predictedMs: 0, now: NOW })).toEqual({});
    expect(nextStarts({ windows: [windowOf()], closures: [], predictedMs: 5 * HOUR, now: NOW })).toEqual({ next: at(NEXT_TUESDAY) });
  });
});

describe("a lane fits", () => {
  it.each<[why: string, duration: string, now: number, expected: Fit]>([
    ["if a later opening is long enough", "45m", NOW - DAY, "Fits"],
    ["if this one is", "45m", NOW, "Fits"],
    ["not if none is", "44m", NOW, "None"],
  ])("%s", (_why, duration, now, expected) => {
    expect(laneOf("Major", { ...MAJOR, windows: bound(windowOf({ duration })), agents: agentsFine(now) }, now).fit).toBe(expected);
  });

  it("if the present one is the last and long enough", () => {
    expect(laneOf("Major", { ...MAJOR, windows: bound(windowOf({ until: "2026-11-25T00:00:00Z" })) }).fit).toBe("Fits");
  });
});
