import type { Instant } from "../time.ts";

/** A stretch in which a lane may not start, whatever the windows say: half-open. */
export interface Closure {
  readonly from: Instant;
  readonly until: Instant;
}

/** When what is closed at `at` opens again, touching and overlapping closures taken together; `at` itself if nothing is closed. */
export function openAgainAt(closures: readonly Closure[], at: Instant): Instant {
  let open = at;
  for (let closed = closureAt(closures, open); closed !== undefined; closed = closureAt(closures, open)) open = closed.until;
  return open;
}

/** When the next closure begins after `at`; Infinity if none is known. */
export function nextClosureAt(closures: readonly Closure[], at: Instant): Instant {
  return closures.reduce((next, { from, until }) => (from > at && from < until ? Math.min(next, from) : next), Number.POSITIVE_INFINITY);
}

function closureAt(closures: readonly Closure[], at: Instant): Closure | undefined {
  return closures.find(({ from, until }) => from <= at && at < until);
}
