import { describe, expect, it } from "vitest";
import type { UpgradeStatus } from "../../../../src/api/index.ts";
import type { LastRead } from "../../../../src/domain/agents/gate.ts";
import { decideAttempt, disruptiveGate, isSaidOnly, type AttemptSight } from "../../../../src/domain/tenant/decide-tenant.ts";
import { HOUR, isoOf, MINUTE, SECOND, type Instant } from "../../../../src/domain/time.ts";
import { upgradeOf } from "../../../fixtures/attempt.ts";
import { freezeOf } from "../../../fixtures/freeze.ts";
import { channelOf, failedOn, release, SECURITY, WITHDRAWN } from "../../../fixtures/channel.ts";
import { at } from "../../../fixtures/time.ts";
import { agentsFine, bound, BOTH_CHANNEL, knowledge, MAJOR_CHANNEL, TUESDAY_2AM, viewOf, windowOf, type ViewInput } from "../../../fixtures/view.ts";
import { workloadsAt } from "../../../fixtures/workloads.ts";

const NOW = at(TUESDAY_2AM) + MINUTE;
const MAJOR_UPGRADE = upgradeOf({ class: "Major", from: "17.2.3", to: "18.1.0", predictedEndAt: "2026-11-24T02:45:00Z" });
const MAJOR: ViewInput = { channel: MAJOR_CHANNEL, version: "17.2.3" };

/** The view of a tenant whose attempt is under way, as it is when its disruptive instant has come. */
function asking(input: ViewInput, upgrade: UpgradeStatus, now: Instant) {
  const { id, class: upgradeClass, to } = upgrade;
  return viewOf({ agents: agentsFine(now), ...input, now, upgrade: { id, class: upgradeClass, to, stuck: false } });
}

function gate(input: ViewInput = {}, upgrade = upgradeOf(), now = NOW): string {
  const answer = disruptiveGate(asking(input, upgrade, now), upgrade, now);
  return answer.kind === "held" ? answer.message : answer.kind;
}

describe("at the disruptive instant every gate is asked once more", () => {
  it.each<[why: string, input: ViewInput, upgrade: UpgradeStatus, now: Instant, expected: string]>([
    ["all pass", {}, upgradeOf(), NOW, "pass"],
    ["its own slot, upgrade and the other lane are no hindrance", { channel: BOTH_CHANNEL, slotFree: false }, upgradeOf(), NOW, "pass"],
    ["the window has closed", {}, upgradeOf(), NOW + 4 * HOUR, "OutsideWindow: no window for the Patch lane is open"],
    ["the window no longer allows the lane", { windows: bound(windowOf({ lanes: ["Major"] })) }, upgradeOf(), NOW, "NoWindow: no window of the tenant allows the Patch lane"],
    ["the release was withdrawn", { channel: channelOf({ releases: [release("17.2.3", undefined, WITHDRAWN), release("17.2.4")] }) }, upgradeOf(), NOW, "17.2.3 was withdrawn or halted"],
    ["the release was halted", { channel: channelOf({ releases: [release("17.2.3"), release("17.2.4")], status: failedOn("17.2.3", 2) }) }, upgradeOf(), NOW, "17.2.3 was withdrawn or halted"],
    ["the release was taken out of the catalogue", { channel: channelOf({ releases: [release("17.2.4")] }) }, upgradeOf(), NOW, "17.2.3 was withdrawn or halted"],
    ["a newer target does not disturb", { channel: channelOf({ releases: [release("17.2.3"), release("17.2.4")] }) }, upgradeOf(), NOW, "pass"],
    ["it is no longer eligible, though an older one is", { channel: channelOf({ releases: [release("17.2.2"), release("17.2.3", "2026-11-24T01:00:00Z")] }) }, upgradeOf(), NOW, "17.2.3 is no longer a target"],
    ["nothing is eligible any more", { channel: channelOf({ releases: [release("17.2.3", "2026-11-24T01:00:00Z")] }) }, upgradeOf(), NOW, "17.2.3 is no longer a target"],
    ["the line was closed", { ...MAJOR, lines: [{ major: 18, open: false }] }, MAJOR_UPGRADE, NOW, "18.1.0 is no longer a target"],
    ["the tenant was pinned", { ...MAJOR, maxMajor: 17 }, MAJOR_UPGRADE, NOW, "PinnedBelow: spec.upgrades.maxMajor keeps the tenant at 17"],
    ["the tenant is no longer Ready, and is being deleted", { ...MAJOR, ready: false, deleting: true }, MAJOR_UPGRADE, NOW, "Suspended: the tenant is being deleted; Unhealthy: the tenant is not Ready"],
    ["another attempt runs", { upgrade: { id: "other", class: "Patch", to: "17.2.2", stuck: false } }, upgradeOf({ id: "mine" }), NOW, "pass"],
    ["security after a release that is not", { channel: channelOf({ releases: [release("17.2.3", undefined, SECURITY)] }) }, upgradeOf({ class: "Security" }), NOW, "pass"],
  ])("%s", (_why, input, upgrade, now, expected) => {
    expect(gate(input, upgrade, now)).toBe(expected);
  });

  it("another attempt than the one that asks holds it", () => {
    const view = asking({}, upgradeOf({ id: "other" }), NOW);
    expect(disruptiveGate(view, upgradeOf(), NOW)).toEqual({ kind: "held", message: "UpgradeRunning: an upgrade to 17.2.3 is under way" });
  });

  it("a channel that cannot be used holds it", () => {
    expect(disruptiveGate(undefined, upgradeOf(), NOW)).toEqual({ kind: "held", message: "the tenant's channel cannot be used" });
  });

  it("the message of many holds stays within what history has room for", () => {
    const names = Array.from({ length: 16 }, (_, index) => `${index}-${"w".repeat(200)}`);
    expect(gate({ windows: { valid: [], invalid: [], missing: names } }).length).toBeLessThanOrEqual(1024);
  });
});

