import { describe, expect, it } from "vitest";
import { hasBegun, nextAction, type Action, type Attempt, type Preflight, type Sight } from "../../../../src/domain/upgrade/next-action.ts";
import type { Workload, Workloads } from "../../../../src/domain/upgrade/workloads.ts";
import { isAvailable, isRolledTo, isSettledAt, wouldOvertake } from "../../../../src/domain/upgrade/workloads.ts";
import { workload, workloadsAt } from "../../../fixtures/workloads.ts";

const OLD = "17.2.1";
const NEW = "17.2.3";
const ID = "acme-17.2.3";

function attempt(more: Partial<Attempt> = {}): Attempt {
  return { id: ID, class: "Patch", from: OLD, to: NEW, step: "Preflight", announced: false, disrupted: false, stuck: false, rolledForward: false, ...more };
}

function sight(workloads: Workloads, more: Partial<Sight> = {}): Sight {
  return { workloads, preflight: "succeeded", gate: { kind: "pass", predictedEndAt: 0, approvals: [] }, overdue: false, verified: false, ...more };
}

function told(action: Action): string {
  if (action.kind === "roll") return `roll ${action.workload} ${action.back ? "back " : ""}to ${action.version}`;
  if (action.kind === "say") return `say ${action.step}${action.stuck === true ? ", stuck" : ""}${action.failure === undefined ? "" : `: ${action.failure}`}`;
  if (action.kind === "finish") return `finish ${action.result}${action.message === undefined ? "" : `: ${action.message}`}`;
  if (action.kind === "preflight" || action.kind === "goOn") return `${action.kind} ${action.kind === "goOn" ? action.onward.version : action.version}`;
  return action.kind === "wait" ? `wait in ${action.step}: ${action.message}` : action.kind;
}

const begun: Partial<Workload> = { attempt: ID };
const rolled: Partial<Workload> = { attempt: ID, version: NEW };
const settled: Partial<Workload> = { ...rolled, podVersions: [NEW] };

describe("before its first write an attempt", () => {
  const before = workloadsAt(OLD);
  it.each<[why: string, attempt: Partial<Attempt>, sight: Partial<Sight>, expected: string]>([
    ["runs its preflight", {}, { preflight: "absent" }, "preflight 17.2.3"],
    ["waits for it", {}, { preflight: "running" }, "wait in Preflight: preflight of 17.2.3 runs"],
    ["ends Failed when it failed, whatever the gates say", {}, { preflight: "failed", gate: { kind: "stale" } }, "finish Failed: preflight of 17.2.3 failed"],
    ["ends Failed when it takes too long", {}, { preflight: "running", overdue: true }, "finish Failed: preflight of 17.2.3 took too long"],
    ["ends Aborted when it never could be made: that says nothing of the release", {}, { preflight: "absent", overdue: true }, "finish Aborted: the preflight of 17.2.3 could not be made in time"],
    ["ends Aborted when its first write was refused all along, and its Job is gone by then", { announced: true, step: "Auth" }, { preflight: "absent", overdue: true }, "finish Aborted: nothing could be written for 17.2.3 in time"],
    ["goes on when it succeeded late", {}, { overdue: true }, "announce"],
    ["reads the inventory again if it is too old", {}, { gate: { kind: "stale" } }, "readInventory"],
    ["ends Aborted if a gate holds", {}, { gate: { kind: "held", message: "OutsideWindow" } }, "finish Aborted: OutsideWindow"],
    ["says that it begins", {}, {}, "announce"],
    ["and then rolls Auth first", { announced: true, step: "Auth" }, {}, "roll auth to 17.2.3"],
    ["says so again when that was too long ago", { announced: false, step: "Auth" }, {}, "announce"],
    ["ends Aborted when it was announced and nothing can be written", { announced: false, disrupted: true, step: "Auth" }, { overdue: true }, "finish Aborted: nothing could be written for 17.2.3 in time"],
    ["ends Aborted though it was announced, if a gate holds now", { announced: true, step: "Auth" }, { gate: { kind: "held", message: "WindowTooShort" } }, "finish Aborted: WindowTooShort"],
  ])("%s", (_why, more, seen, expected) => {
    expect(told(nextAction(attempt(more), sight(before, seen)))).toBe(expected);
  });

  it("announces the end that the gates predict, and the approvals that they go by", () => {
    const gate = { kind: "pass", predictedEndAt: 7, approvals: ["urgent"] } as const;
    expect(nextAction(attempt(), sight(before, { gate }))).toEqual({ kind: "announce", predictedEndAt: 7, approvals: ["urgent"] });
  });

  it("takes Auth over that somebody raised by hand, so that its first write is recorded", () => {
    expect(told(nextAction(attempt({ announced: true, step: "Auth" }), sight(workloadsAt(OLD, { auth: { version: NEW } }))))).toBe("roll auth to 17.2.3");
  });

  it("has begun when any workload carries its id", () => {
    const quiet = attempt();
    expect([hasBegun(quiet, before), hasBegun(quiet, workloadsAt(OLD, { home: begun })), hasBegun(quiet, workloadsAt(OLD, { auth: { attempt: "other" } }))]).toEqual([false, true, false]);
  });

  it.each<[why: string, disrupted: boolean, auth: Partial<Workload>, expected: string]>([
    ["an announced attempt whose Auth is gone has begun: its data may be migrated", true, { exists: false, recorded: false }, "roll auth to 17.2.3"],
    ["and one whose Auth lost its record", true, { recorded: false }, "roll auth to 17.2.3"],
    ["one that was never announced has not", false, { exists: false, recorded: false }, "finish Aborted: OutsideWindow"],
    ["nor has one whose Auth is as it was", true, {}, "finish Aborted: OutsideWindow"],
  ])("%s", (_why, disrupted, auth, expected) => {
    const held = { gate: { kind: "held", message: "OutsideWindow" } } as const;
    expect(told(nextAction(attempt({ step: "Auth", disrupted }), sight(workloadsAt(OLD, { auth }), held)))).toBe(expected);
  });
});

