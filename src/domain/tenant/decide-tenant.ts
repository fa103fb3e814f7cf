import { ROLLED_FORWARD_MOST, type HistoryEntry, type UpgradeStatus } from "../../api/index.ts";
import { isStale } from "../agents/gate.ts";
import type { Backup } from "../backup/backup.ts";
import { countsFor, isActive, pausingFreeze, type Freeze } from "../freeze/freeze.ts";
import { bounded } from "../hold.ts";
import { isNewer } from "../release/version.ts";
import { nextAction, hasBegun, isAtSafePoint, type Action, type Gate, type Preflight, type SeenOnward } from "../upgrade/next-action.ts";
import { attemptOf, progress } from "../upgrade/progress.ts";
import { clockedStep, type Workloads } from "../upgrade/workloads.ts";
import { instantOf, SECOND, type Instant } from "../time.ts";
import { decideLanes } from "./decide.ts";
import { mayEnter, newerRelease } from "./onward.ts";
import type { SuspendedBy } from "./suspension.ts";
import { laneOf, type TenantView } from "./view.ts";

/** At the disruptive instant the inventory must have been read this recently (design §5). */
const FRESH_MS = 60 * SECOND;

/** What is seen of a running attempt, besides the view. */
export interface AttemptSight {
  readonly upgrade: UpgradeStatus;
  readonly workloads: Workloads;
  readonly preflight: Preflight;
  /** How far its restore point is; absent: it needs none. */
  readonly backup?: Backup | undefined;
  /** How the preflight of a newer release went that a stuck major may go on to. */
  readonly preflightOf: (version: string) => Preflight;
  /** Why the tenant is to be switched off; absent: it is not. */
  readonly suspended?: SuspendedBy | undefined;
  /** Whether its agents have still to be told of the version that it goes to; absent: not. */
  readonly tellsAgents?: boolean | undefined;
  /** Those that cover the tenant. */
  readonly freezes: readonly Freeze[];
  readonly stepElapsedMs: (step: string) => number;
  readonly verifyMs: number;
  readonly stepDeadlineMs: number;
}

/** What a running attempt does next, and what status says of it then. */
export interface AttemptDecision {
  readonly action: Action;
  readonly upgrade?: UpgradeStatus;
  readonly entry?: HistoryEntry;
}

/**
 * Decides the next action of the attempt under way; pure, from what is observed now (design §8). Without a view (its
 * channel cannot be used) an attempt past its first write goes on, and one before it ends.
 */
export function decideAttempt(view: TenantView | undefined, sight: AttemptSight, now: Instant): AttemptDecision {
  const { workloads, preflight } = sight;
  const attempt = attemptOf(sight.upgrade, now);
  const upgrade = hasBegun(attempt, workloads) ? sight.upgrade : withSettings(sight.upgrade, view);
  const pausing = pausingFreeze(sight.freezes, { class: upgrade.class, claimedAt: instantOf(upgrade.claimedAt) ?? Number.NEGATIVE_INFINITY, approvals: upgrade.approvals ?? [] }, now);
  if (pausing !== undefined && isAtSafePoint(attempt, workloads)) {
    sight.stepElapsedMs(`${upgrade.step}, paused`); // the step's time begins anew when it goes on
    return decided(upgrade, { kind: "pause", freeze: pausing.name, until: pausing.until }, now);
  }
  const elapsedMs = sight.stepElapsedMs(clockedStep(upgrade.step, workloads));
  const action = nextAction(attempt, {
    workloads,
    preflight,
    backup: sight.backup,
    suspended: sight.suspended,
    tellsAgents: sight.tellsAgents,
    gate: hasBegun(attempt, workloads) ? { kind: "pass", predictedEndAt: instantOf(upgrade.predictedEndAt) ?? now, approvals: [] } : disruptiveGate(view, upgrade, now),
    overdue: elapsedMs > sight.stepDeadlineMs,
    verified: upgrade.step === "Verify" && elapsedMs >= sight.verifyMs,
    // A freeze that pauses what runs keeps a stuck one where it is.
    onward: pausing === undefined ? onwardOf(view, sight, now) : undefined,
  });
  return decided(upgrade, action, now);
}

