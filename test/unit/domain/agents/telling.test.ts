import { describe, expect, it } from "vitest";
import { tellingReasons } from "../../../../src/api/index.ts";
import { isTold, scheduleToPublish, tellingChangesAt, tellingTerms, toldWish, type TellingFacts } from "../../../../src/domain/agents/telling.ts";
import { compileFreeze } from "../../../../src/domain/freeze/freeze.ts";
import { compileWindow, type Window } from "../../../../src/domain/window/window.ts";
import { entryOf, upgradeOf } from "../../../fixtures/attempt.ts";
import { channelOf, LONG_AGO, release, WITHDRAWN } from "../../../fixtures/channel.ts";
import { at } from "../../../fixtures/time.ts";
import { workloadsAt } from "../../../fixtures/workloads.ts";

const OPEN = at("2026-11-24T03:00:00Z");
const CLOSED = at("2026-11-24T12:00:00Z");
const WINDOW = compileWindow("tuesday", { schedule: "0 2 * * 2", duration: "4h", timeZone: "UTC", lanes: ["Patch", "Major"] }) as Window; // it is valid
const FREEZE = { until: "2026-12-01T00:00:00Z", lanes: ["Patch" as const], pauseRunning: false, exceptSecurity: false, owner: "sre", reason: "why" };
const freeze = (more: object = {}) => compileFreeze("f", { ...FREEZE, ...more }, at("2026-11-01T00:00:00Z"));
const security = entryOf({ class: "Security", to: "17.2.3" });

function facts(more: Partial<TellingFacts> = {}): TellingFacts {
  const channel = channelOf({ releases: [release("17.2.1"), release("17.2.3"), release("17.2.4", LONG_AGO, WITHDRAWN)] });
  return { autoUpdate: true, version: "17.2.3", provisioned: true, upgrade: undefined, history: [], workloads: workloadsAt("17.2.3"), windows: [WINDOW], freezes: [], channel, ...more };
}