describe("after its first write an attempt", () => {
  const late = { gate: { kind: "held", message: "OutsideWindow" }, preflight: "failed" } as const;
  it.each<[why: string, attempt: Partial<Attempt>, workloads: Workloads, sight: Partial<Sight>, expected: string]>([
    ["waits for Auth, gates and preflight no longer asked", { step: "Auth" }, workloadsAt(OLD, { auth: rolled }), late, "wait in Auth: waiting for auth to be Ready at 17.2.3"],
    ["waits while an old pod of Auth is left", { step: "Auth" }, workloadsAt(OLD, { auth: { ...settled, podVersions: [NEW, OLD] } }), {}, "wait in Auth: waiting for auth to be Ready at 17.2.3"],
    ["waits while a pod says no version", { step: "Auth" }, workloadsAt(OLD, { auth: { ...settled, podVersions: [undefined] } }), {}, "wait in Auth: waiting for auth to be Ready at 17.2.3"],
    ["rolls Auth again if somebody set it back", { step: "Auth" }, workloadsAt(OLD, { auth: begun }), {}, "roll auth to 17.2.3"],
    ["says the next step before it takes it", { step: "Auth" }, workloadsAt(OLD, { auth: settled }), {}, "say Proxy"],
    ["rolls the region abroad first", { step: "Proxy" }, workloadsAt(OLD, { auth: settled }), {}, "roll proxy-eu-central-1 to 17.2.3"],
    ["waits for it", { step: "Proxy" }, workloadsAt(OLD, { auth: settled, abroad: rolled }), {}, "wait in Proxy: waiting for proxy-eu-central-1 to be Ready at 17.2.3"],
    ["rolls home last", { step: "Proxy" }, workloadsAt(OLD, { auth: settled, abroad: settled }), {}, "roll proxy-us-west-2 to 17.2.3"],
    ["says that it verifies", { step: "Proxy" }, workloadsAt(NEW, { auth: begun }), {}, "say Verify"],
    ["watches it", { step: "Verify" }, workloadsAt(NEW, { auth: begun }), {}, "wait in Verify: every pod is Ready; watching it for a while"],
    ["succeeds", { step: "Verify" }, workloadsAt(NEW, { auth: begun }), { verified: true }, "finish Succeeded"],
    ["succeeds though the deadline is over as well", { step: "Verify" }, workloadsAt(NEW, { auth: begun }), { verified: true, overdue: true }, "finish Succeeded"],
    ["goes a step back when Auth is not available any more", { step: "Proxy" }, workloadsAt(NEW, { auth: { ...begun, available: 0 } }), {}, "say Auth"],
    ["goes a step back from Verify", { step: "Verify" }, workloadsAt(NEW, { auth: begun, home: { available: 0 } }), { verified: true }, "say Proxy"],
    ["resumes where the cluster is, whatever status says", { step: "Preflight" }, workloadsAt(NEW, { auth: begun }), {}, "say Verify"],
    ["does not judge a step by the time of another", { step: "Auth" }, workloadsAt(OLD, { auth: settled }), { overdue: true }, "say Proxy"],
  ])("%s", (_why, more, workloads, seen, expected) => {
    expect(told(nextAction(attempt({ announced: true, ...more }), sight(workloads, seen)))).toBe(expected);
  });
});

