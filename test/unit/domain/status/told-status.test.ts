import { describe, expect, it } from "vitest";
import { tenant as schemas, type AgentStatus } from "../../../../src/api/index.ts";
import { tenantStatus, type TenantReport } from "../../../../src/domain/status/tenant-status.ts";
import { DAY } from "../../../../src/domain/time.ts";
import { entryOf } from "../../../fixtures/attempt.ts";
import { at } from "../../../fixtures/time.ts";

const NOW = at("2026-11-24T12:00:00Z");
const AGENTS: AgentStatus = { total: 2, byMajor: { "17": 1, "18": 1 }, behind: [{ id: "a", hostname: "h", version: "17.2.1", lastSeenAt: "2026-11-24T11:59:00Z" }], behindCount: 1, tooNew: [], unknownCount: 0 };

function report(more: Partial<TenantReport> = {}): TenantReport {
  return {
    previous: undefined,
    generation: 1,
    deleting: false,
    version: "18.1.2",
    provisioned: true,
    unavailable: [],
    problems: [],
    brokenWindows: [],
    history: [entryOf({ class: "Major", from: "17.2.3", to: "18.1.2", finishedAt: "2026-11-01T02:45:00Z" })],
    agents: AGENTS,
    agentUpdates: { answer: "Version", version: "18.1.2", reason: "Told", schedule: { utcStartHour: 5, weekdays: ["Tuesday"] } },
    support: { endOfLife: at("2027-01-01T00:00:00Z"), minimumClient: "17.0.0" },
    followWithinMs: 90 * DAY,
    domain: "acme.teleport.example",
    now: NOW,
    ...more,
  };
}

const conditions = (more: Partial<TenantReport>) => (tenantStatus(report(more)).conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);

describe("a status tells of agents and support", () => {
  it("in a form that the API server takes", () => {
    expect(schemas.status.safeParse(tenantStatus(report())).error?.message).toBeUndefined();
    expect(tenantStatus(report())).toMatchObject({ agents: { mustFollowBy: "2027-01-30T02:45:00Z" }, agentUpdates: { version: "18.1.2" }, support: { endOfLife: "2027-01-01T00:00:00Z", minimumClient: "17.0.0" } });
  });

  it("with a condition for each", () => {
    expect(conditions({})).toEqual(["Ready=True Available", "AgentsTold=True Told", "AgentsCurrent=False AgentsBehind", "Supported=True EndOfLifeWithin60Days"]);
    expect(conditions({ agentUpdates: undefined, support: undefined, agents: { ...AGENTS, behindCount: 0, behind: [] } })).toEqual(["Ready=True Available"]);
    expect(conditions({ now: at("2027-02-01T00:00:00Z") }).slice(2)).toEqual(["AgentsCurrent=False FollowOverdue", "Supported=False EndOfLife"]);
  });

  it("and the same again while nothing but time has changed (I17)", () => {
    const once = tenantStatus(report());
    expect(tenantStatus(report({ previous: once, now: NOW + DAY }))).toEqual(once);
    const moved = { ...AGENTS, behind: AGENTS.behind?.map((agent) => ({ ...agent, lastSeenAt: "2026-11-25T11:59:00Z" })) };
    expect(tenantStatus(report({ previous: once, agents: moved, now: NOW + DAY })).agents).toEqual(once.agents);
  });

  it("until when they must follow also while the channel cannot be used, and no longer once all have", () => {
    const once = tenantStatus(report());
    expect(tenantStatus(report({ previous: once, followWithinMs: undefined })).agents?.mustFollowBy).toBe("2027-01-30T02:45:00Z");
    expect(tenantStatus(report({ previous: once, agents: { ...AGENTS, behind: [], behindCount: 0 } })).agents?.mustFollowBy).toBeUndefined();
  });
});
