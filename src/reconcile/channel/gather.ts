import { parseTenant, type ReleaseChannel, type Slot } from "../../api/index.ts";
import type { Approval } from "../../domain/approval/approval.ts";
import { endedSlots, isOver } from "../../domain/fleet/ledger.ts";
import type { Channel, InvalidChannel } from "../../domain/release/channel.ts";
import type { Outlook } from "../../domain/status/channel-status.ts";
import type { LiveObject } from "../ports.ts";
import { channelOf } from "../tenant/observe.ts";
import { identityOf } from "../tenant/owner.ts";
import type { ChannelBook } from "./book.ts";
import type { ChannelEnv } from "./env.ts";

/** What a channel's reconcile knows before it decides. */
export interface GatheredChannel {
  readonly object: LiveObject;
  /** Absent if its spec cannot be read. */
  readonly parsed: ReleaseChannel | undefined;
  readonly channel: Channel | InvalidChannel;
  /** The same as long as nothing has changed but slots and what is merely shown. */
  readonly rules: string;
  readonly followers: number;
  readonly book: ChannelBook;
  /** Attempts whose slot may go: ended, or without a tenant, as a live read just confirmed. */
  readonly freed: ReadonlySet<string>;
  /** Those that name a tenant of the channel. */
  readonly approvals: readonly Approval[];
  /** What lies ahead, as soon as it is known; until then the status keeps what it says. */
  readonly outlook: Outlook | undefined;
}

/** All reads of a channel's reconcile: the caches, and a live look at tenants whose slot seems to be free. */
export async function gatherChannel(key: string, env: ChannelEnv): Promise<GatheredChannel | undefined> {
  const object = env.caches.get("ReleaseChannel", { name: key });
  const now = env.clock.now();
  const compiled = env.compiled.channel(key, now);
  if (object === undefined || compiled === undefined) {
    env.books.close(key);
    return undefined;
  }
  const { channel, object: parsed, rules } = compiled;
  const slots = parsed?.status?.slots ?? [];
  const book = env.books.of(key);
  await book.bringUpToDate({ rules, slots, calendar: env.compiled.calendarRevision(), clockTrusted: env.clockTrust.isTrusted() }, { env, now });
  const ended = endedSlots(slots, (name) => book.fleet.get(name)?.ledger);
  return {
    object,
    parsed,
    channel,
    rules,
    followers: env.caches.countOfChannel(key),
    book,
    approvals: approvalsOf(key, env),
    outlook: channel.kind === "valid" ? book.outlook.under({ rules, calendar: env.compiled.calendar(), tenants: book.fleet.up, cutAt: channel.patch.cut.lastAt(now) }) : undefined,
    freed: await confirmEnded(ended, key, env),
  };
}

function approvalsOf(channel: string, { compiled, caches }: ChannelEnv): readonly Approval[] {
  const follows = (name: string) => {
    const tenant = caches.get("Tenant", { name });
    return tenant !== undefined && channelOf(tenant) === channel;
  };
  return compiled.approvals().filter(({ tenants }) => [...tenants].some(follows));
}

/** The cache may be behind: a slot is freed only if the API server says the same. */
async function confirmEnded(slots: readonly Slot[], channel: string, env: ChannelEnv): Promise<ReadonlySet<string>> {
  const freed = new Set<string>();
  for (const slot of slots) {
    const live = await env.api.read("Tenant", { name: slot.tenant });
    if (live === undefined || live.metadata.uid !== slot.uid || hasEnded(live, slot, { channel, caches: env.caches })) freed.add(slot.attempt);
  }
  return freed;
}

/** Over, or never begun by a tenant that has moved to another channel and sees this slot no more. */
function hasEnded(live: LiveObject, slot: Slot, { channel, caches }: { readonly channel: string; readonly caches: ChannelEnv["caches"] }): boolean {
  const parsed = parseTenant(live);
  if (parsed.kind === "invalid") return false;
  const { status = {} } = identityOf(parsed.value, caches).tenant;
  // Nothing is left of a lapsed tenant that could be upgraded, nor of its attempt.
  if (status.lapse?.purgeStartedAt !== undefined) return true;
  return isOver(slot.attempt, status) || (channelOf(live) !== channel && status.upgrade?.id !== slot.attempt);
}
