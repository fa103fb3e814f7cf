import type { PurgeEntry } from "../../api/index.ts";
import { DAY, instantOf, isoOf, type Instant } from "../time.ts";

/** Whether one more deletion may begin. */
export type PurgeTurn =
  /** It may, once exactly these entries are written down. */
  | { readonly kind: "taken"; readonly purges: PurgeEntry[] }
  /** As many as may have begun within 24 hours; with `most` at 0 there is no next time. */
  | { readonly kind: "full"; readonly until: Instant };

/** Who asks, and under which limit. */
export interface PurgeQuestion {
  readonly tenant: string;
  readonly uid: string;
  readonly most: number;
}

/**
 * Decides whether a tenant's deletion may begin at `now`, by those that were let begin in the 24 hours before. One that was let
 * begin and did not is counted once, as of now. An entry from the future (a clock was set back) counts as one of now.
 */
export function takeTurn(purges: readonly PurgeEntry[], { tenant, uid, most }: PurgeQuestion, now: Instant): PurgeTurn {
  const atOf = ({ at }: PurgeEntry): Instant => instantOf(at) ?? now;
  const others = purges.filter((each) => each.uid !== uid && atOf(each) > now - DAY).sort((a, b) => atOf(a) - atOf(b));
  if (others.length < most) return { kind: "taken", purges: [...others, { uid, tenant, at: isoOf(now) }] };
  // So many of the oldest have to be a day old, and one more.
  const last = most === 0 ? undefined : others[others.length - most];
  return { kind: "full", until: last === undefined ? Number.POSITIVE_INFINITY : atOf(last) + DAY };
}
