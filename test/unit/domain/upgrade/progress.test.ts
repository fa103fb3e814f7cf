import { describe, expect, it } from "vitest";
import type { UpgradeStatus } from "../../../../src/api/index.ts";
import { attemptOf, begin, caughtUp, isGivenUp, progress, recordOf, resume, underWay, versionAfter } from "../../../../src/domain/upgrade/progress.ts";
import type { Workload } from "../../../../src/domain/upgrade/workloads.ts";
import { MINUTE, SECOND } from "../../../../src/domain/time.ts";
import { slotOf, upgradeOf } from "../../../fixtures/attempt.ts";
import { workloadsAt } from "../../../fixtures/workloads.ts";
import { at } from "../../../fixtures/time.ts";

const DISRUPTIVE = "2026-11-24T02:01:00Z";
const NOW = at("2026-11-24T02:05:00Z");
const { step: _step, ...RECORD } = upgradeOf({ disruptiveAt: DISRUPTIVE });
const AUTH = workloadsAt("17.2.1").auth;
const GONE: Workload = { ...AUTH, exists: false, podVersions: [] };
const record = { ...RECORD, disruptiveAt: DISRUPTIVE };

describe("an attempt begins", () => {
  it("with its slot, at the preflight", () => {
    expect(begin(slotOf(), { recorded: undefined, auth: AUTH, isBackedUp: false })).toEqual(upgradeOf());
  });

  it("where its workloads remember it, if they do", () => {
    const recorded = { ...record, predictedEndAt: "2026-11-24T02:12:00Z" };
    expect(begin(slotOf(), { recorded, auth: AUTH, isBackedUp: false })).toEqual(upgradeOf({ step: "Auth", disruptiveAt: DISRUPTIVE, predictedEndAt: "2026-11-24T02:12:00Z" }));
  });

  it("anew, if they remember another", () => {
    expect(begin(slotOf(), { recorded: { ...record, id: "other" }, auth: AUTH, isBackedUp: false })).toEqual(upgradeOf());
  });

  it("has begun if Auth runs its version, though somebody took the record off it", () => {
    const { claimedAt, from, to } = slotOf();
    expect(begin(slotOf(), { recorded: undefined, auth: workloadsAt(to).auth, isBackedUp: false })).toEqual(upgradeOf({ step: "Auth", disruptiveAt: claimedAt }));
    expect(begin(slotOf(), { recorded: undefined, auth: workloadsAt(from).auth, isBackedUp: false })).toEqual(upgradeOf());
    expect(begin(slotOf(), { recorded: undefined, auth: GONE, isBackedUp: false }), "or removed Auth").toEqual(upgradeOf({ step: "Auth", disruptiveAt: claimedAt }));
  });

  it("of class Major has not, without Auth, before its restore point is whole", () => {
    const major = slotOf({ class: "Major", to: "18.1.0" });
    const step = (isBackedUp: boolean, auth = GONE) => begin(major, { recorded: undefined, auth, isBackedUp }).step;
    expect([step(false), step(true), step(false, workloadsAt("18.1.0").auth)]).toEqual(["Preflight", "Auth", "Auth"]);
  });

  it("from its workloads alone, and says the same that it records", () => {
    const resumed = resume(record);
    expect(resumed).toEqual(upgradeOf({ step: "Auth", disruptiveAt: DISRUPTIVE }));
    const images = { auth: "sha256:abc" };
    expect([recordOf(resumed, images), recordOf(upgradeOf(), images)]).toEqual([{ ...record, images }, undefined]);
  });
});

describe("an attempt that status does not tell of", () => {
  it("is that of the slot, remembered by the workloads or not", () => {
    expect(underWay({ slot: slotOf(), halfWay: undefined, lastAttempt: undefined, auth: AUTH, isBackedUp: false })).toEqual(begin(slotOf(), { recorded: undefined, auth: AUTH, isBackedUp: false }));
    expect(underWay({ slot: slotOf(), halfWay: record, lastAttempt: record, auth: AUTH, isBackedUp: false })).toEqual(begin(slotOf(), { recorded: record, auth: AUTH, isBackedUp: false }));
  });

  it("is the one that left the workloads half way, whatever was claimed since", () => {
    expect(underWay({ slot: slotOf({ attempt: "later" }), halfWay: record, lastAttempt: record, auth: AUTH, isBackedUp: false })).toEqual(resume(record));
    expect(underWay({ slot: undefined, halfWay: record, lastAttempt: record, auth: AUTH, isBackedUp: false })).toEqual(resume(record));
  });

  it("is none without a slot while the workloads agree", () => {
    expect(underWay({ slot: undefined, halfWay: undefined, lastAttempt: record, auth: AUTH, isBackedUp: false })).toBeUndefined();
  });
});

