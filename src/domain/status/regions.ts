import { isBehind } from "../upgrade/catch-up.ts";
import { regionOf, regionsAway, withinReach, type Workloads } from "../upgrade/workloads.ts";
import type { ConditionWish } from "./conditions.ts";

/** Why a tenant is not Ready of which some regions cannot be seen, and all else serves. */
export const OUT_OF_REACH = "RegionOutOfReach";

/** How far a tenant's regions in other clusters are: what conditions say of them. */
export interface RegionsSeen {
  /** Their clusters give no answer. */
  readonly away: readonly string[];
  /** They follow to the tenant's version, which they missed. */
  readonly behind: readonly string[];
  /** Other tenants' regions follow first. */
  readonly awaitsTurn?: boolean;
}

export const NO_REGIONS: RegionsSeen = { away: [], behind: [] };

export function seeRegions(workloads: Workloads, version: string | undefined): RegionsSeen {
  const abroad = withinReach(workloads.proxies).filter(({ isAbroad }) => isAbroad);
  const behind = version === undefined ? [] : abroad.filter((proxy) => isBehind(proxy, version));
  return { away: regionsAway(workloads), behind: behind.map(regionOf).sort() };
}

/** Behind what else is said: which regions cannot be seen. */
export function awayText({ away }: RegionsSeen): string {
  return away.length === 0 ? "" : `; out of reach: ${away.join(", ")}`;
}

/** That all is not as it should be yet, though no upgrade runs. */
export function regionsWish({ away, behind, awaitsTurn = false }: RegionsSeen): readonly ConditionWish[] {
  const follows = awaitsTurn ? "Waiting, behind other tenants, to follow to the tenant's version" : "Following to the tenant's version";
  const parts = [...(away.length === 0 ? [] : [`Out of reach: ${away.join(", ")}`]), ...(behind.length === 0 ? [] : [`${follows}: ${behind.join(", ")}`])];
  if (parts.length === 0) return [];
  return [{ type: "Reconciling", status: "True", reason: away.length > 0 ? OUT_OF_REACH : "RegionBehind", message: parts.join("; ") }];
}
