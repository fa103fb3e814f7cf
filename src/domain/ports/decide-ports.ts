import { ownsUid, type Owner } from "../objects/names.ts";
import { compareBlocks, isSameBlock, type Block, type PortRange } from "./block.ts";
import type { Claim } from "./claim.ts";

/** What is known of one tenant's ports. */
export interface PortsSeen {
  /** The claims in the tenant's name; they may be those of a tenant that had it before. */
  readonly claims: readonly Claim[];
  /** The block that was recorded on its namespace, or told in its status. */
  readonly recorded: Block | undefined;
}

/** Which ports a tenant has, and what is to be done about it. */
export type PortsDecision =
  | { readonly kind: "none" }
  /** It keeps the block; `surplus` are claims of its own that it does not need; an inherited one still names the Tenant before it. */
  | { readonly kind: "held"; readonly block: Block; readonly surplus: readonly Claim[]; readonly isInherited?: true }
  /** It has the block, and the claim of it is gone: to be made again. */
  | { readonly kind: "lost"; readonly block: Block }
  /** It is to get one. */
  | { readonly kind: "wanted" };

/**
 * A claim with the tenant's uid decides, whatever has become of status, records or ranges: allocated ports never change
 * (invariant I15). Of two claims the one in use stays, else the lowest.
 */
export function decidePorts({ claims, recorded }: PortsSeen, owner: Owner, ranges: readonly PortRange[] | undefined): PortsDecision {
  const own = claims.filter((claim) => ownsUid(owner, claim.owner.uid) && claim.releasedAt === undefined).sort((a, b) => compareBlocks(a.block, b.block));
  const kept = own.find(({ block }) => recorded !== undefined && isSameBlock(block, recorded)) ?? own[0];
  if (kept !== undefined) return { kind: "held", block: kept.block, surplus: own.filter((claim) => claim !== kept), ...(kept.owner.uid !== owner.uid && { isInherited: true }) };
  if (recorded !== undefined) return { kind: "lost", block: recorded };
  return ranges === undefined || ranges.length === 0 ? { kind: "none" } : { kind: "wanted" };
}

/** The block that the tenant is reached at, if it has one. */
export function blockOf(decision: PortsDecision): Block | undefined {
  return decision.kind === "held" || decision.kind === "lost" ? decision.block : undefined;
}

/** Nothing of a new tenant is made before its ports are sure: without them it would be there, and not reached (design §9). */
export function awaitsPorts({ kind }: PortsDecision, isProvisioned: boolean): boolean {
  return !isProvisioned && (kind === "wanted" || kind === "lost");
}

/** Claims in the tenant's name that are another's, who had the name before; whether that one is gone has to be asked. */
export function formerClaims(claims: readonly Claim[], owner: Owner | undefined): readonly Claim[] {
  return claims.filter((claim) => (owner === undefined || !ownsUid(owner, claim.owner.uid)) && claim.releasedAt === undefined);
}
