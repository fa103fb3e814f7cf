import type { Downtime } from "../../api/index.ts";
import { allOf, withinReach, type Workloads } from "../upgrade/workloads.ts";
import { instantOf, SECOND, stampOf, type Instant } from "../time.ts";

/** What of a month may be lost under the promise of 99.9 % (row F15). It is shown; nothing is held because of it. */
const PROMISED = 0.001;

/** Whether somebody who should be served is not: Auth has no available pod, or the proxies of some region have none. Of a region out of reach nobody knows. */
export function isDown(workloads: Workloads): boolean {
  return withinReach(allOf(workloads)).some(({ available }) => available === 0);
}

/** What decides a tenant's downtime; one that is not served on purpose (provisioned, suspended, deleted) has none. */
export interface DowntimeTerms {
  readonly previous: Downtime | undefined;
  readonly down: boolean;
  readonly now: Instant;
}

/**
 * For how long a tenant was down in a calendar month of UTC, in whole seconds; absent as long as it never was. It is measured
 * from the tenant's Deployments as Slacktide sees them, in every case, upgrades included. A new month is begun when it next goes down or
 * comes up, not at midnight: a tenant at rest writes nothing (invariant I17).
 */
export function downtimeOf({ previous, down, now }: DowntimeTerms): Downtime | undefined {
  const since = previous?.since;
  if (down === (since !== undefined)) return previous;
  const month = monthOf(now);
  const seconds = previous?.month === month ? previous.seconds : 0;
  if (down) return { month, seconds, since: stampOf(now) };
  return { month, seconds: seconds + secondsDown(since, now) };
}

/** What of the month that `now` is in is lost so far and what may be, in seconds. */
export function downtimeAt(known: Downtime, now: Instant): { readonly month: string; readonly seconds: number; readonly allowed: number } {
  const month = monthOf(now);
  const before = known.month === month ? known.seconds : 0;
  const [begins, ends] = monthBounds(now);
  return { month, seconds: before + secondsDown(known.since, now), allowed: Math.floor(((ends - begins) * PROMISED) / SECOND) };
}

/** Of the month that `now` is in; a clock that was set back since counts nothing. */
function secondsDown(since: string | undefined, now: Instant): number {
  const from = Math.max(instantOf(since) ?? now, monthBounds(now)[0]);
  return Math.max(0, Math.floor((now - from) / SECOND));
}

function monthOf(now: Instant): string {
  return new Date(now).toISOString().slice(0, "2026-11".length);
}

function monthBounds(now: Instant): readonly [begins: Instant, ends: Instant] {
  const date = new Date(now);
  return [Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1), Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)];
}
