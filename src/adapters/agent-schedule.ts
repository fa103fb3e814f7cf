import { z } from "zod";
import { weekdays, type AgentSchedule, type Weekday } from "../api/index.ts";
import { AppError } from "../reconcile/app-error.ts";
import type { AgentScheduler } from "../reconcile/ports.ts";
import type { InventoryAccess } from "./inventory/reader.ts";

/** What makes Auth take the file that its ConfigMap mounts, and what shows that it did; the chart's policy allows no other (docs/adr/0008). */
export const PUBLISH_COMMAND = ["tctl", "create", "--force", "/etc/teleport/agents.yaml"] as const;
export const SHOW_COMMAND = ["tctl", "get", "cluster_maintenance_config", "--format=json"] as const;

const MAX_BYTES = 64 * 1024;
/** Two of them fit into the deadline of a reconcile, with a reading of the inventory before them. */
const TIMEOUT_MS = 10_000;

const shown = z.array(z.object({ spec: z.object({ agent_upgrades: z.object({ utc_start_hour: z.int().min(0).max(23).default(0), weekdays: z.array(z.string()).nullish() }) }) }));

/** Makes a tenant's cluster tell its agents their hour, by tctl in its Auth pod. */
export function createAgentScheduler({ exec }: Pick<InventoryAccess, "exec">): AgentScheduler {
  const run = async (namespace: string, pod: string, command: readonly string[], signal: AbortSignal): Promise<string> => {
    const said: Uint8Array[] = [];
    const take = async (chunk: Uint8Array): Promise<void> => void said.push(chunk);
    const target = { namespace, pod, container: "auth", command, maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS, take };
    const { exitCode } = await exec(target, signal).catch((cause: unknown) => {
      throw unpublished("the cluster did not answer as expected", cause);
    });
    if (exitCode !== 0) throw unpublished(`tctl ${command[1] ?? ""} in the Auth pod failed`);
    return Buffer.concat(said).toString("utf8");
  };
  return {
    publish: async ({ namespace, authPod }, signal) => {
      if (authPod === undefined) throw unpublished("no Auth pod is Ready");
      await run(namespace, authPod, PUBLISH_COMMAND, signal);
      return scheduleIn(await run(namespace, authPod, SHOW_COMMAND, signal));
    },
  };
}

/** The schedule that tctl shows; undefined if it shows none that Slacktide would publish. No weekday means each (facts §2). */
function scheduleIn(text: string): AgentSchedule | undefined {
  const parsed = shown.safeParse(jsonOf(text));
  const agents = parsed.data?.[0]?.spec.agent_upgrades;
  if (agents === undefined) return undefined;
  const named = agents.weekdays ?? [];
  const days: readonly (Weekday | undefined)[] = named.length === 0 ? weekdays : named.map(dayOf);
  return days.includes(undefined) ? undefined : { utcStartHour: agents.utc_start_hour, weekdays: weekdays.filter((day) => days.includes(day)) };
}

/** In full or by its first three letters, in any case (facts §2). */
function dayOf(text: string): Weekday | undefined {
  const given = text.toLowerCase();
  return weekdays.find((day) => given === day.toLowerCase() || given === day.slice(0, 3).toLowerCase());
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // as if it showed none; the text is the customer's and is not quoted
  }
}

function unpublished(why: string, cause?: unknown): AppError {
  return new AppError("ScheduleNotPublished", `the agents' hour cannot be published: ${why}`, { cause });
}