describe("only the time that remains must fit before the close", () => {
  const short = { ...MAJOR, windows: bound(windowOf({ duration: "45m" })) };
  it.each<[why: string, upgrade: UpgradeStatus, minutes: number, expected: string]>([
    ["claimed when it just fitted, it still does", MAJOR_UPGRADE, 1, "pass"],
    ["and goes on fitting while it keeps to its prediction", MAJOR_UPGRADE, 40, "pass"],
    ["never thought to take less than five minutes", MAJOR_UPGRADE, 41, "WindowTooShort: the rest of window tuesday is shorter than the upgrade takes"],
    ["past its prediction, all of the expected time again", { ...MAJOR_UPGRADE, predictedEndAt: "2026-11-24T02:00:00Z" }, 1, "WindowTooShort: the rest of window tuesday is shorter than the upgrade takes"],
    ["and never in another opening than its own", { ...MAJOR_UPGRADE, opening: { ...MAJOR_UPGRADE.opening, closesAt: "2026-11-24T02:00:00Z" } }, 0, "the opening it was claimed in is over"],
    ["nor in one whose close cannot be read", { ...MAJOR_UPGRADE, opening: { ...MAJOR_UPGRADE.opening, closesAt: "soon" } }, 0, "the opening it was claimed in is over"],
    ["never thought to take longer than expected", { ...MAJOR_UPGRADE, predictedEndAt: "2026-11-24T09:00:00Z" }, 0, "pass"],
    ["without a readable prediction, all of the expected time", { ...MAJOR_UPGRADE, predictedEndAt: "soon" }, 1, "WindowTooShort: the rest of window tuesday is shorter than the upgrade takes"],
  ])("%s", (_why, upgrade, minutes, expected) => {
    expect(gate(short, upgrade, at(TUESDAY_2AM) + minutes * MINUTE)).toBe(expected);
  });
});

