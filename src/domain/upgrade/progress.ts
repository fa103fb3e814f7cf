import type { AttemptResult, HistoryEntry, Slot, StuckOn, UpgradeStatus } from "../../api/index.ts";
import type { Images } from "../release/channel.ts";
import { isNewer, majorOf } from "../release/version.ts";
import type { Onward } from "../tenant/onward.ts";
import type { AttemptRecord } from "../tenant/recorded-state.ts";
import { instantOf, stampOf, SECOND, type Instant } from "../time.ts";
import type { Action, Attempt } from "./next-action.ts";
import { liveVersions, type Workload } from "./workloads.ts";

/** An announcement older than this is made again: the gates are asked at the instant that is recorded (design §3.2). */
const ANNOUNCED_FOR_MS = 60 * SECOND;

/** Where an attempt that status does not tell of may be known from. */
export interface Traces {
  readonly slot: Slot | undefined;
  /** The attempt that left the workloads half way. */
  readonly halfWay: AttemptRecord | undefined;
  /** The attempt that the workloads remember, whether or not it arrived. */
  readonly lastAttempt: AttemptRecord | undefined;
  /** Auth as it is, whatever its annotations say. */
  readonly auth: Workload;
  /** Whether a restore point that was taken for the attempt of the slot is known to be whole. */
  readonly isBackedUp: boolean;
}

/**
 * The attempt under way though status says none. What was begun goes first: a slot of another attempt was claimed while
 * the first write was on its way and all status was lost.
 */
export function underWay({ slot, halfWay, lastAttempt, auth, isBackedUp }: Traces): UpgradeStatus | undefined {
  if (halfWay !== undefined && halfWay.id !== slot?.attempt) return resume(halfWay);
  return slot && begin(slot, { recorded: lastAttempt, auth, isBackedUp });
}

/** What may be known of an attempt beside its slot. */
interface Begun extends Pick<Traces, "auth" | "isBackedUp"> {
  readonly recorded: AttemptRecord | undefined;
}

/** The attempt that a claimed slot begins; what the workloads remember of it is taken over. */
export function begin(slot: Slot, { recorded, auth, isBackedUp }: Begun): UpgradeStatus {
  const { attempt, class: upgradeClass, from, to, claimedAt, predictedEndAt, opening, approvals } = slot;
  // Somebody removed Auth, or its record while it runs the new version: when it began nobody knows, but that it was after the claim.
  // Of class Config it ran that version before: what it has written to is all that tells, and it may be asked for once more.
  // And no major begins before its restore point is whole.
  const mayBeGone = !auth.exists && (upgradeClass !== "Major" || isBackedUp);
  const mayHaveBegun = upgradeClass !== "Config" && (mayBeGone || liveVersions(auth).includes(to));
  const unrecorded = mayHaveBegun ? claimedAt : undefined;
  const known = recorded?.id === attempt ? recorded : undefined;
  const disruptiveAt = known?.disruptiveAt ?? unrecorded;
  const begun: UpgradeStatus = {
    id: attempt,
    class: upgradeClass,
    from,
    to,
    step: disruptiveAt === undefined ? "Preflight" : "Auth",
    claimedAt,
    ...(disruptiveAt !== undefined && { disruptiveAt }),
    predictedEndAt: known?.predictedEndAt ?? predictedEndAt,
    opening,
    ...(approvals && { approvals }),
  };
  return caughtUp(begun, recorded);
}

/** The attempt that only the workloads remember, as status says it. */
export function resume({ id, class: upgradeClass, from, to, claimedAt, disruptiveAt, predictedEndAt, opening, stuckOn = [] }: AttemptRecord): UpgradeStatus {
  return { id, class: upgradeClass, from, to, step: "Auth", claimedAt, disruptiveAt, predictedEndAt, opening, ...wayOf(stuckOn, to) };
}

/** The attempt as its workloads have it, if they are further in its line than what tells of it, an old status or its slot: never back (invariant I7). */
export function caughtUp(upgrade: UpgradeStatus, recorded: AttemptRecord | undefined): UpgradeStatus {
  const { id, to = upgrade.to, stuckOn = [] } = recorded ?? {};
  if (id !== upgrade.id || stuckOn.length === 0 || majorOf(to) !== majorOf(upgrade.to) || !isNewer(to, upgrade.to)) return upgrade;
  const { failure: _older, ...rest } = upgrade;
  return { ...rest, to, step: "Auth", ...wayOf(stuckOn, to) };
}

/** By way of which releases an attempt came to `to`, as status says it. It counts as stuck until it works (design §8). */
function wayOf(stuckOn: readonly StuckOn[], to: string): Pick<UpgradeStatus, "stuckSince" | "stuckOn" | "rolledForward"> {
  const last = stuckOn.at(-1);
  if (last === undefined) return {};
  return { stuckSince: last.since, stuckOn: [...stuckOn], rolledForward: [...stuckOn.slice(1).map(({ version }) => version), to] };
}

/** Whether the release that the attempt goes to did not become Ready in time, and nothing newer was gone on to since. */
export function isGivenUp({ stuckSince, stuckOn, failure }: Pick<UpgradeStatus, "stuckSince" | "stuckOn" | "failure">): boolean {
  return stuckSince !== undefined && (stuckOn === undefined || failure !== undefined);
}

