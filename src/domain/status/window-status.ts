import type { MaintenanceWindowStatus } from "../../api/index.ts";
import { isoOf, type Instant } from "../time.ts";
import { windowStateAt } from "../window/opening.ts";
import type { InvalidWindow, Window } from "../window/window.ts";
import { conditionsOf, stalledWish, type ConditionWish } from "./conditions.ts";

const SHOWN_OPENINGS = 5;
/** Openings are listed this far ahead. */
const HORIZON_DAYS = 400;

export interface WindowReport {
  readonly previous: MaintenanceWindowStatus | undefined;
  readonly generation: number | undefined;
  readonly window: Window | InvalidWindow;
  readonly tenants: number;
  readonly now: Instant;
}

/** The status of a window; an invalid one is closed and Stalled, its message says what to mend (design §3.1). */
export function windowStatus({ previous, generation, window, tenants, now }: WindowReport): MaintenanceWindowStatus {
  const terms = { previous: previous?.conditions, generation, now };
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  if (window.kind === "invalid") {
    const message = window.problems.join("; ");
    const wishes = [notReady(message), ...stalledWish([{ reason: "WindowInvalid", message }])];
    return { ...observed, open: false, tenants, conditions: conditionsOf(wishes, terms) };
  }
  const { open, opensAt, closesAt, nextOpensAt } = windowStateAt([window], now);
  return {
    ...observed,
    open,
    ...(opensAt !== undefined && { opensAt: isoOf(opensAt) }),
    ...(closesAt !== undefined && { closesAt: isoOf(closesAt) }),
    ...(nextOpensAt !== undefined && { nextOpensAt: isoOf(nextOpensAt) }),
    nextOpenings: nextStartsOf(window, now, SHOWN_OPENINGS).map(isoOf),
    tenants,
    conditions: conditionsOf([{ type: "Ready", status: "True", reason: "Valid", message: "The window can open" }], terms),
  };
}

/** The next starts after now, at most `count`. */
export function nextStartsOf(window: Window, now: Instant, count: number): Instant[] {
  const starts: Instant[] = [];
  for (const start of window.startsFrom(now, HORIZON_DAYS)) {
    if (starts.length === count) break;
    starts.push(start);
  }
  return starts;
}

function notReady(message: string): ConditionWish {
  return { type: "Ready", status: "False", reason: "WindowInvalid", message };
}
