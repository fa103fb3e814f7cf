import type { HoldCode } from "../../api/index.ts";
import { isLiftable, type Hold } from "../hold.ts";
import type { Instant } from "../time.ts";
import type { Opening } from "../window/opening.ts";
import type { Approval } from "./approval.ts";

/** The approvals that count at this instant. */
export function approvalsAt(approvals: readonly Approval[], now: Instant): readonly Approval[] {
  return approvals.filter(({ createdAt, expiresAt }) => createdAt <= now && now < expiresAt);
}

/** Of these an approval acknowledges what failed before it, and nothing that fails later (design §6): see the ledger and the gate. */
const ACKNOWLEDGED: ReadonlySet<HoldCode> = new Set(["ReleaseHalted", "TenantHalted"]);

/** The holds that stay, and the names of the approvals that lift the others. All of them approve the upgrade that is judged. */
export function lift(holds: readonly Hold[], approvals: readonly Approval[]): { readonly holds: readonly Hold[]; readonly liftedBy: readonly string[] } {
  const judged = holds.map((hold) => ({ hold, by: isLiftable(hold.code) && !ACKNOWLEDGED.has(hold.code) ? liftingOf(approvals, hold.code) : undefined }));
  return {
    holds: judged.filter(({ by }) => by === undefined).map(({ hold }) => hold),
    liftedBy: [...new Set(judged.flatMap(({ by }) => by?.name ?? []))].sort(),
  };
}

const PREFIX = "approval:";

/**
 * The opening that an approval stands for which lifts what holds a lane while no window is open, or `OutsideWindow`, which stands
 * for all of that: from its creation until it expires. No window has such a name, and an attempt that fails in it is not repeated
 * in it (design §6).
 */
export function approvedOpening(approvals: readonly Approval[], closed: HoldCode): Opening | undefined {
  const by = approvals.find(({ lifts }) => lifts.has("OutsideWindow") || lifts.has(closed));
  return by && { window: PREFIX + by.name, opensAt: by.createdAt, closesAt: by.expiresAt };
}

/** The approval that an opening of its own comes from. */
export function nameOf({ window }: Opening): string {
  return window.slice(PREFIX.length);
}

function liftingOf(approvals: readonly Approval[], code: HoldCode): Approval | undefined {
  return approvals.find(({ lifts }) => lifts.has(code));
}