describe("a major rests on an inventory of the last minute (I13)", () => {
  const complete = (ageMs: number): LastRead => ({ kind: "complete", readAt: NOW - ageMs, askedAt: NOW - ageMs });
  it.each<[why: string, lastRead: LastRead, expected: string]>([
    ["sixty seconds old is fresh", complete(60 * SECOND), "pass"],
    ["older is read again", complete(60 * SECOND + 1), "stale"],
    ["never read is read", { kind: "never" }, "stale"],
    ["a reading that failed ends it", { kind: "failed", message: "tctl exited with 1", askedAt: NOW }, "InventoryUnknown: tctl exited with 1"],
    ["but one that failed before the claim is taken again", { kind: "failed", message: "tctl exited with 1", askedAt: at(MAJOR_UPGRADE.claimedAt) - 1, standing: NOW - 10 * MINUTE }, "stale"],
    ["and one that failed a while ago is taken again", { kind: "failed", message: "tctl exited with 1", askedAt: NOW - 2 * MINUTE, standing: NOW - 10 * MINUTE }, "stale"],
  ])("%s", (_why, lastRead, expected) => {
    expect(gate({ ...MAJOR, agents: knowledge(lastRead) }, MAJOR_UPGRADE)).toBe(expected);
  });

  it("and on no agent in it being behind", () => {
    const status = { total: 1, behind: [{ id: "a", hostname: "h", version: "16.0.0", lastSeenAt: isoOf(NOW) }], behindCount: 1 };
    expect(gate({ ...MAJOR, agents: knowledge(complete(0), { status }) }, MAJOR_UPGRADE)).toContain("AgentsBehind: agents must run 17 first: a (h) at 16.0.0");
  });

  it("a patch does not look at it", () => {
    expect(gate({ agents: knowledge({ kind: "never" }) })).toBe("pass");
  });
});

