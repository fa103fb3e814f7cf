import type { Liftable, UpgradeClass } from "../../api/index.ts";
import type { Approval } from "../approval/approval.ts";
import { approvedOpening, approvalsAt, lift, nameOf } from "../approval/lift.ts";
import { countsFor } from "../freeze/freeze.ts";
import { tenantHold, type Hold, type Lane } from "../hold.ts";
import { approvedTarget } from "../release/approved-target.ts";
import type { Channel } from "../release/channel.ts";
import { configTarget } from "../release/config-target.ts";
import type { LaneTerms, Pin } from "../release/due.ts";
import { majorTarget, patchTarget, type LaneTarget } from "../release/lane-target.ts";
import { waveTerms } from "../release/waves.ts";
import type { Instant } from "../time.ts";
import { windowsForLane, type Opening, type WindowState } from "../window/opening.ts";
import { placeAt } from "../window/place.ts";
import { nextEligibleAt } from "./eligible.ts";
import { closedWindow, laneHolds, retriedBy, type LaneContext } from "./gates.ts";
import { fittingOf, lengthsOf, type AskingAttempt, type Fit, type LaneQuestion } from "./predicted.ts";
import type { TenantView } from "./view.ts";

/** What one lane would do and every reason why it does not do it now. */
export interface LaneDecision {
  readonly lane: Lane;
  readonly target?: string;
  readonly class?: UpgradeClass;
  /** What pods get besides, or of class Config alone. */
  readonly changes?: readonly string[];
  readonly next?: { readonly version: string; readonly eligibleAt?: Instant };
  readonly holds: readonly Hold[];
  readonly nextEligibleAt?: Instant;
  readonly window: WindowState;
  readonly opening?: Opening;
  readonly predictedMs: number;
  /** The approvals without which something would hold. */
  readonly approvals: readonly string[];
  /** Whether some opening is long enough (design §7, `NoFittingWindow`). */
  readonly fit: Fit;
}

/** An upgrade that may start now. */
export interface Start {
  readonly class: UpgradeClass;
  readonly from: string;
  readonly to: string;
  readonly opening: Opening;
  readonly predictedEndAt: Instant;
  /** The approvals it rests on; empty as a rule. */
  readonly approvals: readonly string[];
}

export interface LanesDecision {
  readonly patch: LaneDecision;
  readonly major: LaneDecision;
  readonly start?: Start;
}

/**
 * Decides both lanes of a tenant at `now` (design §4–§6). With an attempt it judges that attempt's disruptive instant:
 * its own slot, lane and upgrade are then no hindrance, everything else is, and only the time that remains must fit.
 */
export function decideLanes(view: TenantView, now: Instant, attempt?: AskingAttempt): LanesDecision {
  const lanes = {
    patch: decideLane(view, { lane: "Patch", now, attempt }),
    major: decideLane(view, { lane: "Major", now, attempt }),
  };
  const ordered = attempt === undefined ? otherLaneFirst(view, lanes) : lanes;
  const ready = [ordered.major, ordered.patch].find(mayStart);
  const start = ready && startOf(view, ready, now);
  return start === undefined ? ordered : { ...ordered, start };
}

/** Whether the lane starts now: a target and nothing that holds it. */
export function mayStart(lane: LaneDecision): boolean {
  return lane.target !== undefined && lane.holds.length === 0;
}

function decideLane(view: TenantView, question: LaneQuestion): LaneDecision {
  const { lane, now, attempt } = question;
  const windows = windowsForLane(view.windows.valid, lane);
  const { opening: regular, next: nextOpensAt, state: window } = placeAt(windows, now);
  const plan = planOf(view, { lane, now, pin: regular && pinOf(regular, nextOpensAt) });
  const approvals = approvalsOf(view, plan, now);
  const approved = approvals.length === 0 ? undefined : approvedOpening(approvals, regular === undefined ? closedWindow(view, lane).code : "OutsideWindow");
  const opening = regular ?? approved;
  const lengths = lengthsOf(view.channel, question);
  const base = { lane, window, ...(opening && { opening }), ...(plan.next && { next: plan.next }) };
  // A lane that leads nowhere has nothing to hold.
  if (isIdle(view, plan)) return { ...base, predictedMs: lengths.learned?.askedMs ?? lengths.expectedMs, holds: [], approvals: [], fit: "Fits" };

  const freezes = view.freezes.filter((freeze) => countsFor(freeze, lane, plan.target?.class));
  const { room, fitting, fit } = fittingOf(lengths, { windows, closures: freezes, now });
  const { predictedMs } = room;
  const context: LaneContext = {
    view,
    lane,
    plan,
    freezes,
    predictedMs,
    now,
    opening,
    nextOpensAt,
    nextFitAt: fitting,
    attemptId: attempt?.id,
  };
  const { holds, liftedBy } = lift(laneHolds(context), approvals);
  const eligibleAt = nextEligibleAt(holds, { ...room, fromCutAt: plan.fromCutAt, approved });
  return {
    ...base,
    predictedMs,
    ...(lane === "Patch" && view.templateChanges && { changes: view.templateChanges }),
    ...(plan.target && { target: plan.target.version, class: plan.target.class }),
    holds,
    approvals: sortedOnce([...liftedBy, ...retriedBy(context), ...haltLiftedBy(view, plan), ...(regular === undefined && opening !== undefined ? [nameOf(opening)] : [])]),
    fit,
    ...(eligibleAt !== undefined && { nextEligibleAt: eligibleAt }),
  };
}