describe("the restore point of a major", () => {
  const major: Partial<Attempt> = { class: "Major", to: "18.1.0" };
  const held: Partial<Sight> = { gate: { kind: "held", message: "OutsideWindow" } };
  it.each<[why: string, attempt: Partial<Attempt>, sight: Partial<Sight>, expected: string]>([
    ["comes after its preflight", { step: "Backup" }, { preflight: "running", backup: "Wanted" }, "wait in Preflight: preflight of 18.1.0 runs"],
    ["is told of before it is taken", {}, { backup: "Wanted" }, "say Backup"],
    ["is taken", { step: "Backup" }, { backup: "Wanted" }, "backUp"],
    ["is waited for", { step: "Backup" }, { backup: "Running" }, "wait in Backup: a restore point of 17.2.1 is being taken"],
    ["does not make it wait longer when it is there", { step: "Backup" }, { backup: "Confirmed" }, "announce"],
    ["is enough though it came late", { step: "Backup" }, { backup: "Confirmed", overdue: true }, "announce"],
    ["ends it Failed when there is none", { step: "Backup" }, { backup: "Failed" }, "finish Failed: no restore point of 17.2.1: it failed"],
    ["ends it Failed when it takes too long", { step: "Backup" }, { backup: "Running", overdue: true }, "finish Failed: no restore point of 17.2.1: it was not confirmed in time"],
    ["ends it Failed when it cannot be asked for", { step: "Backup" }, { backup: "Wanted", overdue: true }, "finish Failed: no restore point of 17.2.1: it was not confirmed in time"],
    ["is not judged by the time of the preflight", {}, { backup: "Wanted", overdue: true }, "say Backup"],
    ["comes before the gates are asked once more", { step: "Backup" }, { backup: "Running", ...held }, "wait in Backup: a restore point of 17.2.1 is being taken"],
    ["opens none of them", { step: "Backup" }, { backup: "Confirmed", ...held }, "finish Aborted: OutsideWindow"],
    ["is taken anew when it is too old by the time of the first write", { step: "Auth", announced: true, disrupted: true }, { backup: "Wanted" }, "say Backup"],
    ["lets it be written while it is young enough", { step: "Auth", announced: true, disrupted: true }, { backup: "Confirmed" }, "roll auth to 18.1.0"],
    ["does not keep a tenant from being switched off", { step: "Backup" }, { backup: "Running", suspended: "Wanted" }, "finish Aborted: Suspended: spec.suspend is set"],
  ])("%s", (_why, more, seen, expected) => {
    expect(told(nextAction(attempt({ ...major, ...more }), sight(workloadsAt(OLD), seen)))).toBe(expected);
  });

  it("is not asked for once anything has changed", () => {
    expect(told(nextAction(attempt({ ...major, to: NEW, step: "Auth" }), sight(workloadsAt(OLD, { auth: rolled }), { backup: "Wanted" })))).toBe("wait in Auth: waiting for auth to be Ready at 17.2.3");
  });
});

