import { pausingFreeze } from "../freeze/freeze.ts";
import { oldEnoughAt } from "../release/due.ts";
import { newerRelease } from "../tenant/onward.ts";
import type { TenantView } from "../tenant/view.ts";
import type { Instant } from "../time.ts";
import type { Course } from "./course.ts";
import { endAfter, type Underway } from "./underway.ts";

/** What is known of how a newer release goes. */
export interface OnwardTerms {
  readonly course: Course;
  readonly fails: (version: string) => boolean;
}

/** A stuck major as it rolls forward at `now` (design §8); undefined: it stays where it is, or is on its way already. */
export function rolledForward(view: TenantView, underway: Underway, { course, fails }: OnwardTerms, now: Instant): Underway | undefined {
  const { claim, stuck, nextAt } = underway;
  if (!stuck || Number.isFinite(nextAt) || pausingFreeze(view.freezes, claim, now) !== undefined) return undefined;
  const newer = newerRelease(view, claim.to, now);
  if (newer === undefined) return undefined;
  const isBad = fails(newer.version);
  const ms = isBad ? course.givenUpMs : course.workMs;
  return { ...underway, claim: { ...claim, to: newer.version }, fails: isBad, nextAt: endAfter(view, claim, { from: now + course.preflightMs, ms }) };
}

/** When a stuck major may get a newer release, as long as nothing happens in its channel; infinity: no time brings one. */
export function onwardLookAt({ channel, freezes, approvals }: TenantView, now: Instant): Instant {
  const cut = channel.patch.cut.firstFrom(now + 1) ?? Number.POSITIVE_INFINITY;
  const ages = channel.releases.map((release) => oldEnoughAt(channel, release));
  const edges = [...freezes.map(({ until }) => until), ...approvals.map(({ createdAt }) => createdAt)];
  return Math.min(cut, ...[...ages, ...edges].filter((at) => at > now));
}
