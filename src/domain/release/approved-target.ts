import type { Lane } from "../hold.ts";
import type { Instant } from "../time.ts";
import { deployable, type Channel, type Release } from "./channel.ts";
import { dueDate, instantOf, type LaneTerms } from "./due.ts";
import { haltedHold, notDue, patchClass, type LaneTarget } from "./lane-target.ts";
import { isNewer, majorOf, parseVersion } from "./version.ts";

/** The lane that is asked for, and the versions that Approvals name, those of the newest Approval first. */
export interface ApprovedQuery {
  readonly channel: Channel;
  readonly lane: Lane;
  readonly current: string;
  readonly approved: readonly string[];
  readonly now: Instant;
  readonly terms: LaneTerms;
}

/**
 * The lane as an Approval makes it: the first approved version that fits it is its target, whatever the cuts and the waves say
 * (design §6). Why that release would wait otherwise stays a hold, and so does what keeps the tenant from the line.
 */
export function approvedTarget(usual: LaneTarget, query: ApprovedQuery): LaneTarget {
  const { channel, lane, current, now, terms } = query;
  const release = releaseFor(usual, query);
  if (release === undefined) return usual;
  const due = dueDate(channel, release, terms);
  const holds = [
    ...usual.holds.filter(({ code }) => code === "PinnedBelow"),
    ...(release.halted ? [haltedHold(channel, release.version)] : []),
    ...(instantOf(due) > now ? [notDue(channel, { release, due, wave: terms.wave }, now)] : []),
  ];
  const upgradeClass = lane === "Major" ? "Major" : patchClass(channel, current, release.version);
  return { target: { version: release.version, class: upgradeClass }, ...(usual.next && { next: usual.next }), holds };
}

/** Same line or the next open one, above the current version, not withdrawn. */
function releaseFor(usual: LaneTarget, { channel, lane, current, approved }: ApprovedQuery): Release | undefined {
  if (lane === "Major" && usual.holds.some(({ code }) => code === "LineNotOpen" || code === "NoPath")) return undefined;
  const major = majorOf(current) + (lane === "Major" ? 1 : 0);
  const fitting = deployable(channel, major).filter(({ version, minor, withdrawn }) => !withdrawn && (lane === "Major" ? minor >= channel.major.firstMinor : isNewer(version, current)));
  for (const version of approved) {
    const found = fitting.find((release) => release.version === parseVersion(version));
    if (found !== undefined) return found;
  }
  return undefined;
}
