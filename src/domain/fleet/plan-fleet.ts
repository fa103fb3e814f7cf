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
  const candidates = views.flatMap((view) => startOf(view, now).map((start) => candidate(view, start)));
  return planAmong(channel, { size: views.length, running: views.filter(({ upgrade }) => upgrade !== undefined), candidates }, now);
}

/** What a plan asks of a channel's tenants. */
export interface Contenders {
  /** How many tenants there are. */
  readonly size: number;
  readonly running: readonly TenantView[];
  /** Those that had something to start when they were last seen: whoever had nothing still has not. */
  readonly candidates: readonly Candidate[];
}

/** As `planFleet`. What had been found to start is judged once more at this very instant, when its turn comes. */
export function planAmong(channel: Channel, { size, running, candidates }: Contenders, now: Instant): FleetPlan {
  let free = freeSlots(channel, size, running);
  const plan = { claims: new Array<Claim>(), refresh: new Array<string>() };
  if (free === 0) return plan;
  const claimed = new Set(channel.slots.map((slot) => slot.uid));
  for (const { view, start } of candidates.filter(({ view: { uid } }) => !claimed.has(uid)).sort(inOrder)) {
    const [still] = free > 0 ? startOf(view, now) : [start];
    if (still === undefined) continue;
    if (needsReading(view, still, now)) plan.refresh.push(view.name);
    else if (free > 0) {
      plan.claims.push(claimOf(view, still, now));
      free -= 1;
    }
  }
  return plan;
}

/** Slots that may be claimed: what runs counts with or without a slot, for the ledger may have been lost. */
export function freeSlots({ slots, maxParallel }: Channel, tenants: number, views: readonly TenantView[]): number {
  const running = views.flatMap((view) => view.upgrade ?? []);
  const stuck = new Set(running.filter((upgrade) => upgrade.stuck).map((upgrade) => upgrade.id));
  const slotted = new Set(slots.map((slot) => slot.attempt));
  const unslotted = running.filter((upgrade) => !slotted.has(upgrade.id));
  const used = usedSlots(slots, stuck) + unslotted.filter((upgrade) => !upgrade.stuck).length;
  const room = SLOTS_LISTED - slots.length - unslotted.length;
  return Math.max(0, Math.min(slotLimit(maxParallel, tenants) - used, room));
}

/** Whether a release has failed on too many tenants, for the channel's conditions. */
export function haltedVersions(channel: Channel): readonly string[] {
  return channel.halts.filter((halt) => isHalted(halt, channel.maxFailures)).map((halt) => halt.version);
}

function startOf(view: TenantView, now: Instant): readonly Start[] {
  const { start } = decideLanes(view, now);
  return start === undefined ? [] : [start];
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