/** What the next action is computed from. */
export function attemptOf(upgrade: UpgradeStatus, now: Instant): Attempt {
  const disruptiveAt = instantOf(upgrade.disruptiveAt);
  return {
    id: upgrade.id,
    class: upgrade.class,
    from: upgrade.from,
    to: upgrade.to,
    step: upgrade.step,
    announced: disruptiveAt !== undefined && now - disruptiveAt <= ANNOUNCED_FOR_MS,
    disrupted: disruptiveAt !== undefined,
    stuck: isGivenUp(upgrade),
    rolledForward: upgrade.stuckOn !== undefined,
    ...(upgrade.failure !== undefined && { failure: upgrade.failure }),
    ...(upgrade.asked && { asked: upgrade.asked }),
  };
}

/** The attempt after an action: as it goes on, or the entry of history with which it ended. */
export type Progress =
  | { readonly kind: "running"; readonly upgrade: UpgradeStatus }
  | { readonly kind: "ended"; readonly entry: HistoryEntry };

/** What status says once the action is taken; actions on the cluster leave it as it is. */
export function progress(upgrade: UpgradeStatus, action: Action, now: Instant): Progress {
  if (action.kind === "announce") return { kind: "running", upgrade: announced(upgrade, action, now) };
  if (action.kind === "pause") return { kind: "running", upgrade: { ...upgrade, pausedAt: upgrade.pausedAt ?? stampOf(now) } };
  if (action.kind === "goOn") return { kind: "running", upgrade: wentOn(upgrade, action.onward) };
  if (action.kind === "say") return { kind: "running", upgrade: said(upgrade, action, now) };
  if (action.kind === "finish") return { kind: "ended", entry: entryOf(upgrade, action, now) };
  return { kind: "running", upgrade };
}

/** The version a tenant runs after an attempt ended so. */
export function versionAfter({ result, from, to }: Pick<HistoryEntry, "result" | "from" | "to">): string {
  return result === "Succeeded" ? to : from;
}

/** What is recorded on the workloads that an announced attempt changes. */
export function recordOf(upgrade: UpgradeStatus, images: Images): AttemptRecord | undefined {
  const { id, class: upgradeClass, from, to, claimedAt, disruptiveAt, predictedEndAt, opening, stuckOn } = upgrade;
  if (disruptiveAt === undefined) return undefined;
  return { id, class: upgradeClass, from, to, claimedAt, disruptiveAt, predictedEndAt, opening, images, ...(stuckOn && { stuckOn }) };
}

/**
 * The end is predicted anew: from here on it was measured how long upgrades take (design §7). An Approval that came since the
 * claim is recorded: without it this upgrade might not begin (invariant I3).
 */
function announced(upgrade: UpgradeStatus, { predictedEndAt, approvals }: Extract<Action, { kind: "announce" }>, now: Instant): UpgradeStatus {
  return { ...upgrade, step: "Auth", disruptiveAt: stampOf(now), predictedEndAt: stampOf(predictedEndAt), ...approvalsOf(upgrade, approvals) };
}

/** Those it rested on before and those it rests on now. */
function approvalsOf({ approvals: used = [] }: UpgradeStatus, more: readonly string[]): Pick<UpgradeStatus, "approvals"> {
  const all = [...new Set([...used, ...more])].slice(0, APPROVALS_LISTED);
  return all.length > 0 ? { approvals: all } : {};
}

function said(upgrade: UpgradeStatus, action: Extract<Action, { kind: "say" }>, now: Instant): UpgradeStatus {
  return {
    ...upgrade,
    step: action.step,
    ...(action.failure !== undefined && { failure: action.failure }),
    ...(action.stuck === true && { stuckSince: stampOf(now) }),
    ...(action.asks !== undefined && { asked: [...new Set([...(upgrade.asked ?? []), action.asks])].sort() }),
  };
}

/** One that was barred before anything ran it is passed over: nothing is known of it. */
function wentOn(upgrade: UpgradeStatus, { version, approvals }: Onward): UpgradeStatus {
  const { failure: _ofTheOlder, stuckSince, stuckOn = [], ...rest } = upgrade;
  const left = stuckSince !== undefined && isGivenUp(upgrade) ? [...stuckOn, { version: upgrade.to, since: stuckSince }] : stuckOn;
  return { ...rest, to: version, step: "Auth", ...wayOf(left, version), ...approvalsOf(upgrade, approvals) };
}

/** As many approvals as status has room for. */
const APPROVALS_LISTED = 20;

function entryOf(upgrade: UpgradeStatus, { result, message }: { result: AttemptResult; message?: string }, now: Instant): HistoryEntry {
  const { id, class: upgradeClass, from, to, claimedAt, disruptiveAt, opening, approvals, stuckSince, stuckOn, pausedAt, ownSettings } = upgrade;
  // An attempt that ended before its first write was announced at most; nothing was disrupted.
  const disrupted = result !== "Aborted" && result !== "Failed" && disruptiveAt !== undefined;
  return {
    id,
    class: upgradeClass,
    from,
    to,
    result,
    claimedAt,
    ...(disrupted && { disruptiveAt }),
    // Not before it began, whatever has become of the clock: else it would not count in its opening (invariant I12).
    finishedAt: stampOf(Math.max(now, instantOf(disruptiveAt ?? claimedAt) ?? now)),
    ...(stuckSince !== undefined && { stuckSince }),
    ...(stuckOn && { stuckOn }),
    ...(pausedAt !== undefined && { pausedAt }),
    window: opening.window,
    ...(result === "Failed" && { step: upgrade.step }),
    ...(ownSettings !== undefined && { ownSettings }),
    ...(approvals && { approvals }),
    ...(message !== undefined && { message }),
  };
}
