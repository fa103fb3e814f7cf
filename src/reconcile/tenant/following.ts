import { pausingFreeze } from "../../domain/freeze/freeze.ts";
import type { Instant } from "../../domain/time.ts";
import { catchUp, isFollowing, type CatchUp } from "../../domain/upgrade/catch-up.ts";
import type { FollowTurns } from "./follow-turns.ts";
import type { ObservedTenant } from "./observe.ts";

/** What becomes of regions that were out of reach while the tenant was upgraded. */
export interface Following {
  /** The one that is brought to what the tenant runs now. */
  readonly roll?: CatchUp;
  /** Others follow first. */
  readonly awaitsTurn: boolean;
}

const NOTHING: Following = { awaitsTurn: false };

/** Without an attempt, the next region that has missed what the tenant runs, in its turn, unless a freeze pauses what is under way (design §3.2). */
export function decideFollowing({ tenant, upgrade, observed, version, provisioned, freezes }: ObservedTenant, turns: FollowTurns, now: Instant): Following {
  const { name } = tenant.metadata;
  const isSettled = upgrade === undefined && provisioned && version !== undefined;
  if (isSettled && isFollowing(observed.workloads, version)) {
    turns.hold(name);
    return NOTHING;
  }
  const isPaused = pausingFreeze(freezes, { class: "Patch", claimedAt: now, approvals: [] }, now) !== undefined;
  const roll = isSettled && !isPaused ? catchUp(observed.workloads, version) : undefined;
  if (roll === undefined) {
    turns.leave(name);
    return NOTHING;
  }
  return turns.take(name) ? { roll, awaitsTurn: false } : { awaitsTurn: true };
}
