import { describe, expect, it } from "vitest";
import type { TenantStatus } from "../../../src/api/index.ts";
import { explainWhy } from "../../../src/cli/why.ts";
import { at } from "../../fixtures/time.ts";

const why = (status: TenantStatus) => explainWhy({ name: "acme", channel: "stable", status: { version: "18.1.2", ...status }, assumptions: [], width: 200 });

describe("slacktide why", () => {
  it("tells what agents are told, in which hour, and until when they must follow", () => {
    const text = why({
      agents: { total: 3, behindCount: 1, mustFollowBy: "2027-01-30T02:45:00Z" },
      agentUpdates: { answer: "Version", version: "18.1.2", reason: "Told", schedule: { utcStartHour: 23, weekdays: ["Tuesday", "Friday"] } },
      support: { endOfLife: "2027-08-01T00:00:00Z", minimumClient: "17.0.0" },
    });
    expect(text).toContain("Agents' version: 18.1.2, from 23:00 to 00:00 UTC on Tuesday, Friday\n");
    expect(text).toContain("Agents must follow by: 2027-01-30T02:45:00Z\n");
    expect(text).toContain("End of life: 2027-08-01T00:00:00Z, clients from 17.0.0\n");
  });

  it("tells why they are told nothing, in the words of the condition", () => {
    const conditions = [{ type: "AgentsTold", status: "False" as const, reason: "Frozen", message: "a freeze covers the tenant", lastTransitionTime: "2026-11-24T02:00:00Z" }];
    expect(why({ agentUpdates: { answer: "None", reason: "Frozen" }, conditions })).toContain("Agents' version: none (Frozen: a freeze covers the tenant)");
    expect(why({ agentUpdates: { answer: "Unknown", reason: "ClusterBelow" } })).toContain("Agents' version: none (ClusterBelow: they stay as they are)");
  });

  it("says when they need not wait", () => {
    expect(why({ agentUpdates: { answer: "Version", version: "18.1.2", criticalUntil: "2026-11-24T06:00:00Z", reason: "Told" } })).toContain("18.1.2, or at once until 2026-11-24T06:00:00Z: it is critical");
  });

  it("tells how much of the month was lost, and what may be", () => {
    const downtime = { month: "2026-11", seconds: 65, since: "2026-11-24T12:00:00Z" };
    const text = explainWhy({ name: "acme", channel: "stable", status: { downtime }, assumptions: [], asOf: at("2026-11-24T12:01:00Z"), width: 200 });
    expect(text).toContain("Downtime: 2m5s of 43m12s in 2026-11 (99.9 %); down since 2026-11-24T12:00:00Z\n");
    expect(why({ downtime })).not.toContain("Downtime");
  });

  it("tells of an upgrade that is paused, that goes back, and of nothing that is over", () => {
    const upgrade = { id: "a", class: "Patch" as const, from: "17.2.1", to: "17.2.3", step: "Proxy" as const, claimedAt: "2026-11-24T02:00:00Z", predictedEndAt: "2026-11-24T02:30:00Z", opening: { window: "w", opensAt: "2026-11-24T02:00:00Z", closesAt: "2026-11-24T06:00:00Z" }, pausedAt: "2026-11-24T02:10:00Z" };
    expect(why({ phase: "Paused", upgrade })).toContain("claimed 2026-11-24T02:00:00Z, paused, first 2026-11-24T02:10:00Z\n");
    expect(why({ phase: "Upgrading", upgrade })).not.toContain("paused");
    expect(why({ phase: "RollingBack", upgrade: { ...upgrade, step: "RollBack", failure: "proxies did not become Ready" } })).toContain("step RollBack, claimed 2026-11-24T02:00:00Z, proxies did not become Ready\n");
  });

  it("says nothing of it where there is nothing to say", () => {
    expect(why({ agents: { total: 3, behindCount: 0 }, support: { minimumClient: "17.0.0" } })).not.toMatch(/Agents' version|follow|End of life/);
  });
});
