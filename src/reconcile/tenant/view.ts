import type { Tenant } from "../../api/index.ts";
import type { AgentKnowledge } from "../../domain/agents/gate.ts";
import { usedSlots } from "../../domain/fleet/ledger.ts";
import { slotLimit, type Channel } from "../../domain/release/channel.ts";
import { lineStates } from "../../domain/release/lines.ts";
import { majorOf } from "../../domain/release/version.ts";
import { waveOf } from "../../domain/release/waves.ts";
import { OUT_OF_REACH } from "../../domain/status/regions.ts";
import { suspendedBy } from "./lapse.ts";
import { isResuming } from "../../domain/tenant/suspension.ts";
import { pastAttempts, type TenantView } from "../../domain/tenant/view.ts";
import { instantOf, parseDuration, type Instant } from "../../domain/time.ts";
import { allOf, isAvailable, liveVersions, regionOf, type Workload, type Workloads } from "../../domain/upgrade/workloads.ts";
import type { Caches } from "../ports.ts";
import type { TenantMemory } from "./memory.ts";
import { believedOf } from "./owner.ts";
import type { ObservedTenant, Sources } from "./observe.ts";

type Facts = Omit<ObservedTenant, "view">;

/** What of a tenant the rules judge, by a channel that can be used. */
export function viewOf(facts: Facts, { channel, caches, memory, fromServer, slotFree, clockTrust }: Sources & { channel: Channel }, now: Instant): TenantView {
  const { tenant, version, provisioned, upgrade } = facts;
  const { metadata, spec } = tenant;
  const disruptiveAt = instantOf(upgrade?.disruptiveAt);
  const runs = version === undefined ? [] : [majorOf(version)];
  const above = upgrade === undefined && version !== undefined ? authAbove(version, facts.observed.workloads.auth) : undefined;
  return {
    name: metadata.name,
    uid: metadata.uid ?? "",
    createdAt: fromServer(instantOf(metadata.creationTimestamp) ?? now),
    deleting: metadata.deletionTimestamp !== undefined,
    ...suspensionFor(facts),
    ...(version !== undefined && { version }),
    provisioned,
    ...(facts.templates && { templateChanges: facts.templates.changes, ...(facts.templates.areOwn && { ownSettings: true }) }),
    ...(above !== undefined && { authAbove: above }),
    ready: allOf(facts.observed.workloads).every(isAvailable),
    ...readySinceOf(tenant),
    ...regionsOf(facts.observed.workloads),
    ...(spec.upgrades.maxMajor !== undefined && { maxMajor: spec.upgrades.maxMajor }),
    windows: facts.windows,
    freezes: facts.freezes,
    approvals: facts.approvals,
    manual: spec.upgrades.mode === "Manual",
    channel,
    wave: waveOf(channel, metadata),
    lines: lineStates(channel, new Set(runs), now),
    agents: knowledgeOf(tenant, memory),
    history: pastAttempts(facts.history, instantOf),
    ...(upgrade && {
      upgrade: { id: upgrade.id, class: upgrade.class, to: upgrade.to, stuck: upgrade.stuckSince !== undefined, ...(disruptiveAt !== undefined && { disruptiveAt }) },
    }),
    slotFree: slotFree ?? hasFreeSlot(channel, caches),
    clockTrusted: clockTrust.isTrusted(),
  };
}

/** One that is not Ready for regions out of reach alone has soaked since it is not: its wave does not wait for another cluster. */
function readySinceOf({ status }: Tenant): Pick<TenantView, "readySince"> {
  const condition = status?.conditions?.find(({ type }) => type === "Ready");
  const since = condition?.status === "True" || condition?.reason === OUT_OF_REACH ? instantOf(condition.lastTransitionTime) : undefined;
  return since === undefined ? {} : { readySince: since };
}

/** Of regions in other clusters: whether they can be seen, and the oldest major that they may run. */
function regionsOf({ proxies }: Workloads): Pick<TenantView, "regions"> {
  const abroad = proxies.filter(({ isAbroad }) => isAbroad).map((proxy) => {
    const majors = proxy.away?.isKnown === false ? [] : liveVersions(proxy).map(majorOf);
    return { name: regionOf(proxy), isAway: proxy.away !== undefined, ...(majors.length > 0 && { oldestMajor: Math.min(...majors) }) };
  });
  return abroad.length === 0 ? {} : { regions: abroad };
}

function suspensionFor({ tenant, observed, upgrade, lapse, restore, volumeLeaves }: Facts): Pick<TenantView, "suspension"> {
  const by = suspendedBy({ tenant, lapse, volumeLeaves });
  if (by !== undefined) return { suspension: by };
  if (restore.kind === "Switching") return { suspension: "Restored" };
  return upgrade === undefined && isResuming(observed.workloads) ? { suspension: "Resuming" } : {};
}

/** A version that Auth runs a major above the tenant's, though no attempt of ours leads there. */
function authAbove(version: string, auth: Workload): string | undefined {
  return liveVersions(auth).find((live) => majorOf(live) > majorOf(version));
}

/** What is known of the tenant's agents; text that is no length counts as the strictest. */
function knowledgeOf({ metadata, spec, status }: Tenant, memory: TenantMemory): AgentKnowledge {
  const { rememberFor, maxAge } = spec.agents.inventory;
  return {
    status: memory.agents(metadata.uid ?? "") ?? status?.agents,
    lastRead: memory.lastRead(metadata.uid ?? ""),
    rememberForMs: parseDuration(rememberFor) ?? Number.POSITIVE_INFINITY,
    maxAgeMs: parseDuration(maxAge) ?? 0,
  };
}

/** Whether another upgrade may be claimed in the channel, as far as the caches know. */
export function hasFreeSlot(channel: Channel, caches: Caches): boolean {
  const stuck = new Set(caches.stuckIn(channel.name).map((tenant) => believedOf(tenant, caches)?.upgrade?.id ?? ""));
  const tenants = typeof channel.maxParallel === "number" ? 0 : caches.countOfChannel(channel.name);
  return usedSlots(channel.slots, stuck) < slotLimit(channel.maxParallel, tenants);
}
