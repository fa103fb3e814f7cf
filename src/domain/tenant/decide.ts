import type { UpgradeClass } from "../../api/index.ts";
import { tenantHold, type Hold, type Lane } from "../hold.ts";
import { majorTarget, patchTarget, type LaneTarget } from "../release/lane-target.ts";
import type { Instant } from "../time.ts";
import { openingAt, windowsForLane, windowStateAt, type Opening, type WindowState } from "../window/opening.ts";
import { nextEligibleAt, nextStarts } from "./eligible.ts";
import { laneHolds, type LaneContext } from "./gates.ts";
import type { TenantView } from "./view.ts";

/** What one lane would do and every reason why it does not do it now. */
export interface LaneDecision {
  readonly lane: Lane;
  readonly target?: string;
  readonly class?: UpgradeClass;
  readonly next?: { readonly version: string; readonly eligibleAt?: Instant };
  readonly holds: readonly Hold[];
  readonly nextEligibleAt?: Instant;
  readonly window: WindowState;
  readonly opening?: Opening;
  readonly predictedMs: number;
  /** Some opening within the horizon is long enough (design §7, `NoFittingWindow`). */
  readonly fits: boolean;
}

/** An upgrade that may start now. */
export interface Start {
  readonly class: UpgradeClass;
  readonly from: string;
  readonly to: string;
  readonly opening: Opening;
  readonly predictedEndAt: Instant;
}

export interface LanesDecision {
  readonly patch: LaneDecision;
  readonly major: LaneDecision;
  readonly start?: Start;
}

/**
 * Decides both lanes of a tenant at `now` (design §4–§6). With `attemptId` it judges that attempt's disruptive instant:
 * its own slot, lane and upgrade are then no hindrance, everything else is.
 */
export function decideLanes(view: TenantView, now: Instant, attemptId?: string): LanesDecision {
  const lanes = {
    patch: decideLane(view, { lane: "Patch", plan: patchPlan(view, now), now, attemptId }),
    major: decideLane(view, { lane: "Major", plan: majorPlan(view, now), now, attemptId }),
  };
  const ordered = attemptId === undefined ? otherLaneFirst(view, lanes) : lanes;
  const ready = [ordered.major, ordered.patch].find(mayStart);
  const start = ready && startOf(view, ready, now);
  return start === undefined ? ordered : { ...ordered, start };
}

/** Whether the lane starts now: a target and nothing that holds it. */
export function mayStart(lane: LaneDecision): boolean {
  return lane.target !== undefined && lane.holds.length === 0;
}

function patchPlan({ channel, version }: TenantView, now: Instant): LaneTarget {
  return version === undefined ? { holds: [] } : patchTarget(channel, version, now);
}

function majorPlan({ channel, version, name, maxMajor, lines }: TenantView, now: Instant): LaneTarget {
  return version === undefined ? { holds: [] } : majorTarget(channel, { tenant: name, current: version, maxMajor, lines }, now);
}

interface LaneQuestion {
  readonly lane: Lane;
  readonly plan: LaneTarget;
  readonly now: Instant;
  readonly attemptId: string | undefined;
}

function decideLane(view: TenantView, { lane, plan, now, attemptId }: LaneQuestion): LaneDecision {
  const windows = windowsForLane(view.windows.valid, lane);
  const window = windowStateAt(windows, now);
  const opening = openingAt(windows, now);
  const predictedMs = lane === "Major" ? view.channel.expectedMs.major : view.channel.expectedMs.patch;
  const base = { lane, window, predictedMs, ...(opening && { opening }), ...(plan.next && { next: plan.next }) };
  // A lane that leads nowhere has nothing to hold.
  if (isIdle(plan)) return { ...base, holds: [], fits: true };

  const { next, fitting } = nextStarts({ windows, predictedMs, now });
  const context: LaneContext = {
    view,
    lane,
    plan,
    predictedMs,
    now,
    opening,
    nextOpensAt: next,
    nextFitAt: fitting,
    attemptId,
  };
  const holds = laneHolds(context);
  const eligibleAt = nextEligibleAt(holds, { windows, predictedMs, now });
  return {
    ...base,
    ...(plan.target && { target: plan.target.version, class: plan.target.class }),
    holds,
    fits: fitting !== undefined || (opening !== undefined && now + predictedMs <= opening.closesAt),
    ...(eligibleAt !== undefined && { nextEligibleAt: eligibleAt }),
  };
}

/** A lane without a target, without one coming and without a reason for having none. */
function isIdle(plan: LaneTarget): boolean {
  return plan.target === undefined && plan.next === undefined && plan.holds.length === 0;
}

/** If both lanes may start the major goes first, unless the patch is Security (design §4). */
function otherLaneFirst(view: TenantView, lanes: { patch: LaneDecision; major: LaneDecision }): { patch: LaneDecision; major: LaneDecision } {
  if (!mayStart(lanes.patch) || !mayStart(lanes.major)) return lanes;
  const wait = (lane: LaneDecision, message: string): LaneDecision => ({ ...lane, holds: [tenantHold("OtherLaneFirst", view.name, message)] });
  return lanes.patch.class === "Security"
    ? { ...lanes, major: wait(lanes.major, `the security upgrade to ${lanes.patch.target ?? ""} starts first`) }
    : { ...lanes, patch: wait(lanes.patch, `the major upgrade to ${lanes.major.target ?? ""} starts first`) };
}

function startOf(view: TenantView, lane: LaneDecision, now: Instant): Start | undefined {
  const { target, opening } = lane;
  if (view.version === undefined || target === undefined || lane.class === undefined || opening === undefined) return undefined;
  return { class: lane.class, from: view.version, to: target, opening, predictedEndAt: now + lane.predictedMs };
}
