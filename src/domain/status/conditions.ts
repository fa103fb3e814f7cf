import type { Condition } from "../../api/index.ts";
import { stampOf, type Instant } from "../time.ts";

/** A condition as it should be now, before its times are known. */
export interface ConditionWish {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

/** Something wrong that only a person can mend; the message says where and how. */
export interface Problem {
  readonly reason: string;
  readonly message: string;
}

/** What the conditions are computed against: those of before, the generation judged, and now. */
export interface ConditionTerms {
  readonly previous: readonly Condition[] | undefined;
  readonly generation: number | undefined;
  readonly now: Instant;
}

/** metav1 conditions from wishes: `lastTransitionTime` moves only with the status. */
export function conditionsOf(wishes: readonly ConditionWish[], { previous, generation, now }: ConditionTerms): Condition[] {
  return wishes.map((wish) => {
    const before = previous?.find((condition) => condition.type === wish.type);
    const lastTransitionTime = before?.status === wish.status ? before.lastTransitionTime : stampOf(now);
    return { ...wish, lastTransitionTime, ...(generation !== undefined && { observedGeneration: generation }) };
  });
}

/** Stalled, as kstatus reads it: there when true, absent otherwise. Several problems become one message, sorted. */
export function stalledWish(problems: readonly Problem[]): readonly ConditionWish[] {
  const [first, ...rest] = [...problems].sort((a, b) => (a.reason + a.message < b.reason + b.message ? -1 : 1));
  if (first === undefined) return [];
  const message = [first, ...rest].map((problem) => problem.message).join("; ");
  return [{ type: "Stalled", status: "True", reason: first.reason, message }];
}
