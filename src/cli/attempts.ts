import type { AttemptResult, HistoryEntry, Tenant, UpgradeStatus } from "../api/index.ts";
import { isFailure } from "../domain/tenant/view.ts";
import { instantOf, type Instant } from "../domain/time.ts";

/** An attempt as status tells of it: one of its history, or the one under way. */
export interface Attempt extends Omit<HistoryEntry, "result" | "finishedAt"> {
  readonly tenant: string;
  readonly result: AttemptResult | "Running" | "RollingBack" | "Stuck";
  /** Absent: it is under way. */
  readonly finishedAt?: string;
}

/** All that status knows of, the newest first. */
export function attemptsOf({ metadata, status }: Tenant): readonly Attempt[] {
  const { name: tenant } = metadata;
  const running = status?.upgrade === undefined ? [] : [runningOf(tenant, status.upgrade)];
  return [...running, ...(status?.history ?? []).map((entry) => ({ tenant, ...entry }))];
}

/** Whether it was tried and did not work, or does not now; one that was aborted changed nothing. */
export function hasFailed({ result }: Attempt): boolean {
  if (result === "Stuck" || result === "RollingBack") return true;
  return result !== "Running" && isFailure({ result });
}

/** When it was claimed. */
export function beginOf({ claimedAt }: Attempt): Instant {
  return instantOf(claimedAt) ?? Number.NEGATIVE_INFINITY;
}

/** When it ended; infinity: it is under way. */
export function endOf({ finishedAt }: Attempt): Instant {
  return instantOf(finishedAt) ?? Number.POSITIVE_INFINITY;
}

function runningOf(tenant: string, upgrade: UpgradeStatus): Attempt {
  const { id, class: upgradeClass, from, to, claimedAt, disruptiveAt, stuckSince, pausedAt, opening, approvals } = upgrade;
  const message = messageOf(upgrade);
  return {
    tenant,
    id,
    class: upgradeClass,
    from,
    to,
    result: resultOf(upgrade),
    claimedAt,
    ...(disruptiveAt !== undefined && { disruptiveAt }),
    ...(stuckSince !== undefined && { stuckSince }),
    ...(pausedAt !== undefined && { pausedAt }),
    window: opening.window,
    ...(approvals && { approvals }),
    ...(message !== undefined && { message }),
  };
}

function resultOf({ step, stuckSince }: UpgradeStatus): Attempt["result"] {
  if (step === "RollBack") return "RollingBack";
  return stuckSince === undefined ? "Running" : "Stuck";
}

/** What goes wrong with an attempt under way. */
function messageOf({ step, failure, stuckSince }: UpgradeStatus): string | undefined {
  if (stuckSince === undefined) return failure;
  return `stuck in step ${step} since ${stuckSince}${failure === undefined ? "" : `: ${failure}`}`;
}