describe("past its deadline", () => {
  const auth = workloadsAt(OLD, { auth: rolled });
  it.each<[why: string, attempt: Partial<Attempt>, workloads: Workloads, expected: string]>([
    ["a patch rolls back", { step: "Auth" }, auth, "say RollBack: auth did not become Ready at 17.2.3 in time"],
    ["a security patch as well", { step: "Auth", class: "Security" }, auth, "say RollBack: auth did not become Ready at 17.2.3 in time"],
    ["also while it is watched", { step: "Verify" }, workloadsAt(NEW, { auth: begun }), "say RollBack: the tenant did not become Ready at 17.2.3 in time"],
    ["a major is stuck", { step: "Auth", class: "Major" }, auth, "say Auth, stuck: auth did not become Ready at 17.2.3 in time"],
    ["a stuck major goes on", { step: "Auth", class: "Major", stuck: true }, auth, "wait in Auth: waiting for auth to be Ready at 17.2.3"],
    ["and takes the next step when it can", { step: "Auth", class: "Major", stuck: true }, workloadsAt(OLD, { auth: settled }), "say Proxy"],
    ["and goes on there", { step: "Proxy", class: "Major", stuck: true }, workloadsAt(OLD, { auth: settled }), "roll proxy-eu-central-1 to 17.2.3"],
  ])("%s", (_why, more, workloads, expected) => {
    expect(told(nextAction(attempt(more), sight(workloads, { overdue: true })))).toBe(expected);
  });
});

describe("a major that is stuck", () => {
  const stuck: Partial<Attempt> = { class: "Major", step: "Auth", stuck: true };
  const newer = (preflight: Preflight): Partial<Sight> => ({ overdue: true, onward: { mayEnter: true, newer: { version: "17.2.4", approvals: [], preflight } } });
  const broken = workloadsAt(OLD, { auth: { ...rolled, available: 0 } });
  it.each<[why: string, attempt: Partial<Attempt>, workloads: Workloads, sight: Partial<Sight>, expected: string]>([
    ["tries a newer release in a preflight first", {}, broken, newer("absent"), "preflight 17.2.4"],
    ["waits for that", {}, broken, newer("running"), "wait in Preflight: preflight of 17.2.4 runs"],
    ["goes on to it", {}, broken, newer("succeeded"), "goOn 17.2.4"],
    ["stays where it is when that failed", {}, broken, newer("failed"), "wait in Auth: waiting for auth to be Ready at 17.2.3"],
    ["goes on when its proxies are what does not work", { step: "Proxy" }, workloadsAt(NEW, { auth: begun, home: { available: 0 } }), newer("succeeded"), "goOn 17.2.4"],
    ["does not when all works by now", { step: "Verify" }, workloadsAt(NEW, { auth: begun }), newer("succeeded"), "wait in Verify: every pod is Ready; watching it for a while"],
    ["does not while it is not stuck", { stuck: false }, broken, { ...newer("succeeded"), overdue: false }, "wait in Auth: waiting for auth to be Ready at 17.2.3"],
  ])("%s", (_why, more, workloads, seen, expected) => {
    expect(told(nextAction(attempt({ ...stuck, ...more }), sight(workloads, seen)))).toBe(expected);
  });

  const went: Partial<Attempt> = { class: "Major", step: "Auth", rolledForward: true };
  const untouched = workloadsAt(OLD, { auth: begun });
  const barred = { mayEnter: false };
  it.each<[why: string, workloads: Workloads, sight: Partial<Sight>, expected: string]>([
    ["and has said that it goes on rolls Auth first", untouched, { onward: { mayEnter: true } }, "roll auth to 17.2.3"],
    ["and waits if that was withdrawn or halted meanwhile", untouched, { onward: barred }, "wait in Auth: 17.2.3 may not be gone to any more"],
    ["for as long as nobody knows as well", untouched, {}, "wait in Auth: 17.2.3 may not be gone to any more"],
    ["which is no failure of it", untouched, { onward: barred, overdue: true }, "wait in Auth: 17.2.3 may not be gone to any more"],
    ["nor is that nothing could be written", untouched, { onward: { mayEnter: true }, overdue: true }, "roll auth to 17.2.3"],
    ["and goes on to another one instead", untouched, { ...newer("succeeded"), onward: { ...barred, newer: { version: "17.2.4", approvals: [], preflight: "succeeded" } } }, "goOn 17.2.4"],
    ["but not back from what has been written", workloadsAt(OLD, { auth: rolled }), { onward: barred }, "wait in Auth: waiting for auth to be Ready at 17.2.3"],
    ["nor from what an Auth that is gone may have run", workloadsAt(OLD, { auth: { ...begun, exists: false }, home: begun }), { onward: barred }, "roll auth to 17.2.3"],
    ["and is stuck again past the deadline", workloadsAt(OLD, { auth: { ...rolled, available: 0 } }), { onward: { mayEnter: true }, overdue: true }, "say Auth, stuck: auth did not become Ready at 17.2.3 in time"],
    ["and succeeds", workloadsAt(NEW, { auth: begun }), { onward: barred }, "say Verify"],
  ])("%s", (_why, workloads, seen, expected) => {
    expect(told(nextAction(attempt({ disrupted: true, ...went }), sight(workloads, seen)))).toBe(expected);
  });
});

