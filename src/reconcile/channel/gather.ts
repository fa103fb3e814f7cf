import { parseTenant, type ReleaseChannel, type Slot } from "../../api/index.ts";
import { endedSlots, isOver, type LedgerTenant } from "../../domain/fleet/ledger.ts";
import type { Channel, InvalidChannel } from "../../domain/release/channel.ts";
import type { TenantView } from "../../domain/tenant/view.ts";
import type { LiveObject } from "../ports.ts";
import type { TenantEnv } from "../tenant/env.ts";
import { channelOf, observeTenant, type ObservedTenant } from "../tenant/observe.ts";

/** What a channel's reconcile knows before it decides. */
export interface GatheredChannel {
  readonly object: LiveObject;
  /** Absent if its spec cannot be read. */
  readonly parsed: ReleaseChannel | undefined;
  readonly channel: Channel | InvalidChannel;
  readonly followers: number;
  readonly views: readonly TenantView[];
  readonly tenants: readonly LedgerTenant[];
  /** Attempts whose slot may go: ended, or without a tenant, as a live read just confirmed. */
  readonly freed: ReadonlySet<string>;
}

/** All reads of a channel's reconcile: the caches, and a live look at tenants whose slot seems to be free. */
export async function gatherChannel(key: string, env: TenantEnv): Promise<GatheredChannel | undefined> {
  const object = env.caches.get("ReleaseChannel", { name: key });
  const now = env.clock.now();
  const compiled = env.compiled.channel(key, now);
  if (object === undefined || compiled === undefined) return undefined;
  const followers = env.caches.list("Tenant").filter((tenant) => channelOf(tenant) === key);
  const observed = followers.map((tenant) => observeTenant(tenant, env, now)).filter((each): each is ObservedTenant => !("invalid" in each));
  const tenants = observed.map(ledgerTenant);
  return {
    object,
    parsed: compiled.object,
    channel: compiled.channel,
    followers: followers.length,
    views: observed.flatMap(({ view }) => view ?? []),
    tenants,
    freed: await confirmEnded(endedSlots(compiled.object?.status?.slots ?? [], tenants), key, env),
  };
}

function ledgerTenant({ tenant }: ObservedTenant): LedgerTenant {
  const { name, uid = "" } = tenant.metadata;
  return { name, uid, upgrade: tenant.status?.upgrade, history: tenant.status?.history ?? [] };
}

/** The cache may be behind: a slot is freed only if the API server says the same. */
async function confirmEnded(slots: readonly Slot[], channel: string, env: TenantEnv): Promise<ReadonlySet<string>> {
  const freed = new Set<string>();
  for (const slot of slots) {
    const live = await env.api.read("Tenant", { name: slot.tenant });
    if (live === undefined || live.metadata.uid !== slot.uid || hasEnded(live, slot, channel)) freed.add(slot.attempt);
  }
  return freed;
}

/** Over, or never begun by a tenant that has moved to another channel and sees this slot no more. */
function hasEnded(live: LiveObject, slot: Slot, channel: string): boolean {
  const parsed = parseTenant(live);
  if (parsed.kind === "invalid") return false;
  const { status = {} } = parsed.value;
  return isOver(slot.attempt, status) || (channelOf(live) !== channel && status.upgrade?.id !== slot.attempt);
}
