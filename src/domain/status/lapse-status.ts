import type { LapseStatus, TenantStatus } from "../../api/index.ts";
import { adoptionIn } from "../tenant/belief.ts";
import type { Lapse } from "../tenant/lapse.ts";
import { isoOf, type Instant } from "../time.ts";
import { conditionsOf, stalledWish, type ConditionWish } from "./conditions.ts";
import { awayText } from "./regions.ts";

/** Why data that may be deleted by now is not yet; also the reason of the condition `Lapsed`. */
export const PURGE_HELD = {
  PurgesLimited: "Its data is to be deleted and waits its turn: maxPurgesPerDay of the platform is reached",
  LapseNotRecorded: "Its data is to be deleted, but its namespace does not record when the lapse was first seen, and status alone is not believed: once that can be written, it is kept for as long again",
  UpgradeRunning: "Its data is to be deleted once the running upgrade has ended",
} as const;
export type PurgeHeld = keyof typeof PURGE_HELD;

export const SWITCHED_OFF = "The tenant is switched off since its subscription lapsed; its data is kept until status.lapse.purgeAt";

/** What status says of a lapse; nothing of one that nobody has seen by a clock that can be believed. */
export function lapseSaid(lapse: Lapse | undefined): LapseStatus | undefined {
  if (lapse === undefined || lapse.kind === "none" || lapse.kind === "unseen") return undefined;
  if (lapse.kind === "purging") return lapse.said;
  const ahead = { suspendAt: isoOf(lapse.suspendAt), purgeAt: isoOf(lapse.purgeAt) };
  return lapse.kind === "coming" ? ahead : { observedAt: isoOf(lapse.observedAt), ...ahead };
}

/** `Lapsed`, as long as it is so: how far it has gone. */
export function lapsedWish({ lapse, purgeHeld }: { readonly lapse?: Lapse | undefined; readonly purgeHeld?: PurgeHeld | undefined }): readonly ConditionWish[] {
  if (lapse?.kind !== "lapsed") return [];
  const wish = (reason: string, message: string): ConditionWish[] => [{ type: "Lapsed", status: "True", reason, message }];
  if (purgeHeld !== undefined) return wish(purgeHeld, PURGE_HELD[purgeHeld]);
  if (!lapse.isOff) return wish("GracePeriod", "The subscription lapsed: from status.lapse.suspendAt on the tenant is switched off, from purgeAt on its data deleted");
  return wish("SwitchedOff", SWITCHED_OFF);
}

/** A tenant whose data is being deleted, or was, at `now`. */
export interface PurgeReport {
  readonly previous: TenantStatus;
  readonly generation: number | undefined;
  readonly lapse: LapseStatus;
  /** Its subscription runs again, which comes too late. */
  readonly isRenewed: boolean;
  /** Regions in other clusters that are out of reach, and where it may still have something. */
  readonly away: readonly string[];
  readonly now: Instant;
}

/** The status of a tombstone, or of what is about to be one: what the tenant was is told by its history alone. */
export function purgeStatus({ previous, generation, lapse, isRenewed, away, now }: PurgeReport): TenantStatus {
  const reason = lapse.purgedAt === undefined ? "Purging" : "Purged";
  const message = reason === "Purging" ? `The subscription lapsed, and all that the tenant has is being deleted${awayText({ away, behind: [] })}` : "The subscription lapsed, and all that the tenant had was deleted: status.lapse says what and when";
  const wishes: readonly ConditionWish[] = [
    { type: "Ready", status: "False", reason, message },
    ...(reason === "Purging" ? [{ type: "Reconciling", status: "True" as const, reason, message }] : []),
    ...(isRenewed ? stalledWish([{ reason, message: "the subscription runs again, but the tenant's data is deleted and cannot come back: delete this Tenant and create it anew" }]) : []),
    { type: "Lapsed", status: "True", reason, message },
  ];
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    // Without it nobody would believe the rest.
    ...adoptionIn(previous),
    phase: reason,
    lapse,
    // One that nobody could look at since the tenant gave it up is known from here alone.
    ...(reason === "Purging" && previous.regions && { regions: previous.regions }),
    ...(previous.history && { history: previous.history }),
    conditions: conditionsOf(wishes, { previous: previous.conditions, generation, now }),
  };
}