describe("an announcement", () => {
  it.each([
    [undefined, 0, false],
    [DISRUPTIVE, 0, true],
    [DISRUPTIVE, 60 * SECOND, true],
    [DISRUPTIVE, 60 * SECOND + 1, false],
  ])("of %s counts %i ms later: %s", (disruptiveAt, laterMs, expected) => {
    const upgrade = upgradeOf(disruptiveAt === undefined ? {} : { disruptiveAt });
    expect(attemptOf(upgrade, at(DISRUPTIVE) + laterMs).announced).toBe(expected);
  });

  it("is written with its instant and the end that is predicted now, in whole seconds", () => {
    const announce = { kind: "announce", predictedEndAt: at("2026-11-24T02:12:00Z") + 999, approvals: [] } as const;
    expect(progress(upgradeOf(), announce, at(DISRUPTIVE) + 999)).toEqual({ kind: "running", upgrade: upgradeOf({ step: "Auth", disruptiveAt: DISRUPTIVE, predictedEndAt: "2026-11-24T02:12:00Z" }) });
  });

  it.each([
    [["early"], ["late"], ["early", "late"]],
    [["early"], ["early"], ["early"]],
    [undefined, ["late"], ["late"]],
    [undefined, [], undefined],
  ])("claimed by approvals %j and begun by %j rests on %j", (claimed, begun, expected) => {
    const announce = { kind: "announce", predictedEndAt: NOW, approvals: begun } as const;
    const after = progress(upgradeOf(claimed && { approvals: claimed }), announce, NOW);
    expect(after.kind === "running" && after.upgrade.approvals).toEqual(expected);
  });
});

describe("what is said", () => {
  it("is the step, why it failed and since when it is stuck", () => {
    expect(progress(upgradeOf(), { kind: "say", step: "Proxy" }, NOW)).toEqual({ kind: "running", upgrade: upgradeOf({ step: "Proxy" }) });
    const stuck = progress(upgradeOf(), { kind: "say", step: "Auth", failure: "slow", stuck: true }, NOW);
    expect(stuck).toEqual({ kind: "running", upgrade: upgradeOf({ step: "Auth", failure: "slow", stuckSince: "2026-11-24T02:05:00Z" }) });
    expect(stuck.kind === "running" && attemptOf(stuck.upgrade, NOW)).toMatchObject({ stuck: true, failure: "slow", announced: false });
  });

  it("is when a freeze first paused it, whatever pauses it later", () => {
    const pause = { kind: "pause", freeze: "audit", until: NOW } as const;
    expect(progress(upgradeOf(), pause, NOW)).toEqual({ kind: "running", upgrade: upgradeOf({ pausedAt: "2026-11-24T02:05:00Z" }) });
    expect(progress(upgradeOf({ pausedAt: DISRUPTIVE }), pause, NOW)).toEqual({ kind: "running", upgrade: upgradeOf({ pausedAt: DISRUPTIVE }) });
  });

  it("stays as it is while something is done or waited for", () => {
    const actions = [{ kind: "preflight", version: "17.2.3" }, { kind: "readInventory" }, { kind: "wait", step: "Auth", message: "" }, { kind: "roll", workload: "auth", version: "17.2.3", back: false }] as const;
    expect(actions.map((action) => progress(upgradeOf(), action, NOW))).toEqual(actions.map(() => ({ kind: "running", upgrade: upgradeOf() })));
  });
});

