import type { UpgradeClass } from "../../api/index.ts";
import { selects, type Labels, type LabelSelector } from "../selector.ts";
import { instantOf, type Instant } from "../time.ts";
import type { Lane } from "../window/window.ts";

/** What a Freeze says, as it is written (design §2). */
export interface FreezeSpec {
  readonly from?: string | undefined;
  readonly until: string;
  readonly lanes: readonly Lane[];
  readonly tenantSelector?: LabelSelector | undefined;
  readonly channel?: string | undefined;
  readonly pauseRunning: boolean;
  readonly exceptSecurity: boolean;
  readonly owner: string;
  readonly reason: string;
}

/** A freeze, compiled: half-open, in UTC. */
export interface Freeze {
  readonly name: string;
  readonly from: Instant;
  /** Since when it counts: since its beginning, and not before it was created. */
  readonly since: Instant;
  /** Infinity: its end cannot be read, so it has none. */
  readonly until: Instant;
  readonly lanes: readonly Lane[];
  readonly exceptSecurity: boolean;
  readonly pauseRunning: boolean;
  readonly reason: string;
  readonly scope: "Fleet" | "Channel" | "Tenant";
  /** Why it cannot be read; it then spares nobody. */
  readonly problem?: string;
  covers(tenant: CoveredTenant): boolean;
}

/** What of a tenant decides which freezes cover it. */
export interface CoveredTenant {
  readonly name: string;
  readonly labels?: Labels | undefined;
  readonly channel: string;
}

/** Compiles a freeze; `createdAt` is its beginning if it names none. An end that is no instant never comes (fail closed). */
export function compileFreeze(name: string, spec: FreezeSpec, createdAt: Instant): Freeze {
  const { tenantSelector, channel, lanes, exceptSecurity, pauseRunning, reason, owner } = spec;
  const from = spec.from === undefined ? createdAt : (instantOf(spec.from) ?? Number.NEGATIVE_INFINITY);
  return {
    name,
    from,
    since: Math.max(from, createdAt),
    until: instantOf(spec.until) ?? Number.POSITIVE_INFINITY,
    lanes,
    exceptSecurity,
    pauseRunning,
    reason: `${reason} (${owner})`,
    scope: tenantSelector !== undefined ? "Tenant" : channel !== undefined ? "Channel" : "Fleet",
    // An absent selector on a freeze chooses all (design §2).
    covers: (tenant) => (channel === undefined || channel === tenant.channel) && selects(tenantSelector ?? {}, tenant.labels, tenant.name),
  };
}

/** A freeze that cannot be read: nobody knows whom it spares, so it spares nobody. */
export function unreadableFreeze(name: string, problem: string): Freeze {
  const always = { from: Number.NEGATIVE_INFINITY, since: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };
  return { name, ...always, lanes: ["Patch", "Major"], exceptSecurity: false, pauseRunning: false, reason: "it cannot be read", scope: "Fleet", problem, covers: () => true };
}

/** Whether it holds at this instant. */
export function isActive({ from, until }: Freeze, now: Instant): boolean {
  return from <= now && now < until;
}

/** Whether it counts for a lane whose upgrade is of this class; without a target no class is known. */
export function countsFor({ lanes, exceptSecurity }: Freeze, lane: Lane, upgradeClass: UpgradeClass | undefined): boolean {
  return lanes.includes(lane) && !(exceptSecurity && upgradeClass === "Security");
}

/** What of an upgrade under way decides which freezes pause it. */
export interface PausableUpgrade {
  readonly class: UpgradeClass;
  readonly claimedAt: Instant;
  /** The names of those that it rests on. */
  readonly approvals: readonly string[];
}

/** Whether the freeze pauses this upgrade while it holds. One that was claimed in the midst of it was let through by an Approval, and is not stopped half-way. */
export function pauses(freeze: Freeze, { class: upgradeClass, claimedAt, approvals }: PausableUpgrade): boolean {
  const wasLetThrough = approvals.length > 0 && freeze.since < claimedAt;
  return freeze.pauseRunning && !wasLetThrough && countsFor(freeze, upgradeClass === "Major" ? "Major" : "Patch", upgradeClass);
}

/** Of the freezes that hold an upgrade under way, the one that ends last. */
export function pausingFreeze(freezes: readonly Freeze[], upgrade: PausableUpgrade, now: Instant): Freeze | undefined {
  const holding = freezes.filter((freeze) => isActive(freeze, now) && pauses(freeze, upgrade));
  return holding.toSorted((a, b) => b.until - a.until || (a.name < b.name ? -1 : 1))[0];
}