describe("a patch that goes back", () => {
  const back: Partial<Attempt> = { step: "RollBack", failure: "proxy-us-west-2 did not become Ready at 17.2.3 in time" };
  it.each<[why: string, attempt: Partial<Attempt>, workloads: Workloads, overdue: boolean, expected: string]>([
    ["rolls proxies back first", {}, workloadsAt(NEW, { home: { version: OLD } }), false, "roll proxy-eu-central-1 back to 17.2.1"],
    ["region by region", {}, workloadsAt(NEW, { abroad: { version: OLD, podVersions: [OLD, NEW] } }), false, "wait in Proxy: waiting for proxy-eu-central-1 to be Ready at 17.2.1"],
    ["home as well", {}, workloadsAt(NEW, { abroad: { version: OLD, podVersions: [OLD] } }), false, "roll proxy-us-west-2 back to 17.2.1"],
    ["keeps Auth where it is while a proxy of the new version ends", {}, workloadsAt(OLD, { auth: settled, home: { podVersions: [OLD, NEW] } }), false, "wait in Proxy: waiting for proxy-us-west-2 to be Ready at 17.2.1"],
    ["then rolls Auth back", {}, workloadsAt(OLD, { auth: settled }), false, "roll auth back to 17.2.1"],
    ["rolls Auth back though proxies are not Ready: they cannot be without Auth", {}, workloadsAt(OLD, { auth: { ...rolled, available: 0 }, abroad: { available: 0 }, home: { available: 0, updated: 0 } }), false, "roll auth back to 17.2.1"],
    ["waits for Auth", {}, workloadsAt(OLD, { auth: { attempt: ID, available: 0 } }), false, "wait in Auth: waiting for auth to be Ready at 17.2.1"],
    ["waits for proxies that are not Ready yet", {}, workloadsAt(OLD, { auth: begun, home: { available: 0 } }), false, "wait in Proxy: waiting for proxy-us-west-2 to be Ready at 17.2.1"],
    ["ends RolledBack, saying why", {}, workloadsAt(OLD, { auth: begun }), false, "finish RolledBack: proxy-us-west-2 did not become Ready at 17.2.3 in time"],
    ["is stuck past its deadline", {}, workloadsAt(OLD, { auth: settled }), true, "say RollBack, stuck: proxy-us-west-2 did not become Ready at 17.2.3 in time"],
    ["goes on when stuck", { stuck: true }, workloadsAt(OLD, { auth: settled }), true, "roll auth back to 17.2.1"],
    ["ends RollbackFailed if it was stuck", { stuck: true }, workloadsAt(OLD, { auth: begun }), true, "finish RollbackFailed: proxy-us-west-2 did not become Ready at 17.2.3 in time"],
  ])("%s", (_why, more, workloads, overdue, expected) => {
    expect(told(nextAction(attempt({ ...back, ...more }), sight(workloads, { overdue })))).toBe(expected);
  });

  it("has words of its own if status lost the failure", () => {
    const lost = attempt({ step: "RollBack" });
    expect(told(nextAction(lost, sight(workloadsAt(OLD, { auth: settled }), { overdue: true })))).toBe("say RollBack, stuck: the roll-back took too long");
    expect(told(nextAction(lost, sight(workloadsAt(OLD))))).toBe("finish RolledBack: rolled back");
  });
});

