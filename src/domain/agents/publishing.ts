import type { AgentSchedule } from "../../api/index.ts";
import { DAY, MINUTE, SECOND, type Instant } from "../time.ts";
import { isSameSchedule } from "./schedule.ts";

/** What one process knows of the hour that a tenant's cluster tells its agents. */
export interface Publishing {
  /** What it was last to tell them. */
  readonly wanted: AgentSchedule;
  /** What it was last seen to tell them. */
  readonly published: AgentSchedule | undefined;
  readonly triedAt: Instant;
  /** When it was last seen to tell them what is wanted. */
  readonly seenAt?: Instant | undefined;
  /** How often in a row it told something else afterwards, or could not be asked. */
  readonly failures: number;
}

/** Somebody in the tenant's cluster may have changed the hour: it is set again this often. */
const AGAIN_MS = DAY;
/** The file that is published is mounted by the kubelet, which looks every minute or so. */
const FIRST_RETRY_MS = 15 * SECOND;
const LONGEST_RETRY_MS = 10 * MINUTE;
/** For how long an hour that was seen once stands while the cluster cannot be asked: whom agents cannot reach changes nothing either. */
const STANDS_MS = 2 * DAY;
/** An upgrade waits no longer than this many failures for its agents' hour; telling them goes on being tried. */
const AWAITED_FAILURES = 3;

/** When the hour is to be published again: at once if it changed, later if it stands (design §8, Agents: retried). */
export function publishingDueAt(wanted: AgentSchedule, last: Publishing | undefined, now: Instant): Instant {
  if (last === undefined || last.triedAt > now || !isSameSchedule(wanted, last.wanted)) return now;
  if (last.failures === 0) return last.triedAt + AGAIN_MS;
  return last.triedAt + Math.min(FIRST_RETRY_MS * 2 ** Math.max(0, last.failures - 1), LONGEST_RETRY_MS);
}

/** What is known after an attempt: what was seen then, undefined if it could not be asked. */
export function afterPublishing(wanted: AgentSchedule, seen: AgentSchedule | undefined, { last, now }: { readonly last: Publishing | undefined; readonly now: Instant }): Publishing {
  if (isSameSchedule(wanted, seen)) return { wanted, published: seen, triedAt: now, seenAt: now, failures: 0 };
  const failed = { wanted, triedAt: now, failures: (last?.failures ?? 0) + 1 };
  if (seen !== undefined || !isStanding(last, now)) return { ...failed, published: seen };
  return { ...failed, published: last?.published, seenAt: last?.seenAt };
}

function isStanding(last: Publishing | undefined, now: Instant): boolean {
  return last?.seenAt !== undefined && last.seenAt <= now && now - last.seenAt <= STANDS_MS;
}

/** Whether it failed so often that an upgrade need not wait for it any longer (design §8: Agents never fails the attempt). */
export function isHopeless(last: Publishing | undefined): boolean {
  return last !== undefined && last.failures >= AWAITED_FAILURES;
}

/** What a process that has just begun takes for known: what status says, if that is what is wanted; else it has to be asked. */
export function takenOver(wanted: AgentSchedule, said: AgentSchedule | undefined, now: Instant): Publishing | undefined {
  return isSameSchedule(wanted, said) ? { wanted, published: said, triedAt: now, seenAt: now, failures: 0 } : undefined;
}
