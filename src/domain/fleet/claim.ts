import type { Slot } from "../../api/index.ts";
import type { Start } from "../tenant/decide.ts";
import type { Instant } from "../time.ts";

/** A slot to be written into the channel's ledger: from then on the upgrade is claimed (design §7). */
export interface Claim extends Start {
  readonly tenant: string;
  readonly uid: string;
  readonly attempt: string;
  readonly claimedAt: Instant;
}

/** The tenants that got a slot, or lost one. */
export function slotsMoved(before: readonly Slot[] = [], after: readonly Slot[] = []): readonly string[] {
  const [old, now] = [before, after].map((slots) => new Set(slots.map(({ attempt }) => attempt)));
  return [...before.filter(({ attempt }) => now?.has(attempt) !== true), ...after.filter(({ attempt }) => old?.has(attempt) !== true)].map(({ tenant }) => tenant);
}