describe("a tenant that is to be switched off", () => {
  it.each(["absent", "running", "succeeded"] as const)("ends an attempt that has not begun, its preflight %s", (preflight) => {
    expect(told(nextAction(attempt(), sight(workloadsAt(OLD), { suspended: "Wanted", preflight })))).toBe("finish Aborted: Suspended: spec.suspend is set");
    const announced = attempt({ step: "Auth", announced: true, disrupted: true });
    expect(told(nextAction(announced, sight(workloadsAt(OLD), { suspended: "Wanted", preflight })))).toBe("finish Aborted: Suspended: spec.suspend is set");
  });

  it("waits for one that has, on the way up and on the way down", () => {
    const begun = workloadsAt(OLD, { auth: settled });
    expect(told(nextAction(attempt({ step: "Proxy" }), sight(begun, { suspended: "Wanted" })))).toBe("roll proxy-eu-central-1 to 17.2.3");
    expect(told(nextAction(attempt({ step: "RollBack" }), sight(begun, { suspended: "Wanted" })))).toBe("roll auth back to 17.2.1");
  });
});

describe("no proxy is ever above Auth (I14)", () => {
  it.each<[why: string, workloads: Workloads, name: string, version: string, expected: boolean]>([
    ["a proxy waits for the last old pod of Auth", workloadsAt(OLD, { auth: { version: NEW, podVersions: [NEW, OLD] } }), "proxy-us-west-2", NEW, true],
    ["and for Auth's template", workloadsAt(NEW, { auth: { version: OLD }, home: { version: OLD } }), "proxy-us-west-2", NEW, true],
    ["and goes when both are there", workloadsAt(OLD, { auth: settled }), "proxy-us-west-2", NEW, false],
    ["Auth goes down when the last proxy pod is down", workloadsAt(OLD, { auth: settled, home: { podVersions: [OLD, NEW] } }), "auth", OLD, true],
    ["and every template", workloadsAt(OLD, { auth: settled, abroad: { version: NEW } }), "auth", OLD, true],
    ["Auth goes up at any time", workloadsAt(OLD), "auth", NEW, false],
    ["a pod without a version is not compared", workloadsAt(OLD, { auth: { version: NEW, podVersions: [undefined] } }), "proxy-us-west-2", NEW, false],
  ])("%s", (_why, workloads, name, version, expected) => {
    const one = [workloads.auth, ...workloads.proxies].find((each) => each.name === name) ?? workloads.auth;
    expect(wouldOvertake(workloads, one, version)).toBe(expected);
  });

  it("Auth waits for proxies of a region that was given up", () => {
    const workloads = { ...workloadsAt(OLD, { auth: settled }), leaving: [NEW] };
    expect(told(nextAction(attempt({ step: "RollBack" }), sight(workloads)))).toBe("wait in Auth: waiting for old pods to end before auth goes to 17.2.1");
  });

  it("an attempt waits for old pods of Auth before it rolls it up or down", () => {
    expect(told(nextAction(attempt({ step: "Auth" }), sight(workloadsAt("17.2.9", { auth: { attempt: ID, version: OLD } }))))).toBe("wait in Auth: waiting for old pods to end before auth goes to 17.2.3");
  });
});

describe("a workload", () => {
  it.each<[why: string, more: Partial<Workload>, available: boolean, settledAt: boolean]>([
    ["available in full", {}, true, true],
    ["with two pods", { desired: 2 }, true, true],
    ["that does not exist", { exists: false }, false, false],
    ["whose spec was not seen yet", { observed: false }, false, false],
    ["not all updated", { updated: 0 }, false, false],
    ["not all available", { available: 0 }, false, false],
    ["with a pod too many", { total: 2 }, false, false],
    ["with a pod that still ends", { podVersions: [OLD, OLD] }, true, false],
    ["with a pod of another version", { podVersions: [NEW] }, true, false],
    ["whose pods are not seen yet", { podVersions: [] }, true, false],
    ["of another version", { version: NEW }, true, false],
  ])("%s", (_why, more, available, settledAt) => {
    const one = workload("auth", OLD, more);
    expect([isAvailable(one), isSettledAt(one, OLD)]).toEqual([available, settledAt]);
  });

  it("whose tag is no version is settled at none", () => {
    const { version: _version, ...untagged } = workload("auth", OLD);
    expect([isAvailable(untagged), isSettledAt(untagged, OLD)]).toEqual([true, false]);
  });

  it("a leading v makes no difference", () => {
    expect(isRolledTo(workload("auth", "v17.2.1"), OLD)).toBe(true);
  });
});
