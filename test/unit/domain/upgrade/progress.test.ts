import { describe, expect, it } from "vitest";
import { attemptOf, begin, progress, recordOf, resume, underWay, versionAfter } from "../../../../src/domain/upgrade/progress.ts";
import { SECOND } from "../../../../src/domain/time.ts";
import { slotOf, upgradeOf } from "../../../fixtures/attempt.ts";
import { workloadsAt } from "../../../fixtures/workloads.ts";
import { at } from "../../../fixtures/time.ts";

const DISRUPTIVE = "2026-11-24T02:01:00Z";
const NOW = at("2026-11-24T02:05:00Z");
const { step: _step, ...RECORD } = upgradeOf({ disruptiveAt: DISRUPTIVE });
const AUTH = workloadsAt("17.2.1").auth;
const record = { ...RECORD, disruptiveAt: DISRUPTIVE };

describe("an attempt begins", () => {
  it("with its slot, at the preflight", () => {
    expect(begin(slotOf(), { recorded: undefined, auth: AUTH })).toEqual(upgradeOf());
  });

  it("where its workloads remember it, if they do", () => {
    const recorded = { ...record, predictedEndAt: "2026-11-24T02:12:00Z" };
    expect(begin(slotOf(), { recorded, auth: AUTH })).toEqual(upgradeOf({ step: "Auth", disruptiveAt: DISRUPTIVE, predictedEndAt: "2026-11-24T02:12:00Z" }));
  });

  it("anew, if they remember another", () => {
    expect(begin(slotOf(), { recorded: { ...record, id: "other" }, auth: AUTH })).toEqual(upgradeOf());
  });

  it("has begun if Auth runs its version, though somebody took the record off it", () => {
    const { claimedAt, from, to } = slotOf();
    expect(begin(slotOf(), { recorded: undefined, auth: workloadsAt(to).auth })).toEqual(upgradeOf({ step: "Auth", disruptiveAt: claimedAt }));
    expect(begin(slotOf(), { recorded: undefined, auth: workloadsAt(from).auth })).toEqual(upgradeOf());
    expect(begin(slotOf(), { recorded: undefined, auth: { ...AUTH, exists: false } }), "or removed Auth").toEqual(upgradeOf({ step: "Auth", disruptiveAt: claimedAt }));
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
    expect(underWay({ slot: slotOf(), halfWay: undefined, lastAttempt: undefined, auth: AUTH })).toEqual(begin(slotOf(), { recorded: undefined, auth: AUTH }));
    expect(underWay({ slot: slotOf(), halfWay: record, lastAttempt: record, auth: AUTH })).toEqual(begin(slotOf(), { recorded: record, auth: AUTH }));
  });

  it("is the one that left the workloads half way, whatever was claimed since", () => {
    expect(underWay({ slot: slotOf({ attempt: "later" }), halfWay: record, lastAttempt: record, auth: AUTH })).toEqual(resume(record));
    expect(underWay({ slot: undefined, halfWay: record, lastAttempt: record, auth: AUTH })).toEqual(resume(record));
  });

  it("is none without a slot while the workloads agree", () => {
    expect(underWay({ slot: undefined, halfWay: undefined, lastAttempt: record, auth: AUTH })).toBeUndefined();
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
    const announce = { kind: "announce", predictedEndAt: at("2026-11-24T02:12:00Z") + 999 } as const;
    expect(progress(upgradeOf(), announce, at(DISRUPTIVE) + 999)).toEqual({ kind: "running", upgrade: upgradeOf({ step: "Auth", disruptiveAt: DISRUPTIVE, predictedEndAt: "2026-11-24T02:12:00Z" }) });
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
    const actions = [{ kind: "preflight" }, { kind: "readInventory" }, { kind: "wait", step: "Auth", message: "" }, { kind: "roll", workload: "auth", version: "17.2.3", back: false }] as const;
    expect(actions.map((action) => progress(upgradeOf(), action, NOW))).toEqual(actions.map(() => ({ kind: "running", upgrade: upgradeOf() })));
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
    const entry = { id, class: upgradeClass, from, to, claimedAt, result, finishedAt: "2026-11-24T02:05:00Z", window: "tuesday", message: "why", ...(disrupted && { disruptiveAt: DISRUPTIVE }) };
    expect(ended).toEqual({ kind: "ended", entry });
    expect(versionAfter({ result, from, to })).toBe(version);
  });

  it("that tells whether it was paused or stuck", () => {
    const ended = progress(upgradeOf({ pausedAt: DISRUPTIVE, stuckSince: "2026-11-24T02:04:00Z" }), { kind: "finish", result: "Succeeded" }, NOW);
    expect(ended).toMatchObject({ entry: { pausedAt: DISRUPTIVE, stuckSince: "2026-11-24T02:04:00Z" } });
  });

  it("without a message if there is nothing to say", () => {
    expect(progress(upgradeOf(), { kind: "finish", result: "Succeeded" }, NOW)).not.toHaveProperty("entry.message");
  });
});
