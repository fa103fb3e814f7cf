import type { LaneDecision } from "../tenant/decide.ts";
import type { PastAttempt } from "../tenant/view.ts";
import { HOUR, MINUTE, type Instant } from "../time.ts";
import type { LastRead } from "./gate.ts";

const SELDOM_MS = 6 * HOUR;
const OFTEN_MS = 10 * MINUTE;
/** How long before an opening the inventory begins to be read often. */
const AHEAD_MS = 2 * HOUR;

export interface DueTerms {
  /** The tenant's major lane. */
  readonly major: LaneDecision;
  readonly history: readonly PastAttempt[];
  readonly now: Instant;
}

/**
 * When the inventory is to be read again (design §5): every 6 h; every 10 min while the major lane has a target and an
 * opening for it is open or within 2 h. At once if this process has not read it yet, did so by a clock that has been set
 * back since, or before the tenant's last major: who has still to follow is told when that is over.
 */
export function readingDueAt(lastRead: LastRead, { major, history, now }: DueTerms): Instant {
  if (lastRead.kind === "never" || lastRead.askedAt > now) return now;
  if (history.some(({ class: upgradeClass, succeeded, finishedAt }) => upgradeClass === "Major" && succeeded && lastRead.askedAt < finishedAt && finishedAt <= now)) return now;
  const seldom = lastRead.askedAt + SELDOM_MS;
  if (major.target === undefined) return seldom;
  if (major.window.open) return lastRead.askedAt + OFTEN_MS;
  const oftenFrom = major.window.nextOpensAt === undefined ? Number.POSITIVE_INFINITY : major.window.nextOpensAt - AHEAD_MS;
  return Math.min(seldom, Math.max(lastRead.askedAt + OFTEN_MS, oftenFrom));
}
