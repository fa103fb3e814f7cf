import { describe, expect, it } from "vitest";
import type { HistoryEntry, TenantStatus } from "../../../../src/api/index.ts";
import { attemptToResume, endedAttempt, isAttemptRecord, knownHistory, latestAttempt, runningState, type AttemptRecord, type Recorded } from "../../../../src/domain/tenant/recorded-state.ts";
import { pastAttempts } from "../../../../src/domain/tenant/view.ts";
import { instantOf } from "../../../../src/domain/time.ts";
import type { Workload, Workloads } from "../../../../src/domain/upgrade/workloads.ts";
import { entryOf, upgradeOf } from "../../../fixtures/attempt.ts";
import { at } from "../../../fixtures/time.ts";
import { workloadsAt } from "../../../fixtures/workloads.ts";

const { step: _step, ...base } = upgradeOf();
const ATTEMPT: AttemptRecord = { ...base, disruptiveAt: "2026-11-24T02:01:00Z" };

const GONE = { exists: false, podVersions: [] };

function withAuth(more: Partial<Workload>): Workloads {
  const workloads = workloadsAt("17.2.1");
  return { ...workloads, auth: { ...workloads.auth, ...more } };
}

function recorded(more: Partial<Recorded> = {}): Recorded {
  return { workloads: workloadsAt("17.2.1"), recordedVersions: [], hasData: false, available: true, ...more };
}

describe("the version that a tenant runs", () => {
  it.each<[why: string, status: TenantStatus | undefined, recorded: Partial<Recorded>, expected: { version?: string; provisioned: boolean }]>([
    ["is what status says", { version: "17.2.1" }, { settledVersion: "17.2.0", recordedVersions: ["17.2.3"] }, { version: "17.2.1", provisioned: true }],
    ["without its v", { version: "v17.2.1" }, {}, { version: "17.2.1", provisioned: true }],
    ["status lost: what its namespace records, available or not", undefined, { settledVersion: "17.2.1", recordedVersions: ["17.2.1", "17.2.1"], available: false }, { version: "17.2.1", provisioned: true }],
    ["a status that says no version counts as lost", { version: "broken" }, { settledVersion: "17.2.1" }, { version: "17.2.1", provisioned: true }],
    ["half way, the version that was left", {}, { settledVersion: "17.2.1", recordedVersions: ["17.2.3", "17.2.1"], lastAttempt: ATTEMPT }, { version: "17.2.1", provisioned: true }],
    ["all the way, and the namespace has not said so: the version that was left, for nobody knows whether they came up", {}, { settledVersion: "17.2.1", recordedVersions: ["17.2.3", "17.2.3"], lastAttempt: ATTEMPT }, { version: "17.2.1", provisioned: true }],
    ["the namespace's record lost as well: what its workloads record", undefined, { recordedVersions: ["17.2.3", "17.2.1"] }, { version: "17.2.1", provisioned: true }],
    ["while they are not available it may never have been Active", undefined, { recordedVersions: ["17.2.1"], available: false, hasData: true }, { version: "17.2.1", provisioned: false }],
    ["no record, but Auth runs: it wrote the data", undefined, { hasData: true, available: false }, { version: "17.2.1", provisioned: true }],
    ["no record and no data, but Auth runs: it is new, and keeps that version", undefined, { available: false }, { version: "17.2.1", provisioned: false }],
    ["no record, and Auth between two versions: which one wrote the data is unknown", undefined, { hasData: true, workloads: withAuth({ podVersions: ["17.2.1", "18.1.0"] }) }, { provisioned: true }],
    ["data, no record and no Auth: provisioned, the version unknown", undefined, { hasData: true, workloads: withAuth(GONE) }, { provisioned: true }],
    ["nothing at all: a new tenant", undefined, { workloads: withAuth(GONE) }, { provisioned: false }],
    ["no workloads record what the namespace does", undefined, { settledVersion: "17.2.1", lastAttempt: ATTEMPT }, { version: "17.2.1", provisioned: true }],
  ])("%s", (_why, status, more, expected) => {
    expect(runningState(status, recorded(more))).toEqual(expected);
  });
});

