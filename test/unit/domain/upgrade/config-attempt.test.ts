import { describe, expect, it } from "vitest";
import { hasBegun, isAtSafePoint, nextAction, type Action, type Attempt, type Sight } from "../../../../src/domain/upgrade/next-action.ts";
import { begin } from "../../../../src/domain/upgrade/progress.ts";
import type { Workload, Workloads } from "../../../../src/domain/upgrade/workloads.ts";
import { slotOf } from "../../../fixtures/attempt.ts";
import { workload, workloadsAt } from "../../../fixtures/workloads.ts";

const VERSION = "17.2.1";
const ID = "acme-17.2.1";
const ROLLED: Partial<Workload> = { attempt: ID };
const BACK: Partial<Workload> = { attempt: ID, rolledBack: true };
const EARLIER: Partial<Workload> = { attempt: "acme-17.2.1-earlier" };

function attempt(more: Partial<Attempt> = {}): Attempt {
  return { id: ID, class: "Config", from: VERSION, to: VERSION, step: "Auth", announced: true, disrupted: true, stuck: false, rolledForward: false, ...more };
}

function sight(workloads: Workloads, more: Partial<Sight> = {}): Sight {
  return { workloads, preflight: "succeeded", gate: { kind: "pass", predictedEndAt: 0, approvals: [] }, overdue: false, verified: false, ...more };
}

function told(action: Action): string {
  if (action.kind === "roll") return `roll ${action.workload}${action.back ? " back" : ""} to ${action.version}`;
  if (action.kind === "say") return `say ${action.step}`;
  if (action.kind === "finish") return `finish ${action.result}`;
  return action.kind === "wait" ? `wait: ${action.message}` : action.kind;
}

const next = (workloads: Workloads, more: Partial<Attempt> = {}, seen: Partial<Sight> = {}) => told(nextAction(attempt(more), sight(workloads, seen)));

describe("an attempt of class Config", () => {
  it.each<[why: string, workloads: Workloads, more: Partial<Attempt>, seen: Partial<Sight>, expected: string]>([
    ["runs a preflight of the version that is there", workloadsAt(VERSION), { step: "Preflight", announced: false, disrupted: false }, { preflight: "absent" }, "preflight"],
    ["asks the gates once more", workloadsAt(VERSION), { step: "Preflight", announced: false, disrupted: false }, {}, "announce"],
    ["rolls Auth though it runs the version", workloadsAt(VERSION), {}, {}, "roll auth to 17.2.1"],
    ["waits for Auth", workloadsAt(VERSION, { auth: { ...ROLLED, available: 0 } }), {}, {}, "wait: waiting for auth to be Ready at 17.2.1"],
    ["waits while a pod of the old template is left", workloadsAt(VERSION, { auth: { ...ROLLED, updated: 0 } }), {}, {}, "wait: waiting for auth to be Ready at 17.2.1"],
    ["waits until the template has been seen", workloadsAt(VERSION, { auth: { ...ROLLED, observed: false } }), {}, {}, "wait: waiting for auth to be Ready at 17.2.1"],
    ["goes on to the proxies", workloadsAt(VERSION, { auth: ROLLED }), {}, {}, "say Proxy"],
    ["region by region", workloadsAt(VERSION, { auth: ROLLED }), { step: "Proxy" }, {}, "roll proxy-eu-central-1 to 17.2.1"],
    ["also those that an earlier attempt rolled", workloadsAt(VERSION, { auth: ROLLED, abroad: ROLLED, home: EARLIER }), { step: "Proxy" }, {}, "roll proxy-us-west-2 to 17.2.1"],
    ["watches all of it for a while", workloadsAt(VERSION, { auth: ROLLED, abroad: ROLLED, home: ROLLED }), { step: "Proxy" }, {}, "say Verify"],
    ["and has succeeded", workloadsAt(VERSION, { auth: ROLLED, abroad: ROLLED, home: ROLLED }), { step: "Verify" }, { verified: true }, "finish Succeeded"],
    ["goes back when it takes too long", workloadsAt(VERSION, { auth: { ...ROLLED, available: 0 } }), {}, { overdue: true }, "say RollBack"],
  ])("%s", (_why, workloads, more, seen, expected) => {
    expect(next(workloads, more, seen)).toBe(expected);
  });

  it.each<[why: string, workloads: Workloads, expected: string]>([
    ["rolls back what it rolled, and nothing else", workloadsAt(VERSION, { auth: ROLLED, abroad: ROLLED, home: EARLIER }), "roll proxy-eu-central-1 back to 17.2.1"],
    ["Auth last", workloadsAt(VERSION, { auth: ROLLED, abroad: BACK }), "roll auth back to 17.2.1"],
    ["waits until that is Ready", workloadsAt(VERSION, { auth: { ...BACK, available: 0 } }), "wait: waiting for auth to be Ready at 17.2.1"],
    ["and has gone back", workloadsAt(VERSION, { auth: BACK, abroad: BACK }), "finish RolledBack"],
  ])("on its way back %s", (_why, workloads, expected) => {
    expect(next(workloads, { step: "RollBack", failure: "it did not work" })).toBe(expected);
  });

  it("may be paused between two workloads", () => {
    const at = (more: Parameters<typeof workloadsAt>[1]) => isAtSafePoint(attempt(), workloadsAt(VERSION, more));
    expect([at({}), at({ auth: { ...ROLLED, available: 0 } }), at({ auth: ROLLED })]).toEqual([false, false, true]);
  });

  it("has not begun by its claim alone, though Auth runs its version", () => {
    const slot = slotOf({ attempt: ID, class: "Config", from: VERSION, to: VERSION });
    const upgrade = begin(slot, { recorded: undefined, isBackedUp: false, auth: workload("auth", VERSION) });
    expect([upgrade.step, upgrade.disruptiveAt]).toEqual(["Preflight", undefined]);
    expect(hasBegun({ id: ID, disrupted: false }, workloadsAt(VERSION))).toBe(false);
  });
});
