import type { Meter, TenantSeen } from "../reconcile/ports.ts";
import type { MetricDefinition, Metrics } from "../runtime/metrics.ts";

/** What Slacktide itself measures, beside what its runtime does. */
export const SLACKTIDE_METRICS: readonly MetricDefinition[] = [
  { name: "slacktide_upgrades_total", type: "counter", help: "Upgrades that ended, by class and result.", labels: ["class", "result"] },
  { name: "slacktide_inventory_reads_total", type: "counter", help: "Readings of tenants' inventories, by result.", labels: ["result"] },
  { name: "slacktide_purges_total", type: "counter", help: "Tenants whose data was deleted because their subscription had lapsed." },
  { name: "slacktide_tenants_lapsed", type: "gauge", help: "Tenants whose subscription has lapsed, by how far that has gone.", labels: ["reason"] },
  { name: "slacktide_tenants", type: "gauge", help: "Tenants, by phase.", labels: ["phase"] },
  { name: "slacktide_tenants_held", type: "gauge", help: "Tenants with at least one lane held, by the hold's code.", labels: ["code"] },
  { name: "slacktide_tenants_agents_told", type: "gauge", help: "Tenants whose agents are to follow, by why they are told a version or not.", labels: ["reason"] },
  { name: "slacktide_tenants_agents_behind", type: "gauge", help: "Tenants with agents that have to follow a major, by how near the end is.", labels: ["reason"] },
  { name: "slacktide_tenants_supported", type: "gauge", help: "Tenants whose release has a known end of life, by how near it is.", labels: ["reason"] },
  { name: "slacktide_tenants_down", type: "gauge", help: "Tenants of which Auth, or the proxies of some region, have no available pod though they should." },
  { name: "slacktide_clock_skew_seconds", type: "gauge", help: "By how much the operator's clock is ahead of the API server's, as last compared." },
  { name: "slacktide_build_info", type: "gauge", help: "Always 1; says what runs.", labels: ["version", "node", "tzdata"] },
  { name: "slacktide_rehearsal", type: "gauge", help: "1 while time is rehearsed, which is for tests and demos alone." },
];

/** Gauges that count tenants by the reason of a condition. */
const BY_REASON = { AgentsTold: "slacktide_tenants_agents_told", AgentsCurrent: "slacktide_tenants_agents_behind", Supported: "slacktide_tenants_supported", Lapsed: "slacktide_tenants_lapsed" } as const;

/** Counts for the metrics above; tenants are counted, never named. */
export function createMeter(metrics: Metrics): Meter {
  const seen = new Map<string, TenantSeen>();
  const shown = { phases: new Set<string>(), codes: new Set<string>() };
  const byReason = Object.entries(BY_REASON).map(([type, name]) => ({ type, name, shown: new Set<string>() }));
  metrics.onCollect(() => {
    const phases = countBy([...seen.values()].map(({ phase }) => phase));
    const codes = countBy([...seen.values()].flatMap(({ holds }) => holds));
    publish(metrics, { name: "slacktide_tenants", label: "phase", counts: phases, shown: shown.phases });
    publish(metrics, { name: "slacktide_tenants_held", label: "code", counts: codes, shown: shown.codes });
    metrics.set("slacktide_tenants_down", {}, [...seen.values()].filter(({ down }) => down === true).length);
    for (const each of byReason) publish(metrics, { ...each, label: "reason", counts: countBy([...seen.values()].flatMap(({ reasons }) => reasons?.[each.type] ?? [])) });
  });
  return {
    upgradeEnded: (labels) => metrics.increment("slacktide_upgrades_total", labels),
    purged: () => metrics.increment("slacktide_purges_total"),
    inventoryRead: ({ result }) => metrics.increment("slacktide_inventory_reads_total", { result }),
    tenantSeen: (tenant, facts) => void (facts === undefined ? seen.delete(tenant) : seen.set(tenant, facts)),
  };
}

interface Publication {
  readonly name: string;
  readonly label: string;
  readonly counts: ReadonlyMap<string, number>;
  readonly shown: Set<string>;
}

/** What was shown once goes on being shown, as 0: a gauge that vanishes looks like one that stands still. */
function publish(metrics: Metrics, { name, label, counts, shown }: Publication): void {
  for (const value of counts.keys()) shown.add(value);
  for (const value of shown) metrics.set(name, { [label]: value }, counts.get(value) ?? 0);
}

function countBy(values: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
