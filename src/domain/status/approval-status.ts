import type { ApprovalStatus } from "../../api/index.ts";
import type { Approval } from "../approval/approval.ts";
import type { Instant } from "../time.ts";
import { conditionsOf, stalledWish, type ConditionWish } from "./conditions.ts";

export interface ApprovalReport {
  readonly previous: ApprovalStatus | undefined;
  readonly generation: number | undefined;
  /** Undefined: it cannot be read. */
  readonly approval: Approval | undefined;
  /** In order of tenant. */
  readonly usedBy: readonly { readonly tenant: string; readonly attempt: string }[];
  readonly now: Instant;
}

/** The status of an approval: whether it lifts anything, and what rests on it. What it was used for stays said. */
export function approvalStatus({ previous, generation, approval, usedBy, now }: ApprovalReport): ApprovalStatus {
  const known = new Map([...(previous?.usedBy ?? []), ...usedBy].map((use) => [use.attempt, { tenant: use.tenant, attempt: use.attempt }]));
  const uses = [...known.values()].sort((a, b) => (a.attempt < b.attempt ? -1 : 1)).slice(0, USES_LISTED);
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    active: approval !== undefined && approval.createdAt <= now && now < approval.expiresAt,
    ...(uses.length > 0 && { usedBy: uses }),
    conditions: conditionsOf(wishes(approval, now), { previous: previous?.conditions, generation, now }),
  };
}

const USES_LISTED = 500;

function wishes(approval: Approval | undefined, now: Instant): readonly ConditionWish[] {
  if (approval === undefined) {
    const message = "It cannot be read, and lifts nothing";
    return [{ type: "Ready", status: "False", reason: "ApprovalInvalid", message }, ...stalledWish([{ reason: "ApprovalInvalid", message }])];
  }
  const isOver = now >= approval.expiresAt;
  return [{ type: "Ready", status: "True", reason: isOver ? "Expired" : "Active", message: isOver ? "It has expired and lifts nothing" : "It lifts what it names" }];
}
