import { weekdays, type AgentSchedule } from "../../api/index.ts";

/** The file of the ConfigMap `auth-config` from which tctl makes the tenant's cluster tell its agents their hour. */
export const AGENTS_FILE = "agents.yaml";

/** Of which channels a proxy tells agents: the one that is asked by default, and the one that the documents of Teleport name (facts §2). */
const CHANNELS = ["default", "stable/cloud"] as const;

/** The resource that tells agents their hour (facts §2); JSON, which is YAML. Days are named in full: older updaters know them only so. */
export function maintenanceConfig({ utcStartHour, weekdays: days }: AgentSchedule): string {
  const spec = { agent_upgrades: { utc_start_hour: utcStartHour, weekdays: weekdays.filter((day) => days.includes(day)) } };
  return `${JSON.stringify({ kind: "cluster_maintenance_config", version: "v1", metadata: { name: "cluster-maintenance-config" }, spec }, undefined, 2)}\n`;
}

/** `proxy_service.automatic_upgrades_channels`: a proxy forwards what agents ask to the version server, `/version` and `/critical` appended. */
export function agentChannels(base: string): Readonly<Record<string, { readonly forward_url: string }>> {
  return Object.fromEntries(CHANNELS.map((channel) => [channel, { forward_url: `${base}/${channel}` }]));
}
