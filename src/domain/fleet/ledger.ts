import type { HistoryEntry, ReleaseChannelSpec, ReleaseChannelStatus, Slot, TenantStatus, UpgradeStatus } from "../../api/index.ts";
import { FAILED_LISTED } from "../release/channel.ts";
import { compareVersions, parseVersion } from "../release/version.ts";
import type { Promotion } from "../release/waves.ts";
import type { LineState } from "../release/lines.ts";
import { instantOf, SECOND, stampOf, type Instant } from "../time.ts";
import type { Approval } from "../approval/approval.ts";
import { approvalsAt } from "../approval/lift.ts";
import { isFailure } from "../tenant/view.ts";
import { isGivenUp } from "../upgrade/progress.ts";
import type { Claim } from "./claim.ts";
import { keptDurations } from "./durations.ts";

/** What the ledger asks of a tenant: the attempt it works on and those that ended. */
export interface LedgerTenant {
  readonly name: string;
  readonly uid: string;
  /** The uid by which its failures count, if another: that of a tenant taken over, whose failures they may be. */
  readonly failsAs?: string;
  readonly upgrade: UpgradeStatus | undefined;
  readonly history: readonly HistoryEntry[];
}

/** The part of the channel's status that remembers, as opposed to what is only shown. */
export type Ledger = Required<Pick<ReleaseChannelStatus, "slots" | "lines" | "halts" | "releases" | "promotions" | "durations">>;

const HALTS_KEPT = 256;

/** What the ledger is brought up to date with. */
export interface LedgerInput {
  readonly spec: ReleaseChannelSpec;
  readonly status: ReleaseChannelStatus | undefined;
  readonly tenants: readonly LedgerTenant[];
  readonly lines: readonly LineState[];
  readonly claims: readonly Claim[];
  /** Attempts whose slot may be freed: ended, or without a tenant, as a live read confirmed. */
  readonly freed: ReadonlySet<string>;
  /** What waves vouch for from now on. */
  readonly vouched: readonly Promotion[];
  /** Those that name a tenant of the channel; they acknowledge for all of them (design §6). */
  readonly approvals: readonly Approval[];
  readonly now: Instant;
}

/** The ledger after everything that is known at `now` (design §7). It forgets nothing that still counts. */
export function keepLedger(input: LedgerInput): Ledger {
  return {
    slots: keptSlots(input),
    lines: keptLines(input),
    halts: haltsAfter(input),
    promotions: keptPromotions(input),
    releases: seenReleases(input),
    durations: keptDurations(input),
  };
}

/** Slots that count against maxParallel: a stuck upgrade leaves the count. */
export function usedSlots(slots: readonly Slot[], stuck: ReadonlySet<string>): number {
  // Asked at every look at a tenant of the channel, and hardly ever is one stuck.
  return stuck.size === 0 ? slots.length : slots.filter((slot) => !stuck.has(slot.attempt)).length;
}

/** Slots whose attempt has ended, whose tenant is gone or is at another attempt, as far as the cache knows. */
export function endedSlots(slots: readonly Slot[], tenantOf: (name: string) => LedgerTenant | undefined): readonly Slot[] {
  return slots.filter((slot) => {
    const tenant = tenantOf(slot.tenant);
    return tenant === undefined || tenant.uid !== slot.uid || isOver(slot.attempt, tenant);
  });
}

/** A tenant works on one attempt at a time: a slot of another one is an orphan. */
export function isOver(attempt: string, { upgrade, history = [] }: Pick<TenantStatus, "upgrade" | "history"> | LedgerTenant): boolean {
  return history.some((entry) => entry.id === attempt) || (upgrade !== undefined && upgrade.id !== attempt);
}

function keptSlots({ status, tenants, claims, freed }: LedgerInput): Slot[] {
  const kept = (status?.slots ?? []).filter((slot) => !freed.has(slot.attempt));
  const known = new Set([...kept.map((slot) => slot.attempt), ...freed]);
  // A running attempt without a slot: the ledger was lost. It gets its slot back, and is not learned from: it may have been before.
  const recovered = tenants.flatMap(({ name, uid, upgrade }) => (upgrade === undefined || known.has(upgrade.id) ? [] : [slotOf(name, uid, upgrade)]));
  return [...kept, ...recovered.sort((a, b) => compareText(a.attempt, b.attempt)), ...claims.map(claimedSlot)];
}

function slotOf(tenant: string, uid: string, { id, class: upgradeClass, from, to, claimedAt, predictedEndAt, opening, approvals }: UpgradeStatus): Slot {
  return { tenant, uid, attempt: id, class: upgradeClass, from, to, claimedAt, predictedEndAt, opening, ...(approvals && { approvals }), recovered: true };
}

function claimedSlot({ tenant, uid, attempt, class: upgradeClass, from, to, claimedAt, predictedEndAt, opening, approvals }: Claim): Slot {
  return {
    tenant,
    uid,
    attempt,
    class: upgradeClass,
    from,
    to,
    claimedAt: stampOf(claimedAt),
    predictedEndAt: stampOf(predictedEndAt),
    opening: { window: opening.window, opensAt: stampOf(opening.opensAt), closesAt: stampOf(opening.closesAt) },
    ...(approvals.length > 0 && { approvals: [...approvals] }),
  };
}

