import type { ForecastStart, ForecastTenant } from "../domain/forecast/forecast.ts";
import { channelHold, tenantHold, type Hold, type Lane } from "../domain/hold.ts";
import type { LaneDecision } from "../domain/tenant/decide.ts";
import { laneOf } from "../domain/tenant/view.ts";
import { SECOND, type Instant } from "../domain/time.ts";
import type { Opening } from "../domain/window/opening.ts";

/** A lane that has somewhere to go and stays. */
export interface HeldLane {
  readonly tenant: string;
  readonly lane: Lane;
  readonly from: string | undefined;
  readonly to: string;
  readonly holds: readonly Hold[];
  /** Absent: no window of the lane is open. */
  readonly opening?: Opening | undefined;
  readonly nextOpensAt?: Instant | undefined;
}

interface Foreseen {
  readonly starts: readonly ForecastStart[];
  /** The tenants as they are in the end. */
  readonly ends: readonly ForecastTenant[];
  readonly from: Instant;
}

/** The lanes that have somewhere to go and start nothing, as they are judged when the openings are first looked at. */
export function stayingOf(tenants: readonly ForecastTenant[], { starts, ends, from }: Foreseen): readonly HeldLane[] {
  const started = new Set(starts.map((start) => `${start.tenant} ${laneOf(start.class)}`));
  const later = new Map(ends.map((tenant) => [tenant.view.name, tenant]));
  return tenants.flatMap((tenant) => {
    const { name, version } = tenant.view;
    return lanesOf([tenant]).flatMap((lane): readonly HeldLane[] => {
      const to = versionOf(lane);
      if (to === undefined || started.has(`${name} ${lane.lane}`)) return [];
      const holds = lane.holds.length > 0 ? lane.holds : [unheldOf(tenant, { to, end: later.get(name), from })];
      return [{ tenant: name, lane: lane.lane, from: version, to, holds, opening: lane.opening, nextOpensAt: lane.window.nextOpensAt }];
    });
  });
}

interface Unheld {
  readonly to: string;
  readonly end: ForecastTenant | undefined;
  readonly from: Instant;
}

/** Nothing held it, and it did not start: it was claimed and something came between, or it got no slot, of which a forecast's views know nothing. */
function unheldOf({ view }: ForecastTenant, { to, end, from }: Unheld): Hold {
  const { name, channel } = view;
  const wasAborted = end?.view.history.some((past) => past.to === to && !past.succeeded && past.finishedAt >= from - SECOND) ?? false;
  if (wasAborted) return tenantHold("RetryNextOpening", name, `${to} is claimed, and held again before its first write`);
  return channelHold("ConcurrencyLimit", channel.name, "no slot of spec.rollout.maxParallel becomes free for it in time");
}

/** Whoever has no window that can be used does not merely wait for one. */
export function isOutside({ opening, holds }: HeldLane): boolean {
  return opening === undefined && holds.some(({ code }) => code === "OutsideWindow");
}

/** Where a lane goes, at once or later; absent: nowhere. */
function versionOf({ target, next }: LaneDecision): string | undefined {
  return target ?? next?.version;
}

/** Both lanes of each. */
export function lanesOf(tenants: readonly ForecastTenant[]): readonly LaneDecision[] {
  return tenants.flatMap(({ lanes }) => [lanes.patch, lanes.major]);
}