describe("the last attempt", () => {
  it("is the one that was claimed last, whichever workload records it", () => {
    const earlier = { ...ATTEMPT, id: "earlier", claimedAt: "2026-11-17T02:00:00Z" };
    expect(latestAttempt([earlier, ATTEMPT])).toBe(ATTEMPT);
    expect(latestAttempt([ATTEMPT, earlier])).toBe(ATTEMPT);
    expect(latestAttempt([])).toBeUndefined();
  });

  it("is as it was when it had come furthest", () => {
    const forward = { ...ATTEMPT, to: "17.2.10" };
    expect([latestAttempt([ATTEMPT, forward, ATTEMPT])?.to, latestAttempt([forward, ATTEMPT])?.to]).toEqual(["17.2.10", "17.2.10"]);
  });

  it("tells what it got stuck on, or counts as none if that was broken by hand", () => {
    const stuckOn = (value: unknown) => isAttemptRecord({ ...ATTEMPT, stuckOn: value });
    expect([stuckOn([{ version: "17.2.2", since: ATTEMPT.claimedAt }]), stuckOn([])]).toEqual([true, true]);
    expect([stuckOn("17.2.2"), stuckOn(["17.2.2"]), stuckOn([null]), stuckOn([{ version: "newest", since: ATTEMPT.claimedAt }]), stuckOn([{ version: "17.2.2", since: "lately" }])]).toEqual([false, false, false, false, false]);
  });
});

describe("an attempt that status has lost", () => {
  const halfWay = { lastAttempt: ATTEMPT, recordedVersions: ["17.2.3", "17.2.1"] };
  it.each<[why: string, status: TenantStatus | undefined, recorded: Partial<Recorded>, expected: AttemptRecord | undefined]>([
    ["goes on while its workloads are half way", undefined, halfWay, ATTEMPT],
    ["is not lost while status has one", { upgrade: upgradeOf() }, halfWay, undefined],
    ["is over if history has it", { history: [entryOf()] }, halfWay, undefined],
    ["is over if all arrived", {}, { ...halfWay, recordedVersions: ["17.2.3", "17.2.3"] }, undefined],
    ["is over if all went back", {}, { ...halfWay, recordedVersions: ["17.2.1", "17.2.1"] }, undefined],
    ["has rolled them all, and the namespace does not say that it has ended: whether they came up is not known", {}, { lastAttempt: ATTEMPT, settledVersion: "17.2.1", recordedVersions: ["17.2.3", "17.2.3"] }, expect.objectContaining({ id: ATTEMPT.id })],
    ["is none where status knows the version, whatever the namespace says", { version: "17.2.3" }, { lastAttempt: ATTEMPT, settledVersion: "17.2.1", recordedVersions: ["17.2.3", "17.2.3"] }, undefined],
    ["is none once the namespace says so", {}, { lastAttempt: ATTEMPT, settledVersion: "17.2.3", recordedVersions: ["17.2.3", "17.2.3"] }, undefined],
    ["is none if all went back", {}, { lastAttempt: ATTEMPT, settledVersion: "17.2.1", recordedVersions: ["17.2.1", "17.2.1"] }, undefined],
    ["is none if no workload remembers one", {}, { recordedVersions: ["17.2.3", "17.2.1"] }, undefined],
  ])("%s", (_why, status, more, expected) => {
    expect(attemptToResume(status, recorded(more))).toEqual(expected);
  });
});

describe("history, with the attempt that only the workloads remember (I12)", () => {
  const results = (status: TenantStatus | undefined, more: Partial<Recorded>) => knownHistory(status, recorded(more)).map((entry: HistoryEntry) => `${entry.id === ATTEMPT.id ? "it" : entry.id} ${entry.result}`);
  it.each<[why: string, status: TenantStatus | undefined, recorded: Partial<Recorded>, expected: string[]]>([
    ["nothing is remembered", undefined, {}, []],
    ["status knows it", { history: [entryOf({ result: "RolledBack" })] }, { lastAttempt: ATTEMPT }, ["it RolledBack"]],
    ["it is the one under way", { upgrade: upgradeOf() }, { lastAttempt: ATTEMPT }, []],
    ["status lost, all arrived", undefined, { lastAttempt: ATTEMPT, recordedVersions: ["17.2.3", "17.2.3"] }, ["it Succeeded"]],
    ["status lost, all went back: it must not look as if it had worked", undefined, { lastAttempt: ATTEMPT, recordedVersions: ["17.2.1", "17.2.1"] }, ["it RolledBack"]],
    ["history lost, the version says that it worked", { version: "17.2.3" }, { lastAttempt: ATTEMPT, recordedVersions: ["17.2.3"] }, ["it Succeeded"]],
    ["history lost, the version says that it did not", { version: "17.2.1", history: [entryOf({ id: "old" })] }, { lastAttempt: ATTEMPT, recordedVersions: ["17.2.1"] }, ["old Succeeded", "it RolledBack"]],
    ["history too short for it", { version: "17.2.1", history: [entryOf({ id: "new", finishedAt: "2026-12-24T02:20:00Z" })] }, { lastAttempt: ATTEMPT, recordedVersions: ["17.2.1"] }, ["new Succeeded", "it RolledBack"]],
    ["status older than it", { version: "17.2.1", history: [entryOf({ id: "old", finishedAt: "2026-11-17T02:20:00Z" })] }, { lastAttempt: ATTEMPT, recordedVersions: ["17.2.1"] }, ["it RolledBack", "old Succeeded"]],
  ])("%s", (_why, status, more, expected) => {
    expect(results(status, more)).toEqual(expected);
  });

  it("keeps the instant of its first write", () => {
    expect(knownHistory(undefined, recorded({ lastAttempt: ATTEMPT }))).toMatchObject([{ disruptiveAt: ATTEMPT.disruptiveAt, finishedAt: ATTEMPT.disruptiveAt, window: "tuesday" }]);
  });
});

