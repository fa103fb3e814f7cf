import { agentHolds } from "../agents/gate.ts";
import type { Approval } from "../approval/approval.ts";
import { approvalsAt } from "../approval/lift.ts";
import { nextClosureAt, openAgainAt } from "../freeze/closures.ts";
import { isActive, type Freeze } from "../freeze/freeze.ts";
import { bounded, channelHold, fleetHold, tenantHold, type Hold, type Lane } from "../hold.ts";
import { majorOf } from "../release/version.ts";
import type { LaneTarget } from "../release/lane-target.ts";
import type { Instant } from "../time.ts";
import type { Opening } from "../window/opening.ts";
import { failuresInARow, lastDisruption } from "./past.ts";
import { SUSPENDED_BY } from "./suspension.ts";
import { laneOf, type RegionSeen, type TenantView, type PastAttempt } from "./view.ts";

/** One lane of one tenant at one moment: what every gate is asked about. */
export interface LaneContext {
  readonly view: TenantView;
  readonly lane: Lane;
  readonly plan: LaneTarget;
  /** Those that cover the tenant and count for this upgrade, whether they hold already or not. */
  readonly freezes: readonly Freeze[];
  /** The tenant's opening for this lane, if one is open. */
  readonly opening: Opening | undefined;
  /** The first start after now, and the first from which the upgrade fits. */
  readonly nextOpensAt: Instant | undefined;
  readonly nextFitAt: Instant | undefined;
  readonly predictedMs: number;
  readonly now: Instant;
  /** The attempt that asks again at its disruptive instant; its own slot and lane are then no hindrance (design §3.2). */
  readonly attemptId: string | undefined;
}

type Gate = (context: LaneContext) => readonly Hold[];

/** Every gate is asked every time; nothing short-circuits, so that clearing one hold never uncovers a surprise. */
const GATES: readonly Gate[] = [
  notProvisioned,
  suspended,
  unhealthy,
  upgradeRunning,
  releaseItself,
  window,
  windowLongEnough,
  retryNextOpening,
  frozen,
  approvalMissing,
  agents,
  tenantHalted,
  minimumInterval,
  concurrencyLimit,
  clockTrusted,
];

/** All holds of the lane, in the order of the gates. */
export function laneHolds(context: LaneContext): readonly Hold[] {
  return GATES.flatMap((gate) => gate(context));
}

function notProvisioned({ view, lane }: LaneContext): readonly Hold[] {
  if (view.authAbove !== undefined) return [tenantHold("VersionUnknown", view.name, `Auth runs ${view.authAbove}, a major above the recorded version`)];
  if (view.version !== undefined && view.provisioned) return regionsBelow(view, lane);
  if (view.provisioned) return [tenantHold("VersionUnknown", view.name, "the tenant has data, but the version that wrote it cannot be derived")];
  return [tenantHold("NotProvisioned", view.name, "the tenant was never Ready yet")];
}

function suspended({ view }: LaneContext): readonly Hold[] {
  if (view.deleting) return [tenantHold("Suspended", view.name, "the tenant is being deleted")];
  if (view.suspension === undefined) return [];
  return [tenantHold("Suspended", view.name, view.suspension === "Resuming" ? "the tenant is being resumed" : SUSPENDED_BY[view.suspension])];
}

/** Proxies of a region that nobody can see are never left two majors behind Auth, whoever approves it (row F11). */
function regionsBelow({ name, version = "", regions = [] }: TenantView, lane: Lane): readonly Hold[] {
  const below = regions.filter(({ isAway, oldestMajor }) => (oldestMajor === undefined ? isAway : oldestMajor < majorOf(version)));
  if (lane === "Patch" || below.length === 0) return [];
  return [tenantHold("VersionUnknown", name, `proxies may still run a major below the tenant's: ${namesOf(below)}`)];
}

function namesOf(regions: readonly RegionSeen[]): string {
  return regions.map((region) => `${region.name}${region.isAway ? " (out of reach)" : ""}`).sort().join(", ");
}