/** What was recorded stays, also while `spec.lines` says Never. */
function keptLines({ status, lines }: LedgerInput): Ledger["lines"] {
  const recorded = status?.lines ?? [];
  const known = new Set(recorded.map((line) => line.major));
  const opened = lines.flatMap((line) =>
    !line.open || known.has(line.major) ? [] : [{ major: line.major, openedAt: stampOf(line.openedAt), ...(line.fromStart && { fromStart: true }) }],
  );
  return [...recorded, ...opened];
}

const PROMOTIONS_KEPT = 256;

/** What was vouched for stays so; of the oldest ones more is forgotten than anybody needs. */
function keptPromotions({ status, vouched }: LedgerInput): Ledger["promotions"] {
  // Rounded up: what is vouched for in the very second in which an opening begins comes after its beginning (design §4).
  const added = vouched.map(({ line, version, wave, at }) => ({ line, version, wave, at: stampOf(Math.ceil(at / SECOND) * SECOND) }));
  return [...(status?.promotions ?? []), ...added].slice(-PROMOTIONS_KEPT);
}

type Halt = NonNullable<ReleaseChannelStatus["halts"]>[number];

/** One failure is one distinct tenant on which a release did not work; Aborted does not count (design §7). */
export function haltsAfter({ spec, status, tenants, approvals, now }: Pick<LedgerInput, "spec" | "status" | "tenants" | "approvals" | "now">): NonNullable<Ledger["halts"]> {
  const acknowledging = approvalsAt(approvals, now).filter(({ lifts }) => lifts.has("ReleaseHalted"));
  const halts = new Map((status?.halts ?? []).map((halt) => [halt.version, acknowledged(halt, acknowledging)]));
  for (const { uid, version, at } of tenants.flatMap(failuresOf)) {
    const halt = halts.get(version) ?? { version, failedCount: 0, since: stampOf(now) };
    const { failed = [] } = halt;
    const isNews = at > (instantOf(halt.acknowledgedAt) ?? Number.NEGATIVE_INFINITY);
    if (!isNews || failed.includes(uid) || failed.length >= FAILED_LISTED) continue;
    halts.set(version, { ...halt, failed: [...failed, uid].sort(compareText), failedCount: halt.failedCount + 1 });
  }
  const offered = new Set(spec.releases.map((release) => parseVersion(release.version)));
  // What is no longer in the catalogue goes first: nobody can be upgraded to it.
  const byNeed = [...halts.values()].sort((a, b) => Number(offered.has(b.version)) - Number(offered.has(a.version)) || compareVersions(b.version, a.version));
  return byNeed.slice(0, HALTS_KEPT).sort((a, b) => compareVersions(a.version, b.version));
}

/**
 * The failures that ended before the newest approval of the release no longer count; once said, that outlives the approval.
 * The list goes: the API server leaves out one that was emptied.
 */
function acknowledged(halt: Halt, approvals: readonly Approval[]): Halt {
  const [newest] = approvals.filter(({ version }) => version === halt.version).toSorted((a, b) => b.createdAt - a.createdAt);
  if (newest === undefined || newest.createdAt <= (instantOf(halt.acknowledgedAt) ?? Number.NEGATIVE_INFINITY)) return halt;
  const { failed: _acknowledged, ...rest } = halt;
  return { ...rest, failedCount: 0, acknowledgedBy: newest.name, acknowledgedAt: stampOf(newest.createdAt) };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

interface Failure {
  readonly uid: string;
  readonly version: string;
  readonly at: Instant;
}

/** What goes on failing has not ended yet: nobody has acknowledged that. */
function failuresOf({ uid: own, failsAs: uid = own, upgrade, history }: LedgerTenant): readonly Failure[] {
  const failure = (version: string, since: string | undefined) => ({ uid, version, at: instantOf(since) ?? Number.POSITIVE_INFINITY });
  // Each release counts that it got stuck on, wherever it went from there.
  const left = [...history, ...(upgrade ? [upgrade] : [])].flatMap(({ stuckOn = [] }) => stuckOn.map(({ version, since }) => failure(version, since)));
  const ended = history.filter((entry) => isFailure(entry) && isOfRelease(entry)).map((entry) => failure(entry.to, entry.finishedAt));
  const isFailing = upgrade !== undefined && upgrade.ownSettings !== true && (isGivenUp(upgrade) || upgrade.failure !== undefined);
  return [...left, ...ended, ...(isFailing ? [failure(upgrade.to, upgrade.stuckSince)] : [])];
}

/** A restore point that could not be taken says nothing of the release, nor does a size that finds no node. */
function isOfRelease({ step, ownSettings }: HistoryEntry): boolean {
  return step !== "Backup" && ownSettings !== true;
}

/** Releases that are there when the channel is first seen count from their release, so nothing is `now` for them. */
function seenReleases({ spec, status, now }: LedgerInput): Ledger["releases"] {
  const seen = new Map((status?.releases ?? []).map((release) => [release.version, release]));
  return spec.releases.flatMap((release) => {
    const version = parseVersion(release.version);
    if (version === undefined) return [];
    const firstSeenAt = status?.releases === undefined ? release.releasedAt : stampOf(now);
    return [seen.get(version) ?? { version, firstSeenAt }];
  });
}