describe("a major that is stuck and goes on to a newer release", () => {
  const T1 = "2026-11-24T02:16:00Z";
  const stuck = upgradeOf({ class: "Major", to: "18.1.2", step: "Proxy", disruptiveAt: DISRUPTIVE, stuckSince: T1, failure: "home did not become Ready", approvals: ["chg-1"] });
  const goOn = (upgrade: UpgradeStatus, version: string, approvals: readonly string[] = []) => {
    const after = progress(upgrade, { kind: "goOn", onward: { version, approvals } }, NOW);
    return after.kind === "running" ? after.upgrade : undefined;
  };
  const { failure: _failure, ...rest } = stuck;
  const went: UpgradeStatus = { ...rest, to: "18.1.3", step: "Auth", stuckOn: [{ version: "18.1.2", since: T1 }], rolledForward: ["18.1.3"] };

  it("keeps its id, says what it left and since when, and begins with Auth", () => {
    expect(goOn(stuck, "18.1.3")).toEqual(went);
    expect(goOn(stuck, "18.1.3", ["chg-1", "chg-2"])).toEqual({ ...went, approvals: ["chg-1", "chg-2"] });
  });

  it("is no longer given up on, and can be again", () => {
    expect([isGivenUp(stuck), isGivenUp(went), attemptOf(went, NOW)]).toMatchObject([true, false, { stuck: false, rolledForward: true }]);
    const again = progress(went, { kind: "say", step: "Auth", failure: "auth did not become Ready", stuck: true }, NOW);
    const twice = again.kind === "running" ? again.upgrade : went;
    expect([isGivenUp(twice), twice.stuckSince]).toEqual([true, "2026-11-24T02:05:00Z"]);
    expect(goOn(twice, "18.1.4")).toMatchObject({ to: "18.1.4", stuckOn: [...(went.stuckOn ?? []), { version: "18.1.3", since: "2026-11-24T02:05:00Z" }], rolledForward: ["18.1.3", "18.1.4"] });
  });

  it("passes one over that was barred before anything ran it: that one did not fail", () => {
    expect(goOn(went, "18.1.4")).toEqual({ ...went, to: "18.1.4", rolledForward: ["18.1.4"] });
  });

  it("ends with one entry, at the version that works", () => {
    const entry = progress(went, { kind: "finish", result: "Succeeded" }, NOW);
    expect(entry).toMatchObject({ kind: "ended", entry: { id: stuck.id, from: "17.2.1", to: "18.1.3", result: "Succeeded", stuckSince: T1, stuckOn: went.stuckOn } });
  });

  it("is known from its workloads, whichever of status and slot is older", () => {
    const recorded = recordOf(went, {});
    expect(recorded).toMatchObject({ id: stuck.id, to: "18.1.3", stuckOn: went.stuckOn });
    if (recorded === undefined) return;
    expect(caughtUp(stuck, recorded)).toEqual(went);
    expect([caughtUp(went, recorded), caughtUp(went, { ...recorded, to: "18.1.2" }), caughtUp(stuck, { ...recorded, id: "other" }), caughtUp(stuck, undefined)]).toEqual([went, went, stuck, stuck]);
    expect([caughtUp(stuck, { ...recorded, to: "19.0.0" }), caughtUp(stuck, { ...recorded, stuckOn: undefined })], "as somebody wrote it by hand").toEqual([stuck, stuck]);
    const { approvals: _approvals, ...unapproved } = went;
    expect(resume(recorded)).toEqual(unapproved);
    expect(begin(slotOf({ class: "Major", to: "18.1.2" }), { recorded, auth: AUTH, isBackedUp: false })).toEqual(unapproved);
  });
});

describe("an attempt ends with one entry", () => {
  it.each([
    ["Succeeded", true, "17.2.3"],
    ["RolledBack", true, "17.2.1"],
    ["RollbackFailed", true, "17.2.1"],
    ["Failed", false, "17.2.1"],
    ["Aborted", false, "17.2.1"],
  ] as const)("%s: it disrupted %s, and the tenant runs %s", (result, disrupted, version) => {
    const ended = progress(upgradeOf({ disruptiveAt: DISRUPTIVE }), { kind: "finish", result, message: "why" }, NOW);
    const { id, class: upgradeClass, from, to, claimedAt } = upgradeOf();
    const entry = { id, class: upgradeClass, from, to, claimedAt, result, finishedAt: "2026-11-24T02:05:00Z", window: "tuesday", message: "why", ...(disrupted && { disruptiveAt: DISRUPTIVE }), ...(result === "Failed" && { step: "Preflight" }) };
    expect(ended).toEqual({ kind: "ended", entry });
    expect(versionAfter({ result, from, to })).toBe(version);
  });

  it("that tells whether it was paused or stuck", () => {
    const ended = progress(upgradeOf({ pausedAt: DISRUPTIVE, stuckSince: "2026-11-24T02:04:00Z" }), { kind: "finish", result: "Succeeded" }, NOW);
    expect(ended).toMatchObject({ entry: { pausedAt: DISRUPTIVE, stuckSince: "2026-11-24T02:04:00Z" } });
  });

  it("not before it began, though the clock was set back meanwhile (I12)", () => {
    const ended = progress(upgradeOf({ disruptiveAt: DISRUPTIVE }), { kind: "finish", result: "RolledBack" }, NOW - 10 * MINUTE);
    expect(ended).toMatchObject({ entry: { finishedAt: DISRUPTIVE } });
  });

  it("without a message if there is nothing to say", () => {
    expect(progress(upgradeOf(), { kind: "finish", result: "Succeeded" }, NOW)).not.toHaveProperty("entry.message");
  });
});