describe("what decides what agents are told", () => {
  it("is nothing for a tenant that wants no updates", () => {
    expect(tellingTerms(facts({ autoUpdate: false }), CLOSED)).toBeUndefined();
  });

  it.each<[why: string, facts: Partial<TellingFacts>, version: string | undefined]>([
    ["the version it was settled at", {}, "17.2.3"],
    ["the one that it leaves, while an upgrade runs", { version: "17.2.1", upgrade: upgradeOf({ step: "Verify" }) }, "17.2.1"],
    ["the one that it came to, in the step Agents", { version: "17.2.1", upgrade: upgradeOf({ step: "Agents" }) }, "17.2.3"],
    ["none while it is being provisioned", { provisioned: false }, undefined],
    ["none while its version is not known", { version: undefined }, undefined],
  ])("%s", (_why, more, version) => {
    expect(tellingTerms(facts(more), CLOSED)?.version).toBe(version);
  });

  it("a release that was withdrawn, as far as the channel can be read", () => {
    expect(tellingTerms(facts({ version: "17.2.4" }), CLOSED)?.withdrawn).toBe(true);
    expect(tellingTerms(facts(), CLOSED)?.withdrawn).toBe(false);
    expect(tellingTerms(facts({ version: "17.2.4", channel: undefined }), CLOSED)?.withdrawn).toBe(false);
  });

  it.each<[why: string, frozen: boolean, freeze: object, facts: Partial<TellingFacts>]>([
    ["a freeze", true, {}, {}],
    ["not one that is to come", false, { from: "2026-11-25T00:00:00Z" }, {}],
    ["not one of majors alone", false, { lanes: ["Major"] }, {}],
    ["one that spares security upgrades, after another one", true, { exceptSecurity: true }, {}],
    ["not that one after a security upgrade", false, { exceptSecurity: true }, { history: [security] }],
    ["nor when its pods were renewed since", false, { exceptSecurity: true }, { history: [entryOf({ class: "Config", from: "17.2.3", to: "17.2.3" }), security] }],
  ])("%s", (_why, frozen, spec, more) => {
    expect(tellingTerms(facts({ freezes: [freeze(spec)], ...more }), CLOSED)?.frozen).toBe(frozen);
  });

  it("urgent is a security upgrade, and only in a window", () => {
    const urgent = (more: Partial<TellingFacts>, now: number) => tellingTerms(facts(more), now)?.urgentUntil !== undefined;
    expect([urgent({ history: [security] }, OPEN), urgent({ history: [security] }, CLOSED)]).toEqual([true, false]);
    expect(urgent({ history: [entryOf({ to: "17.2.3" })] }, OPEN)).toBe(false);
    expect(urgent({ history: [entryOf({ class: "Security", to: "17.2.1" })] }, OPEN)).toBe(false);
    expect(urgent({ history: [{ ...security, result: "RolledBack" }] }, OPEN)).toBe(false);
    expect(urgent({ version: "17.2.1", upgrade: upgradeOf({ class: "Security", step: "Agents" }) }, OPEN)).toBe(true);
    expect(urgent({ version: "17.2.1", upgrade: upgradeOf({ class: "Security", step: "Verify" }) }, OPEN)).toBe(false);
    expect(urgent({ version: undefined, history: [security] }, OPEN)).toBe(false);
  });

  it("until the window closes, or a freeze begins that spares no security upgrade", () => {
    const until = (...freezes: object[]) => tellingTerms(facts({ history: [security], freezes: freezes.map(freeze) }), OPEN)?.urgentUntil;
    expect(until()).toBe(at("2026-11-24T06:00:00Z"));
    expect(until({ from: "2026-11-24T05:00:00Z" }, { from: "2026-11-24T07:00:00Z" })).toBe(at("2026-11-24T05:00:00Z"));
    expect(until({ from: "2026-11-24T05:00:00Z", exceptSecurity: true }, { from: "2026-11-24T05:00:00Z", lanes: ["Major"] })).toBe(at("2026-11-24T06:00:00Z"));
  });

  it("may change when an opening ends or begins, or a freeze does, and at no instant that has passed", () => {
    const next = (now: number, ...freezes: object[]) => tellingChangesAt({ windows: [WINDOW], freezes: freezes.map(freeze) }, now);
    expect([next(OPEN), next(CLOSED)]).toEqual([at("2026-11-24T06:00:00Z"), at("2026-12-01T02:00:00Z")]);
    expect(next(CLOSED, { from: "2026-11-25T00:00:00Z" })).toBe(at("2026-11-25T00:00:00Z"));
    expect(next(CLOSED, { from: "2026-11-23T00:00:00Z" })).toBe(at("2026-12-01T00:00:00Z"));
    expect(tellingChangesAt({ windows: [], freezes: [] }, CLOSED)).toBeUndefined();
  });

  it("their hour, which is published once there is a version to tell", () => {
    expect(scheduleToPublish(tellingTerms(facts(), CLOSED))).toEqual({ utcStartHour: 5, weekdays: ["Tuesday"] });
    expect(scheduleToPublish(tellingTerms(facts({ version: undefined }), CLOSED))).toBeUndefined();
    expect(scheduleToPublish(tellingTerms(facts({ windows: [] }), CLOSED))).toBeUndefined();
    expect(scheduleToPublish(undefined)).toBeUndefined();
  });
});

describe("the step Agents", () => {
  it("is done when agents are told its version, or to stay", () => {
    expect(isTold({ answer: "Version", version: "17.2.3", reason: "Told" }, "17.2.3")).toBe(true);
    expect(isTold({ answer: "None", reason: "Frozen" }, "17.2.3")).toBe(true);
    expect(isTold({ answer: "Version", version: "17.2.1", reason: "Told" }, "17.2.3")).toBe(false);
    expect(isTold({ answer: "Unknown", reason: "ScheduleNotPublished" }, "17.2.3")).toBe(false);
    expect(isTold(undefined, "17.2.3")).toBe(false);
  });
});

describe("the condition AgentsTold", () => {
  it("is True only where a version is told, and has a sentence for every reason", () => {
    const wishes = tellingReasons.flatMap((reason) => toldWish({ answer: reason === "Told" ? "Version" : "Unknown", reason }));
    expect(wishes.map(({ status, reason }) => `${status} ${reason}`)).toEqual(tellingReasons.map((reason) => `${reason === "Told" ? "True" : "False"} ${reason}`));
    expect(new Set(wishes.map(({ message }) => message)).size).toBe(tellingReasons.length);
    expect(toldWish(undefined)).toEqual([]);
  });
});
