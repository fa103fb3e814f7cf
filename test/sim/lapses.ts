import { DAY, HOUR, MINUTE, SECOND, type Instant } from "../../src/domain/time.ts";
import type { LapseTerms } from "../../src/domain/objects/platform.ts";
import type { PlannedAction } from "./actions.ts";
import { Chance, seedOf } from "./random.ts";

interface Terms {
  readonly start: Instant;
  readonly calmFrom: Instant;
  readonly tenants: readonly string[];
}

/** What a story has besides in which subscriptions lapse. */
export interface LapsesOf {
  readonly lapse: LapseTerms;
  readonly actions: readonly PlannedAction[];
}

/**
 * In some stories subscriptions lapse: now, or so long ago, by a status that somebody restored, that data is due within the
 * night; not always does the namespace know of that. Dates are moved, forwards and back, retentions are cut, statuses lost, and some are renewed, at times too late.
 */
export function lapsesOf(seed: number, { start, calmFrom, tenants }: Terms): LapsesOf {
  // A chance of its own: stories that are known stay what they are.
  const chance = new Chance(seedOf(seed, "lapses"));
  if (!chance.is(0.2)) return { lapse: { graceMs: 72 * HOUR, maxPurgesPerDay: 20 }, actions: [] };
  const actions: PlannedAction["action"][] = [];
  for (const tenant of tenants) {
    const lapse = (seenMs?: number) => ({ kind: "lapse" as const, tenant, agoMs: chance.pick([MINUTE, 8 * DAY, 400 * DAY, -2 * MINUTE]), seenMs, isNoted: seenMs !== undefined && chance.is(0.8), retention: chance.pick(["168h", "168h", "169h", "720h"]) });
    if (chance.is(0.75)) actions.push(lapse(7 * DAY - chance.int(-60, 40 * 60) * SECOND));
    if (chance.is(0.4)) actions.push(lapse());
    if (chance.is(0.4)) actions.push({ kind: "wipeStatus", object: "Tenant", name: tenant });
    if (chance.is(0.35)) actions.push({ kind: "renew", tenant });
  }
  const planned = actions.map((action, n) => ({ id: `lapse-${n}`, at: start + chance.int(1, Math.max(2, calmFrom - start - 1)), action }));
  return { lapse: { graceMs: chance.pick([0, 5 * MINUTE, 72 * HOUR]), maxPurgesPerDay: chance.pick([1, 1, 20]) }, actions: planned };
}
