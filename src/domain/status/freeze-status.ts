import type { FreezeStatus } from "../../api/index.ts";
import { isActive, type Freeze } from "../freeze/freeze.ts";
import type { Instant } from "../time.ts";
import { conditionsOf, stalledWish, type ConditionWish } from "./conditions.ts";

export interface FreezeReport {
  readonly previous: FreezeStatus | undefined;
  readonly generation: number | undefined;
  readonly freeze: Freeze;
  /** How many tenants it covers. */
  readonly tenants: number;
  readonly now: Instant;
}

/** The status of a freeze: whether it holds now, and for how many. */
export function freezeStatus({ previous, generation, freeze, tenants, now }: FreezeReport): FreezeStatus {
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    active: isActive(freeze, now),
    tenants,
    conditions: conditionsOf(wishes(freeze, now), { previous: previous?.conditions, generation, now }),
  };
}

function wishes(freeze: Freeze, now: Instant): readonly ConditionWish[] {
  if (freeze.problem !== undefined) {
    const { problem: message } = freeze;
    return [{ type: "Ready", status: "False", reason: "FreezeInvalid", message }, ...stalledWish([{ reason: "FreezeInvalid", message }])];
  }
  const ready = (reason: string, message: string): ConditionWish => ({ type: "Ready", status: "True", reason, message });
  if (now < freeze.from) return [ready("Upcoming", "It has not begun")];
  return now < freeze.until ? [ready("Active", "Nothing that it covers may start")] : [ready("Ended", "It is over and holds nothing")];
}
