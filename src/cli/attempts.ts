import type { AttemptResult, HistoryEntry, Tenant, UpgradeStatus } from "../api/index.ts";
import { isFailure } from "../domain/tenant/view.ts";
import { instantOf, type Instant } from "../domain/time.ts";
import { isGivenUp } from "../domain/upgrade/progress.ts";

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

/** By way of which releases it came where it is, in words; undefined: it went straight there. */
export function wayText({ stuckOn = [], to }: Pick<Attempt, "stuckOn" | "to">): string | undefined {
  if (stuckOn.length === 0) return undefined;
  return `rolled forward from ${stuckOn.map(({ version, since }) => `${version} (stuck since ${since})`).join(" and ")} to ${to}`;
}

function runningOf(tenant: string, upgrade: UpgradeStatus): Attempt {
  const { id, class: upgradeClass, from, to, claimedAt, disruptiveAt, stuckSince, stuckOn, pausedAt, opening, approvals } = upgrade;
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
    ...(stuckOn && { stuckOn }),
    ...(pausedAt !== undefined && { pausedAt }),
    window: opening.window,
    ...(approvals && { approvals }),
    ...(message !== undefined && { message }),
  };
}

function resultOf(upgrade: UpgradeStatus): Attempt["result"] {
  if (upgrade.step === "RollBack") return "RollingBack";
  return isGivenUp(upgrade) ? "Stuck" : "Running";
}

/** What goes wrong with an attempt under way. */
function messageOf(upgrade: UpgradeStatus): string | undefined {
  const { step, failure, stuckSince } = upgrade;
  if (stuckSince === undefined || !isGivenUp(upgrade)) return failure;
  return `stuck in step ${step} since ${stuckSince}${failure === undefined ? "" : `: ${failure}`}`;
}
