import type { TenantStatus } from "../api/index.ts";
import { item } from "./text.ts";

/** What a tenant's agents are told, until when they must follow, and until when its release is supported. */
export function tellingText({ agents, agentUpdates, support, conditions = [] }: TenantStatus, width: number): readonly string[] {
  const messageOf = (type: string) => conditions.find((condition) => condition.type === type)?.message;
  const lines = [
    ...(agentUpdates === undefined ? [] : [item("Agents' version:", toldText(agentUpdates, messageOf("AgentsTold")), { indent: 0, width })]),
    ...(agents?.mustFollowBy === undefined ? [] : [item("Agents must follow by:", agents.mustFollowBy, { indent: 0, width })]),
    ...(support?.endOfLife === undefined ? [] : [item("End of life:", `${support.endOfLife}${support.minimumClient === undefined ? "" : `, clients from ${support.minimumClient}`}`, { indent: 0, width })]),
  ];
  return lines.length === 0 ? [] : [...lines, ""];
}

function toldText({ answer, version, criticalUntil, schedule, reason }: NonNullable<TenantStatus["agentUpdates"]>, message: string | undefined): string {
  if (answer !== "Version" || version === undefined) return `none (${reason}: ${message ?? "they stay as they are"})`;
  const hour = schedule === undefined ? "" : `, from ${String(schedule.utcStartHour).padStart(2, "0")}:00 to ${String((schedule.utcStartHour + 1) % 24).padStart(2, "0")}:00 UTC on ${schedule.weekdays.join(", ")}`;
  return `${version}${hour}${criticalUntil === undefined ? "" : `, or at once until ${criticalUntil}: it is critical`}`;
}
