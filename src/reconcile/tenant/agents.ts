import type { AgentSchedule, AgentUpdates, HistoryEntry, UpgradeStatus } from "../../api/index.ts";
import { afterPublishing, publishingDueAt, takenOver, type Publishing } from "../../domain/agents/publishing.ts";
import { scheduleToPublish, tellingChangesAt, tellingTerms } from "../../domain/agents/telling.ts";
import { tellingOf, type TellingTerms } from "../../domain/agents/told.ts";
import { firstUid, namespaceOf } from "../../domain/objects/names.ts";
import type { Platform } from "../../domain/objects/platform.ts";
import { tellsAgents, type PodTemplate } from "../../domain/objects/pod-template.ts";
import type { TenantInput } from "../../domain/objects/tenant-objects.ts";
import type { Instant } from "../../domain/time.ts";
import { hasBegun } from "../../domain/upgrade/next-action.ts";
import { attemptOf } from "../../domain/upgrade/progress.ts";
import { AppError } from "../app-error.ts";
import { agentsIdOf } from "./agents-id.ts";
import type { TenantEnv } from "./env.ts";
import { isOff } from "./lapse.ts";
import type { TenantMemory } from "./memory.ts";
import type { ObservedTenant } from "./observe.ts";

/** What a tenant's agents are to be told; what they are depends on what its cluster tells them of their hour. */
export interface Telling {
  readonly terms: Omit<TellingTerms, "published">;
  /** The hour to publish, now or later; absent while there is none, or nobody to publish it to. */
  readonly schedule: AgentSchedule | undefined;
}

/** The tenant as it is after what was decided. */
export interface Outlook {
  readonly version: string | undefined;
  readonly upgrade: UpgradeStatus | undefined;
  readonly history: readonly HistoryEntry[];
}

/** Decides what the tenant's agents are to be told; undefined without agents.autoUpdate. */
export function decideTelling(facts: ObservedTenant, { version, upgrade, history }: Outlook, now: Instant): Telling | undefined {
  const { tenant, provisioned, observed, windows, freezes, channel } = facts;
  const { autoUpdate } = tenant.spec.agents;
  const terms = tellingTerms({ autoUpdate, version, provisioned, upgrade, history, workloads: observed.workloads, windows: windows.valid, freezes, channel }, now);
  if (terms === undefined) return undefined;
  return { terms, schedule: isReachable(facts, upgrade, now) ? scheduleToPublish(terms) : undefined };
}

/** In the middle of an attempt Auth comes and goes, and without a Ready pod of it there is nobody to tell. */
function isReachable({ authPod, observed, ...facts }: ObservedTenant, upgrade: UpgradeStatus | undefined, now: Instant): boolean {
  if (authPod === undefined || isOff(facts)) return false;
  return upgrade === undefined || upgrade.step === "Agents" || !hasBegun(attemptOf(upgrade, now), observed.workloads);
}

interface AgentObjectsTerms {
  readonly telling: Telling | undefined;
  readonly platform: Platform;
  /** Of which pods may be made. */
  readonly templates: readonly PodTemplate[];
}

/**
 * What of the tenant's objects makes its proxies ask and its cluster tell. Proxies that still tell agents go on asking when
 * agents.autoUpdate is switched off, and are answered `none`: left to themselves they would tell what Teleport would.
 */
export function agentObjects({ owner }: ObservedTenant, { telling, platform, templates }: AgentObjectsTerms): TenantInput["agents"] {
  if (telling === undefined && !templates.some(tellsAgents)) return undefined;
  const askedAt = `${platform.versionServer}/v1/${agentsIdOf(firstUid(owner))}`;
  return { schedule: telling?.terms.wanted, askedAt };
}

interface Publisher {
  readonly env: TenantEnv;
  readonly signal: AbortSignal;
}

/** Publishes the agents' hour if that is due, and takes note of what came of it; a failure is tried again. */
export async function publishHour(facts: ObservedTenant, telling: Telling | undefined, { env, signal }: Publisher): Promise<void> {
  const schedule = telling?.schedule;
  if (schedule === undefined) return;
  const { name, uid = "" } = facts.tenant.metadata;
  const now = env.clock.now();
  const last = lastPublishing(facts, schedule, { memory: env.memory, now });
  if (publishingDueAt(schedule, last, now) > now) return env.memory.notePublishing(uid, last);
  try {
    const seen = await env.agentScheduler.publish({ namespace: namespaceOf(name), authPod: facts.authPod }, signal);
    env.memory.notePublishing(uid, afterPublishing(schedule, seen, { last, now }));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    env.log.warn("agents' hour not published", { tenant: name, error });
    env.memory.notePublishing(uid, afterPublishing(schedule, undefined, { last, now }));
  }
}

function lastPublishing(facts: ObservedTenant, schedule: AgentSchedule, { memory, now }: { readonly memory: TenantMemory; readonly now: Instant }): Publishing | undefined {
  const { metadata, status } = facts.tenant;
  return memory.publishing(metadata.uid ?? "") ?? takenOver(schedule, status?.agentUpdates?.schedule, now);
}

/** What status says of it: by what was published, as this process saw it, or else as status said. */
export function saidToAgents({ tenant }: ObservedTenant, telling: Telling | undefined, memory: TenantMemory): AgentUpdates | undefined {
  if (telling === undefined) return undefined;
  const known = memory.publishing(tenant.metadata.uid ?? "");
  return tellingOf({ ...telling.terms, published: known === undefined ? tenant.status?.agentUpdates?.schedule : known.published });
}

/** When the hour is to be published again, and when something else may have to be told. */
export function tellingDueAt({ tenant, windows, freezes }: ObservedTenant, telling: Telling | undefined, { memory, now }: { readonly memory: TenantMemory; readonly now: Instant }): readonly (Instant | undefined)[] {
  if (telling === undefined) return [];
  const { schedule } = telling;
  return [tellingChangesAt({ windows: windows.valid, freezes }, now), schedule && publishingDueAt(schedule, memory.publishing(tenant.metadata.uid ?? ""), now)];
}
