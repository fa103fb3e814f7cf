import { parseTenant, type ReleaseChannel, type Slot } from "../../api/index.ts";
import type { Approval } from "../../domain/approval/approval.ts";
import { endedSlots, isOver } from "../../domain/fleet/ledger.ts";
import type { Channel, InvalidChannel } from "../../domain/release/channel.ts";
import { sleep, type Mono } from "../../runtime/clock.ts";
import type { LiveObject } from "../ports.ts";
import { channelOf } from "../tenant/observe.ts";
import { hasFreeSlot } from "../tenant/view.ts";
import type { ChannelEnv } from "./env.ts";
import type { SeenTenant } from "./views.ts";

/** What a channel's reconcile knows before it decides. */
export interface GatheredChannel {
  readonly object: LiveObject;
  /** Absent if its spec cannot be read. */
  readonly parsed: ReleaseChannel | undefined;
  readonly channel: Channel | InvalidChannel;
  readonly followers: number;
  readonly tenants: readonly SeenTenant[];
  /** Whether a slot is free, as its tenants see it. */
  readonly slotFree: boolean;
  /** Attempts whose slot may go: ended, or without a tenant, as a live read just confirmed. */
  readonly freed: ReadonlySet<string>;
  /** Those that name a tenant of the channel. */
  readonly approvals: readonly Approval[];
}

/** All reads of a channel's reconcile: the caches, and a live look at tenants whose slot seems to be free. */
export async function gatherChannel(key: string, env: ChannelEnv): Promise<GatheredChannel | undefined> {
  const object = env.caches.get("ReleaseChannel", { name: key });
  const now = env.clock.now();
  const compiled = env.compiled.channel(key, now);
  if (object === undefined || compiled === undefined) return undefined;
  const { channel, object: parsed, rules } = compiled;
  const followers = env.caches.ofChannel(key);
  const slots = parsed?.status?.slots ?? [];
  const slotFree = channel.kind === "valid" && hasFreeSlot(channel, env.caches);
  const terms = { rules, calendar: env.compiled.calendarRevision(), clockTrusted: env.clockTrust.isTrusted(), slotFree, slots: new Map(slots.map((slot) => [slot.uid, slot])) };
  env.views.keep(env.caches.list("Tenant"));
  const tenants = await lookAtAll(followers, (tenant) => env.views.look(tenant, terms, { env, now }), env.mono);
  const ledgers = tenants.map(({ ledger }) => ledger);
  return {
    object,
    parsed,
    channel,
    followers: followers.length,
    tenants,
    slotFree,
    approvals: approvalsOf(followers, env),
    freed: await confirmEnded(endedSlots(slots, ledgers), key, env),
  };
}

/** At the beginning of an opening all are looked at anew: whoever else waits for this process gets a turn in between. */
const SLICE_MS = 10;

async function lookAtAll(objects: readonly LiveObject[], look: (object: LiveObject) => SeenTenant | undefined, mono: Mono): Promise<readonly SeenTenant[]> {
  const tenants: SeenTenant[] = [];
  let since = mono.now();
  for (const object of objects) {
    const seen = look(object);
    if (seen !== undefined) tenants.push(seen);
    if (mono.now() - since < SLICE_MS) continue;
    await sleep(mono, 0);
    since = mono.now();
  }
  return tenants;
}

function approvalsOf(followers: readonly LiveObject[], { compiled }: ChannelEnv): readonly Approval[] {
  const approvals = compiled.approvals();
  if (approvals.length === 0) return [];
  const names = new Set(followers.map(({ metadata }) => metadata.name));
  return approvals.filter(({ tenants }) => [...tenants].some((name) => names.has(name)));
}

/** The cache may be behind: a slot is freed only if the API server says the same. */
async function confirmEnded(slots: readonly Slot[], channel: string, env: ChannelEnv): Promise<ReadonlySet<string>> {
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
