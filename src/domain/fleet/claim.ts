import type { Start } from "../tenant/decide.ts";
import type { Instant } from "../time.ts";

/** A slot to be written into the channel's ledger: from then on the upgrade is claimed (design §7). */
export interface Claim extends Start {
  readonly tenant: string;
  readonly uid: string;
  readonly attempt: string;
  readonly claimedAt: Instant;
}
