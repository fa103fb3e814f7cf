import type { Assumptions } from "../domain/forecast/assumptions.ts";
import type { ForecastStart, ForecastTenant } from "../domain/forecast/forecast.ts";
import type { LaneDecision } from "../domain/tenant/decide.ts";
import type { Instant } from "../domain/time.ts";
import { foresee, judgedAt } from "./foresee.ts";
import { checkForeseeable } from "./foreseeable.ts";
import { isOutside, lanesOf, stayingOf, type HeldLane } from "./held-lanes.ts";
import type { World } from "./world.ts";

/** What starts in the openings of an instant, and what keeps everything else. */
export interface Plan {
  readonly at: Instant;
  /** The openings that it is about: of `at`, else those of the next instant at which one begins; `none`: no opening is known. */
  readonly which: "current" | "next" | "none";
  /** `at`, or when the next ones begin. */
  readonly from: Instant;
  /** The close of the last of them. */
  readonly until: Instant;
  readonly starts: readonly ForecastStart[];
  readonly held: readonly HeldLane[];
  /** Lanes whose windows are closed and that start in none of these openings. */
  readonly outside: readonly HeldLane[];
  /** Tenants with nowhere to go. */
  readonly idle: readonly string[];
  readonly problems: readonly string[];
}

/** Foresees the openings of `at`, no earlier than the world begins, or else the next ones. Throws UsageError as `foresee` does. */
export function planOf(world: World, at: Instant, assumptions: Assumptions): Plan {
  checkForeseeable(world.at, at);
  const now = judgedAt(world, at, assumptions);
  const { which, from } = openingsOf(now, at);
  const tenants = from === at ? now : judgedAt(world, from, assumptions);
  const until = Math.max(at, lastCloseOf(tenants));
  const forecast = foresee(world, until - 1, assumptions); // at its close an opening is over
  const starts = forecast.starts.filter(({ startsAt }) => startsAt >= at);
  const stay = stayingOf(tenants, { starts, ends: forecast.tenants, from });
  const going = new Set([...starts, ...stay].map(({ tenant }) => tenant));
  return {
    at,
    which,
    from,
    until,
    starts,
    held: stay.filter((lane) => !isOutside(lane)),
    outside: stay.filter(isOutside),
    idle: tenants.map(({ view }) => view.name).filter((name) => !going.has(name)),
    problems: forecast.problems,
  };
}

/** Which openings a plan is about: those of the instant if there are any. */
function openingsOf(tenants: readonly ForecastTenant[], at: Instant): Pick<Plan, "which" | "from"> {
  const lanes = lanesOf(tenants);
  if (lanes.some(({ opening }) => opening !== undefined)) return { which: "current", from: at };
  const next = lanes.reduce((first, { window }) => Math.min(first, window.nextOpensAt ?? first), Number.POSITIVE_INFINITY);
  return Number.isFinite(next) ? { which: "next", from: next } : { which: "none", from: at };
}

/** An Approval may be an opening of weeks: where a window is open, windows alone say how far the plan goes. */
function lastCloseOf(tenants: readonly ForecastTenant[]): Instant {
  const closes = (lanes: readonly LaneDecision[]) => lanes.reduce((last, { opening }) => Math.max(last, opening?.closesAt ?? last), Number.NEGATIVE_INFINITY);
  const open = lanesOf(tenants).filter(({ window }) => window.open);
  return closes(open.length > 0 ? open : lanesOf(tenants));
}