function unhealthy({ view, lane }: LaneContext): readonly Hold[] {
  if (lane === "Patch" || view.ready) return [];
  const away = (view.regions ?? []).filter(({ isAway }) => isAway);
  return [tenantHold("Unhealthy", view.name, away.length === 0 ? "the tenant is not Ready" : `the tenant is not Ready: ${namesOf(away)}`)];
}

function upgradeRunning({ view, attemptId }: LaneContext): readonly Hold[] {
  if (view.upgrade === undefined || view.upgrade.id === attemptId) return [];
  return [tenantHold("UpgradeRunning", view.name, `an upgrade to ${view.upgrade.to} is under way`)];
}

/** What concerns the release: cut, age, line, pin, path, halt. */
function releaseItself({ plan }: LaneContext): readonly Hold[] {
  return plan.holds;
}

function window({ view, lane, nextOpensAt, opening }: LaneContext): readonly Hold[] {
  return opening === undefined ? [closedWindow(view, lane, nextOpensAt)] : [];
}

/** What holds the lane for as long as no window for it is open. */
export function closedWindow({ name, windows }: TenantView, lane: Lane, nextOpensAt?: Instant): Hold {
  const { valid, invalid, missing } = windows;
  const broken = [...invalid.map((window) => window.name), ...missing].sort();
  if (valid.length === 0 && broken.length > 0) return tenantHold("WindowInvalid", name, `no valid window binds the tenant: ${broken.join(", ")}`);
  if (valid.length === 0) return tenantHold("NoWindow", name, "no window binds the tenant");
  const allows = valid.some((window) => window.lanes.includes(lane));
  if (!allows) return tenantHold("NoWindow", name, `no window of the tenant allows the ${lane} lane`);
  return tenantHold("OutsideWindow", name, `no window for the ${lane} lane is open`, nextOpensAt);
}

function windowLongEnough({ view, opening, freezes, predictedMs, nextFitAt, now }: LaneContext): readonly Hold[] {
  if (opening === undefined) return [];
  const frozenAt = nextClosureAt(freezes, now);
  if (now + predictedMs <= Math.min(opening.closesAt, frozenAt)) return [];
  const what = opening.closesAt <= frozenAt ? `the rest of ${describe(opening)} is` : `the time until the next freeze is`;
  return [tenantHold("WindowTooShort", view.name, `${what} shorter than the upgrade takes`, nextFitAt)];
}

function describe({ window }: Opening): string {
  return window.includes(":") ? window.replace(":", " ") : `window ${window}`;
}

/** One hold for all freezes that hold now: it ends when the last of them does, or of those that follow on it. */
function frozen({ freezes, now }: LaneContext): readonly Hold[] {
  const active = freezes.filter((freeze) => isActive(freeze, now));
  const [last] = active.toSorted((a, b) => b.until - a.until);
  if (last === undefined) return [];
  const until = openAgainAt(freezes, now);
  return [
    {
      code: "Frozen",
      message: bounded(active.map(({ name, reason }) => `freeze ${name}: ${reason}`).join("; ")),
      scope: last.scope,
      source: { kind: "Freeze", name: last.name },
      ...(Number.isFinite(until) && { until }),
    },
  ];
}

function retryNextOpening({ view, lane, plan: { target }, opening, nextOpensAt }: LaneContext): readonly Hold[] {
  if (opening === undefined) return [];
  // Pods of another template that did not come up say nothing of a newer version.
  const isAsked = (past: PastAttempt) => laneOf(past.class) === lane && (past.class !== "Config" || target?.class === "Config");
  const failed = view.history.some((past) => !past.succeeded && isAsked(past) && past.finishedAt >= opening.opensAt);
  if (failed) return [tenantHold("RetryNextOpening", view.name, "the last attempt did not succeed in this opening", nextOpensAt)];
  const isRolled = ({ class: upgradeClass, disruptiveAt = Number.NEGATIVE_INFINITY }: PastAttempt) => upgradeClass === "Config" && disruptiveAt >= opening.opensAt;
  const again = target?.class === "Config" && view.history.some(isRolled);
  return again ? [tenantHold("RetryNextOpening", view.name, "its pods were given another template in this opening already", nextOpensAt)] : [];
}