describe("an attempt of class Config that only the workloads remember", () => {
  const config: AttemptRecord = { ...ATTEMPT, class: "Config", to: ATTEMPT.from };
  const by = { attempt: config.id };
  const at17 = (more: Parameters<typeof workloadsAt>[1]) => recorded({ lastAttempt: config, recordedVersions: ["17.2.1", "17.2.1"], workloads: workloadsAt("17.2.1", more) });

  it.each<[why: string, recorded: Recorded, expected: HistoryEntry["result"]]>([
    ["has succeeded if it rolled all of them", at17({ auth: by, abroad: by, home: by }), "Succeeded"],
    ["has not if it rolled some", at17({ auth: by, abroad: by }), "RolledBack"],
    ["nor if it took some back", at17({ auth: by, abroad: by, home: { ...by, rolledBack: true } }), "RolledBack"],
  ])("%s", (_why, known, expected) => {
    expect(knownHistory(undefined, known)).toMatchObject([{ class: "Config", result: expected }]);
    expect(attemptToResume(undefined, known)).toBeUndefined();
  });
});

describe("an annotation is an attempt's record", () => {
  it.each<[why: string, value: unknown, expected: boolean]>([
    ["as it was written", ATTEMPT, true],
    ["with the digests that it began with", { ...ATTEMPT, images: { auth: "sha256:aa" } }, true],
    ["not with digests that are none", { ...ATTEMPT, images: { auth: 1 } }, false],
    ["nor with a text for them", { ...ATTEMPT, images: "sha256:aa" }, false],
    ["not if it is none", null, false],
    ["not if it is a text", "attempt", false],
    ["not without its id", { ...ATTEMPT, id: undefined }, false],
    ["not with another class", { ...ATTEMPT, class: "Minor" }, false],
    ["not with a version that is none", { ...ATTEMPT, from: "old" }, false],
    ["not with an instant that is none", { ...ATTEMPT, disruptiveAt: "then" }, false],
    ["not without its opening", { ...ATTEMPT, opening: null }, false],
    ["not with half an opening", { ...ATTEMPT, opening: { window: "tuesday" } }, false],
    ["not with an opening that never opened", { ...ATTEMPT, opening: { ...ATTEMPT.opening, opensAt: 3 } }, false],
  ])("%s", (_why, value, expected) => {
    expect(isAttemptRecord(value)).toBe(expected);
  });
});

describe("past attempts", () => {
  it("are read from history, unreadable times left out", () => {
    expect(pastAttempts([entryOf({ disruptiveAt: "2026-11-24T02:01:00Z" }), entryOf({ id: "b", result: "Aborted", class: "Major" }), entryOf({ finishedAt: "soon" })], instantOf)).toEqual([
      { class: "Patch", to: "17.2.3", succeeded: true, disruptiveAt: at("2026-11-24T02:01:00Z"), finishedAt: at("2026-11-24T02:20:00Z") },
      { class: "Major", to: "17.2.3", succeeded: false, finishedAt: at("2026-11-24T02:20:00Z") },
    ]);
    expect(pastAttempts(undefined, instantOf)).toEqual([]);
  });
});

it("what an ended attempt is recorded as is the newest that disrupted the tenant", () => {
  const disrupting = entryOf({ id: "newer", disruptiveAt: "2026-11-24T02:05:00Z", result: "RolledBack" });
  const record = endedAttempt([entryOf({ id: "newest", result: "Aborted" }), disrupting, entryOf({ id: "older", disruptiveAt: "2026-11-17T02:05:00Z" })]);
  expect(record).toMatchObject({ id: "newer", disruptiveAt: "2026-11-24T02:05:00Z", opening: { window: "tuesday" } });
  expect(isAttemptRecord(JSON.parse(JSON.stringify(record)))).toBe(true);
  expect(endedAttempt([entryOf({ result: "Aborted" })])).toBeUndefined();
});
