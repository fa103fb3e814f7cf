import { expect, test } from "vitest";
import { createMeter, SLACKTIDE_METRICS } from "../../../src/adapters/meter.ts";
import { createMetrics } from "../../../src/adapters/metrics.ts";

test("tenants are counted by the reasons of what is told of their agents and their release, and never named", async () => {
  const metrics = createMetrics(SLACKTIDE_METRICS);
  const meter = createMeter(metrics);
  const shown = async () => (await metrics.scrape()).split("\n").filter((line) => /^slacktide_tenants_(agents|supported)/.test(line)).sort();
  meter.tenantSeen("acme", { phase: "Active", holds: [], reasons: { AgentsTold: "Told", AgentsCurrent: "FollowOverdue", Ready: "Available" } });
  meter.tenantSeen("globex", { phase: "Active", holds: [], reasons: { AgentsTold: "Told", Supported: "EndOfLifeWithin7Days" } });
  meter.tenantSeen("initech", { phase: "Active", holds: [] });
  expect(await shown()).toEqual([
    'slacktide_tenants_agents_behind{reason="FollowOverdue"} 1',
    'slacktide_tenants_agents_told{reason="Told"} 2',
    'slacktide_tenants_supported{reason="EndOfLifeWithin7Days"} 1',
  ]);
  meter.tenantSeen("acme", { phase: "Active", holds: [], reasons: { AgentsTold: "Frozen" } });
  meter.tenantSeen("globex", undefined);
  expect(await shown()).toEqual([
    'slacktide_tenants_agents_behind{reason="FollowOverdue"} 0',
    'slacktide_tenants_agents_told{reason="Frozen"} 1',
    'slacktide_tenants_agents_told{reason="Told"} 0',
    'slacktide_tenants_supported{reason="EndOfLifeWithin7Days"} 0',
  ]);
});

test("tenants that are down are counted", async () => {
  const metrics = createMetrics(SLACKTIDE_METRICS);
  const meter = createMeter(metrics);
  const down = async () => (await metrics.scrape()).split("\n").filter((line) => line.startsWith("slacktide_tenants_down"));
  meter.tenantSeen("acme", { phase: "Active", holds: [], down: true });
  meter.tenantSeen("globex", { phase: "Active", holds: [], down: false });
  expect(await down()).toEqual(["slacktide_tenants_down 1"]);
  meter.tenantSeen("acme", { phase: "Active", holds: [] });
  expect(await down()).toEqual(["slacktide_tenants_down 0"]);
});