/** Lifted like every other hold, by an Approval of just this version. */
function approvalMissing({ view, lane, plan }: LaneContext): readonly Hold[] {
  return plan.target === undefined ? [] : approvalRequired(view, lane, plan.target.version);
}

/** What holds every upgrade of a lane until somebody approves the version it leads to. */
export function approvalRequired({ name, manual, channel }: TenantView, lane: Lane, version: string): readonly Hold[] {
  if (manual) return [tenantHold("ApprovalRequired", name, `spec.upgrades.mode is Manual: the upgrade to ${version} needs an Approval`)];
  if (lane === "Patch" || !channel.major.approval) return [];
  return [channelHold("ApprovalRequired", channel.name, `the channel wants an Approval for each major: ${version} has none`)];
}

function agents({ view, lane, now }: LaneContext): readonly Hold[] {
  if (lane === "Patch" || view.version === undefined) return [];
  const terms = { currentMajor: majorOf(view.version), rememberForMs: view.agents.rememberForMs, now };
  if (view.suspension === undefined) return agentHolds(view.name, view.agents, terms);
  // While Auth is off nobody can be asked: status alone is believed, as by a process that has just begun (invariant I8).
  return agentHolds(view.name, { ...view.agents, lastRead: { kind: "never" } }, terms).filter(({ code }) => code !== "InventoryUnknown");
}

/** Failures in a row, whatever they led to; an Approval acknowledges those that ended before it (design §6, §8). */
function tenantHalted({ view, lane, now }: LaneContext): readonly Hold[] {
  const countFrom = Math.max(...acknowledging(view, now).map(({ createdAt }) => createdAt));
  if (failuresInARow(view.history, lane).filter((past) => past.finishedAt > countFrom).length < view.channel.maxAttempts) return [];
  return [tenantHold("TenantHalted", view.name, `upgrades of the ${lane} lane failed as often in a row as spec.rollout.maxAttempts allows`)];
}

/** The approvals by which a lane may be tried again that failed too often; none if it did not. */
export function retriedBy({ view, lane, now }: Pick<LaneContext, "view" | "lane" | "now">): readonly string[] {
  return failuresInARow(view.history, lane).length < view.channel.maxAttempts ? [] : acknowledging(view, now).map(({ name }) => name);
}

function acknowledging({ approvals }: TenantView, now: Instant): readonly Approval[] {
  return approvalsAt(approvals, now).filter(({ lifts }) => lifts.has("TenantHalted"));
}

function minimumInterval({ view, lane, plan, now }: LaneContext): readonly Hold[] {
  if (plan.target?.class === "Security") return [];
  const intervalMs = lane === "Patch" ? view.channel.patch.minIntervalMs : view.channel.major.minIntervalMs;
  const since = lastDisruption(view.history, lane);
  if (since === undefined || since + intervalMs <= now) return [];
  const until = Number.isFinite(intervalMs) ? since + intervalMs : undefined; // an interval that is no length never ends
  return [tenantHold("MinimumInterval", view.name, `the last upgrade was less than the ${lane} lane's minimum interval ago`, until)];
}

/** Slots matter only while a window is open; asking before would make every tenant's status follow every claim. */
function concurrencyLimit({ view, opening, attemptId }: LaneContext): readonly Hold[] {
  if (view.slotFree || opening === undefined || attemptId !== undefined) return [];
  return [channelHold("ConcurrencyLimit", view.channel.name, "as many upgrades run as spec.rollout.maxParallel allows")];
}

/** The message does not say by how much, nor why: it stays the same for as long as it holds. */
function clockTrusted({ view }: LaneContext): readonly Hold[] {
  return view.clockTrusted ? [] : [fleetHold("ClockUntrusted", "the operator's clock and the API server's differ, or cannot be compared")];
}