describe("deciding an attempt", () => {
  function decide(more: Partial<AttemptSight>, elapsedMs = 0, input: ViewInput = {}) {
    const sight: AttemptSight = { upgrade: upgradeOf(), workloads: workloadsAt("17.2.1"), preflight: "succeeded", preflightOf: () => "absent", freezes: [], stepElapsedMs: () => elapsedMs, verifyMs: 120_000, stepDeadlineMs: 600_000, ...more };
    return decideAttempt(asking(input, sight.upgrade, NOW), sight, NOW);
  }

  it("announces before it writes, and the announcement is what status says", () => {
    const { action, upgrade } = decide({});
    expect([action, upgrade?.step, upgrade?.disruptiveAt]).toEqual([{ kind: "announce", predictedEndAt: at("2026-11-24T02:20:00Z"), approvals: [] }, "Auth", isoOf(NOW)]);
  });

  it("ends Aborted with nothing changed when a gate holds", () => {
    expect(decide({}, 0, { deleting: true })).toEqual({
      action: { kind: "finish", result: "Aborted", message: "Suspended: the tenant is being deleted" },
      entry: expect.objectContaining({ result: "Aborted", from: "17.2.1", to: "17.2.3", finishedAt: isoOf(NOW) }),
    });
  });

  it("says, until it begins, whether a tenant's own settings are all that it brings", () => {
    const config = upgradeOf({ class: "Config", from: "17.2.1", to: "17.2.1" });
    const own: ViewInput = { channel: channelOf({ releases: [release("17.2.1")] }), templateChanges: ["size Large"], ownSettings: true };
    const { ownSettings: _own, ...changed } = { ...own, templateChanges: ["size Large", "template revision 3"] };
    const begun = { upgrade: { ...config, step: "Auth", disruptiveAt: isoOf(NOW), ownSettings: true }, workloads: workloadsAt("17.2.1", { auth: { attempt: config.id } }) } as const;
    expect(decide({ upgrade: config }, 0, own)).toMatchObject({ action: { kind: "announce" }, upgrade: { ownSettings: true } });
    expect(decide({ upgrade: { ...config, ownSettings: true } }, 0, changed).upgrade).not.toHaveProperty("ownSettings");
    expect(decide({ upgrade: config, preflight: "failed" }, 0, own).entry).toMatchObject({ result: "Failed", ownSettings: true });
    expect(decide(begun, 0, changed).upgrade).toMatchObject({ ownSettings: true });
    expect(decide({}, 0, { ownSettings: true }).upgrade).not.toHaveProperty("ownSettings");
  });

  it("asks no gate any more after its first write", () => {
    const workloads = workloadsAt("17.2.1", { auth: { attempt: upgradeOf().id, version: "17.2.3" } });
    const upgrade = upgradeOf({ step: "Auth", disruptiveAt: isoOf(NOW - HOUR) });
    expect(decide({ upgrade, workloads }, 0, { deleting: true }).action.kind).toBe("wait");
  });

  it("is verified after as long as the platform asks, counted in the step Verify", () => {
    const workloads = workloadsAt("17.2.3", { auth: { attempt: upgradeOf().id } });
    const verifying = upgradeOf({ step: "Verify", disruptiveAt: isoOf(NOW - HOUR) });
    expect(decide({ upgrade: verifying, workloads }, 119_999).action.kind).toBe("wait");
    expect(decide({ upgrade: verifying, workloads }, 120_000).action).toEqual({ kind: "finish", result: "Succeeded" });
    expect(decide({ upgrade: { ...verifying, step: "Proxy" }, workloads }, 120_000).action).toEqual({ kind: "say", step: "Verify" });
  });

  it("succeeds, though nobody looked until the step's deadline was over", () => {
    const workloads = workloadsAt("17.2.3", { auth: { attempt: upgradeOf().id } });
    const upgrade = upgradeOf({ step: "Verify", disruptiveAt: isoOf(NOW - HOUR) });
    expect(decide({ upgrade, workloads }, 3_600_000).action).toEqual({ kind: "finish", result: "Succeeded" });
  });

  it("gives up past the step's deadline", () => {
    const workloads = workloadsAt("17.2.1", { auth: { attempt: upgradeOf().id, version: "17.2.3" } });
    const upgrade = upgradeOf({ step: "Auth", disruptiveAt: isoOf(NOW - HOUR) });
    expect([decide({ upgrade, workloads }, 600_000).action.kind, decide({ upgrade, workloads }, 600_001).action]).toMatchObject(["wait", { kind: "say", step: "RollBack" }]);
  });

  describe("while a freeze pauses what runs", () => {
    const freezes = [freezeOf({ from: isoOf(NOW), pauseRunning: true })];
    const pause = { kind: "pause", freeze: "audit", until: at("2026-11-24T04:00:00Z") };
    const begun = (more: Parameters<typeof workloadsAt>[1] = {}) => workloadsAt("17.2.1", { ...more, auth: { attempt: upgradeOf().id, version: "17.2.3", podVersions: ["17.2.3"], ...more?.auth } });
    const upgrade = upgradeOf({ step: "Auth", disruptiveAt: isoOf(NOW - HOUR) });

    it("holds between two steps, and between two regions, for as long as it takes", () => {
      const abroad = { version: "17.2.3", podVersions: ["17.2.3"] };
      expect(decide({ upgrade, workloads: begun(), freezes }, 3_600_000)).toEqual({ action: pause, upgrade: { ...upgrade, pausedAt: isoOf(NOW) } });
      expect(decide({ upgrade: { ...upgrade, step: "Proxy" }, workloads: begun({ abroad }), freezes }, 3_600_000).action).toEqual(pause);
    });

    it("lets a workload come to rest that is being rolled, and gives up on it in time", () => {
      const workloads = begun({ auth: { updated: 0 } });
      expect([decide({ upgrade, workloads, freezes }, 0).action.kind, decide({ upgrade, workloads, freezes }, 600_001).action]).toMatchObject(["wait", { kind: "say", step: "RollBack" }]);
    });

    it("lets a roll-back go on: that restores service", () => {
      expect(decide({ upgrade: { ...upgrade, step: "RollBack" }, workloads: begun(), freezes }).action).toMatchObject({ kind: "roll", back: true });
    });

    it("measures the step's time anew when it goes on", () => {
      const asked: string[] = [];
      const stepElapsedMs = (step: string) => asked.push(step);
      decide({ upgrade, workloads: begun(), freezes, stepElapsedMs });
      decide({ upgrade, workloads: begun(), stepElapsedMs });
      expect(asked).toEqual(["Auth, paused", "Auth"]);
    });

    it("ends an attempt that has written nothing yet", () => {
      expect(decide({ freezes }, 0, { freezes }).action).toEqual({ kind: "finish", result: "Aborted", message: "Frozen: freeze audit: yearly audit (sre)" });
    });
  });

  it.each([
    [{ kind: "announce", predictedEndAt: NOW, approvals: [] }, true],
    [{ kind: "say", step: "Proxy" }, true],
    [{ kind: "finish", result: "Succeeded" }, true],
    [{ kind: "preflight", version: "17.2.3" }, false],
    [{ kind: "roll", workload: "auth", version: "17.2.3", back: false }, false],
  ] as const)("%j changes status alone: %s", (action, expected) => {
    expect(isSaidOnly(action)).toBe(expected);
  });
});