/** Until it begins its owner, and the platform's, may edit what it is to bring. */
function withSettings({ ownSettings: _before, ...upgrade }: UpgradeStatus, view: TenantView | undefined): UpgradeStatus {
  return upgrade.class === "Config" && view?.ownSettings === true ? { ...upgrade, ownSettings: true } : upgrade;
}

/** Where a major may go that got stuck; asked of no other. */
function onwardOf(view: TenantView | undefined, { upgrade: { to, class: upgradeClass, stuckSince, stuckOn = [] }, preflightOf }: AttemptSight, now: Instant): SeenOnward | undefined {
  if (view === undefined || upgradeClass !== "Major" || stuckSince === undefined) return undefined;
  const newer = stuckOn.length < ROLLED_FORWARD_MOST ? newerRelease(view, to, now) : undefined;
  return { mayEnter: mayEnter(view, to, now), newer: newer && { ...newer, preflight: preflightOf(newer.version) } };
}

function decided(upgrade: UpgradeStatus, action: Action, now: Instant): AttemptDecision {
  const after = progress(upgrade, action, now);
  return after.kind === "running" ? { action, upgrade: after.upgrade } : { action, entry: after.entry };
}

/** Whether an action changes status alone: it is said before anything is done (design §8). */
export function isSaidOnly(action: Action): boolean {
  return action.kind === "announce" || action.kind === "say" || action.kind === "goOn" || action.kind === "finish";
}

/** All gates once more, at the disruptive instant (design §3.2). A newer target does not disturb; a withdrawn one does. */
export function disruptiveGate(view: TenantView | undefined, upgrade: UpgradeStatus, now: Instant): Gate {
  if (view === undefined) return { kind: "held", message: "the tenant's channel cannot be used" };
  const lanes = decideLanes(view, now, { id: upgrade.id, predictedEndAt: instantOf(upgrade.predictedEndAt) });
  const lane = laneOf(upgrade.class) === "Major" ? lanes.major : lanes.patch;
  const release = view.channel.releases.find((each) => each.version === upgrade.to);
  // Of class Config it runs already, whatever has become of the catalogue.
  const isListed = release !== undefined || upgrade.class === "Config";
  if (!isListed || release?.withdrawn === true || release?.halted === true) return { kind: "held", message: `${upgrade.to} was withdrawn or halted` };
  if (upgrade.class === "Config" && view.templateChanges === undefined) return { kind: "held", message: "its pods are as they should be by now" };
  if (lane.target === undefined || isNewer(upgrade.to, lane.target)) return { kind: "held", message: `${upgrade.to} is no longer a target` };
  if (laneOf(upgrade.class) === "Major" && isStale(view.agents.lastRead, FRESH_MS, now)) return staleGate(view, upgrade, now);
  if (lane.holds.length > 0) return { kind: "held", message: bounded(lane.holds.map((hold) => `${hold.code}: ${hold.message}`).join("; ")) };
  // The lane may lead to a security release by now, which some freezes let through: this attempt is none.
  const { class: own } = upgrade;
  if (lane.class === "Security" && own !== "Security" && view.freezes.some((freeze) => isActive(freeze, now) && countsFor(freeze, lane.lane, own))) return { kind: "held", message: "Frozen: a freeze lets nothing through but security upgrades" };
  if (now >= (instantOf(upgrade.opening.closesAt) ?? now)) return { kind: "held", message: "the opening it was claimed in is over" };
  return { kind: "pass", predictedEndAt: now + lane.predictedMs, approvals: lane.approvals };
}

/** A reading that failed since the claim is no reason to read for ever: the attempt then ends, held by what the lane says. */
function staleGate({ agents: { lastRead } }: TenantView, { claimedAt }: UpgradeStatus, now: Instant): Gate {
  if (lastRead.kind !== "failed" || now - lastRead.askedAt > FRESH_MS || lastRead.askedAt < (instantOf(claimedAt) ?? now)) return { kind: "stale" };
  return { kind: "held", message: bounded(`InventoryUnknown: ${lastRead.message}`) };
}

