import type { HistoryEntry, UpgradeStatus } from "../../api/index.ts";
import type { Claim } from "../fleet/claim.ts";
import { pauses } from "../freeze/freeze.ts";
import { type PastAttempt, type TenantView } from "../tenant/view.ts";
import { instantOf, SECOND, stampOf, type Instant } from "../time.ts";
import { isGivenUp } from "../upgrade/progress.ts";
import type { Course } from "./course.ts";

/** An upgrade under way in the forecast. */
export interface Underway {
  readonly claim: Claim;
  readonly disruptiveAt: Instant | undefined;
  /** When it comes to its disruptive instant, or ends, or is given up. */
  readonly nextAt: Instant;
  readonly fails: boolean;
  /** It got stuck: it goes on to a newer release at most, and holds no slot. */
  readonly stuck: boolean;
}

interface Foreseen {
  readonly course: Course;
  readonly fails: boolean;
}

/** An attempt that runs when the forecast begins; one that is on its way back goes on so. */
export function underwayOf({ name, uid }: TenantView, upgrade: UpgradeStatus, { course, fails }: Foreseen): Underway {
  const at = (iso: string | undefined) => instantOf(iso) ?? 0;
  const { window, opensAt, closesAt } = upgrade.opening;
  const opening = { window, opensAt: at(opensAt), closesAt: at(closesAt) };
  const claim = { class: upgrade.class, from: upgrade.from, to: upgrade.to, opening, predictedEndAt: at(upgrade.predictedEndAt), approvals: upgrade.approvals ?? [], tenant: name, uid, attempt: upgrade.id, claimedAt: at(upgrade.claimedAt) };
  const disruptiveAt = instantOf(upgrade.disruptiveAt);
  const stuck = upgrade.stuckSince !== undefined;
  const isGoingBack = upgrade.step === "RollBack";
  const nextAt = disruptiveAt === undefined ? claim.claimedAt + course.preflightMs : disruptiveAt + (isGoingBack ? course.backMs : course.workMs);
  return { claim, disruptiveAt, nextAt: isGivenUp(upgrade) ? Number.POSITIVE_INFINITY : nextAt, fails: fails || isGoingBack, stuck };
}

/** Statuses know whole seconds. */
export function secondOf(instant: Instant): Instant {
  return Math.floor(instant / SECOND) * SECOND;
}

export function pastOf({ class: upgradeClass, to }: Claim, now: Instant): PastAttempt {
  return { class: upgradeClass, to, succeeded: false, finishedAt: secondOf(now) };
}

function statusOf({ attempt: id, class: upgradeClass, from, to, claimedAt, predictedEndAt, opening }: Claim) {
  const stamps = { window: opening.window, opensAt: stampOf(opening.opensAt), closesAt: stampOf(opening.closesAt) };
  return { id, class: upgradeClass, from, to, claimedAt: stampOf(claimedAt), predictedEndAt: stampOf(predictedEndAt), opening: stamps };
}

export function stuckStatus(claim: Claim, now: Instant): UpgradeStatus {
  return { ...statusOf(claim), step: "Auth", stuckSince: stampOf(now) };
}

export function rolledBack(claim: Claim, now: Instant): HistoryEntry {
  return { ...statusOf(claim), result: "RolledBack", finishedAt: stampOf(now), window: claim.opening.window };
}

/** Work that a freeze pauses goes on when that is over (design §3.2). */
export function endAfter({ freezes }: TenantView, claim: Claim, { from, ms }: { readonly from: Instant; readonly ms: number }): Instant {
  const pausing = freezes.filter((freeze) => pauses(freeze, claim));
  return pausing.toSorted((a, b) => a.from - b.from).reduce((end, freeze) => (freeze.from < end && freeze.until > from ? end + freeze.until - Math.max(freeze.from, from) : end), from + ms);
}