/** What an Approval of a version says of pods of another template too. That they may restart out of their window, or in a freeze, nobody has approved. */
const OF_TEMPLATES: ReadonlySet<Liftable> = new Set(["ApprovalRequired", "ReleaseHalted", "TenantHalted"]);

/**
 * Those of the target. One that brought the tenant to the version that it runs is spent: it does not restart its pods once more
 * for what nobody knew of when it was given.
 */
function approvalsOf({ approvals, history }: TenantView, { target }: LaneTarget, now: Instant): readonly Approval[] {
  const ofTarget = approvalsAt(approvals, now).filter(({ version }) => version === target?.version);
  if (target?.class !== "Config" || ofTarget.length === 0) return ofTarget;
  const reachedAt = Math.max(...history.filter(({ succeeded, to }) => succeeded && to === target.version).map(({ finishedAt }) => finishedAt));
  const unspent = ofTarget.filter(({ createdAt }) => createdAt > reachedAt);
  return unspent.map((approval) => ({ ...approval, lifts: new Set([...approval.lifts].filter((code) => OF_TEMPLATES.has(code))) }));
}

/** The approval by which a release that failed too often may go on. */
function haltLiftedBy({ channel }: TenantView, { target }: LaneTarget): readonly string[] {
  return channel.halts.flatMap(({ version, acknowledgedBy }) => (version === target?.version && acknowledgedBy !== undefined ? [acknowledgedBy] : []));
}

function sortedOnce(names: readonly string[]): readonly string[] {
  return names.length === 0 ? names : [...new Set(names)].sort();
}

interface PlanTerms {
  readonly lane: Lane;
  readonly now: Instant;
  readonly pin: Pin | undefined;
}

function planOf(view: TenantView, { lane, now, pin }: PlanTerms): LaneTarget {
  const { channel, version, templateChanges } = view;
  if (version === undefined) return { holds: [] };
  const terms = { pin, wave: waveTerms(channel, view.wave, lane) };
  const upwards = lane === "Patch" ? patchLane(view, version, { terms, now }) : majorLane(view, version, { terms, now });
  const usual = lane === "Patch" && templateChanges !== undefined ? configTarget(upwards, { channel, version }) : upwards;
  if (view.approvals.length === 0) return usual;
  const approved = approvalsAt(view.approvals, now).map((approval) => approval.version);
  return approved.length === 0 ? usual : approvedTarget(usual, { channel, lane, current: version, approved, now, terms });
}

interface AtThatTime {
  readonly terms: LaneTerms;
  readonly now: Instant;
}

/** Tenants of one version, wave and opening are looked at together, and patches of all of them lead to the same. */
function patchLane({ channel, wave }: TenantView, version: string, { terms, now }: AtThatTime): LaneTarget {
  const last = patches.get(channel) ?? { now, targets: new Map<string, LaneTarget>() };
  const targets = last.now === now ? last.targets : new Map<string, LaneTarget>();
  const key = `${version} ${wave} ${terms.pin?.opensAt} ${terms.pin?.endsAt}`;
  const target = targets.get(key) ?? patchTarget(channel, version, now, terms);
  patches.set(channel, { now, targets: targets.set(key, target) });
  return target;
}

const patches = new WeakMap<Channel, { readonly now: Instant; readonly targets: Map<string, LaneTarget> }>();

function majorLane({ channel, name, maxMajor, lines }: TenantView, current: string, { terms, now }: AtThatTime): LaneTarget {
  return majorTarget(channel, { tenant: name, current, maxMajor, lines }, now, terms);
}

/** In an opening a lane uses the target as of its start, until the next one begins or it closes (design §4). */
function pinOf({ opensAt, closesAt }: Opening, next: Instant | undefined): Pin {
  return { opensAt, endsAt: Math.min(closesAt, next ?? closesAt) };
}

/** A lane without a target, without one coming and without a reason for having none: data of an unknown version is one. */
function isIdle({ version, provisioned, suspension }: TenantView, plan: LaneTarget): boolean {
  const isUnknown = provisioned && version === undefined;
  return !isUnknown && suspension === undefined && plan.target === undefined && plan.next === undefined && plan.holds.length === 0;
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
  return { class: lane.class, from: view.version, to: target, opening, predictedEndAt: now + lane.predictedMs, approvals: lane.approvals };
}
