import { isHalted, SLOTS_LISTED, slotLimit, type Channel } from "../release/channel.ts";
import { stampOf, type Instant } from "../time.ts";
import { decideLanes, type Start } from "../tenant/decide.ts";
import { isStale } from "../agents/gate.ts";
import type { TenantView } from "../tenant/view.ts";
import type { Claim } from "./claim.ts";
import { usedSlots } from "./ledger.ts";
import { candidate, inOrder, type Candidate } from "./order.ts";

export interface FleetPlan {
  readonly claims: readonly Claim[];
  /** Tenants whose inventory has to be read again before a major may be claimed. */
  readonly refresh: readonly string[];
}

/** What may start in the whole channel at `now`, in a total and reproducible order, within its slots (design §7). */
export function planFleet(channel: Channel, views: readonly TenantView[], now: Instant): FleetPlan {
  return planAmong(channel, { views, candidates: views }, now);
}

/** A channel's tenants, and those of them that are known to have something to start. */
export interface Fleet {
  readonly views: readonly TenantView[];
  readonly candidates: readonly TenantView[];
}

/** As `planFleet`, without asking tenants of which it is known that they have nothing to start. */
export function planAmong(channel: Channel, { views, candidates }: Fleet, now: Instant): FleetPlan {
  const free = freeSlots(channel, views);
  const claimed = new Set(channel.slots.map((slot) => slot.uid));
  const ready = candidates
    .filter((view) => !claimed.has(view.uid))
    .flatMap((view) => candidateOf(view, now))
    .sort(inOrder);
  const fresh = ready.filter(({ view, start }) => !needsReading(view, start, now));
  return {
    claims: fresh.slice(0, free).map(({ view, start }) => claimOf(view, start, now)),
    refresh: free === 0 ? [] : ready.filter(({ view, start }) => needsReading(view, start, now)).map(({ view }) => view.name),
  };
}

/** Slots that may be claimed: what runs counts with or without a slot, for the ledger may have been lost. */
function freeSlots({ slots, maxParallel }: Channel, views: readonly TenantView[]): number {
  const running = views.flatMap((view) => view.upgrade ?? []);
  const stuck = new Set(running.filter((upgrade) => upgrade.stuck).map((upgrade) => upgrade.id));
  const slotted = new Set(slots.map((slot) => slot.attempt));
  const unslotted = running.filter((upgrade) => !slotted.has(upgrade.id));
  const used = usedSlots(slots, stuck) + unslotted.filter((upgrade) => !upgrade.stuck).length;
  const room = SLOTS_LISTED - slots.length - unslotted.length;
  return Math.max(0, Math.min(slotLimit(maxParallel, views.length) - used, room));
}

/** Whether a release has failed on too many tenants, for the channel's conditions. */
export function haltedVersions(channel: Channel): readonly string[] {
  return channel.halts.filter((halt) => isHalted(halt, channel.maxFailures)).map((halt) => halt.version);
}

function candidateOf(view: TenantView, now: Instant): readonly Candidate[] {
  const { start } = decideLanes(view, now);
  return start === undefined ? [] : [candidate(view, start)];
}

/** A major rests on the inventory; a reading older than `maxAge` is taken again first (design §5). */
function needsReading(view: TenantView, start: Start, now: Instant): boolean {
  return start.class === "Major" && isStale(view.agents.lastRead, view.agents.maxAgeMs, now);
}

/** The slot that lets an upgrade begin at `now`. */
export function claimOf(view: TenantView, start: Start, now: Instant): Claim {
  return { ...start, tenant: view.name, uid: view.uid, claimedAt: now, attempt: attemptId(view.name, start.to, now) };
}

/** Unique per tenant and instant, and readable in a log: `acme-17.2.3-20261124T020000Z`. */
function attemptId(tenant: string, to: string, claimedAt: Instant): string {
  const stamp = stampOf(claimedAt).replaceAll(/[-:]/g, "");
  return `${tenant}-${to}-${stamp}`;
}
