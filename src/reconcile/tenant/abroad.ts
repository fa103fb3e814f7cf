import type { RegionStatus, Tenant, TenantSpec, TenantStatus } from "../../api/index.ts";
import { proxyName, proxyRegions, type Owner } from "../../domain/objects/names.ts";
import type { Platform } from "../../domain/objects/platform.ts";
import type { KindName, LiveObject, MemberCluster } from "../ports.ts";
import { mayRun } from "../../domain/upgrade/away.ts";
import { specAs, statusAs } from "../shapes.ts";
import { ownObjects } from "./own-objects.ts";

/** What a tenant has in one cluster beside the operator's own. */
export interface Abroad {
  readonly member: MemberCluster;
  /** The tenant's regions there; none: whatever it has there is to go. */
  readonly regions: readonly string[];
  /**
   * The tenant's regions in a cluster that is out of reach. By a mistake in a kubeconfig that may be this very one: what is
   * here in their name is not too many.
   */
  readonly spared: readonly string[];
  /** Out of reach: nothing is known, and all below is empty. */
  readonly isAway: boolean;
  readonly namespace: LiveObject | undefined;
  readonly deployments: readonly LiveObject[];
  readonly services: readonly LiveObject[];
  readonly budgets: readonly LiveObject[];
  readonly pods: readonly LiveObject[];
}

/** Looks at a tenant in every other cluster; no I/O. */
export function lookAbroad(tenant: Tenant, owner: Owner, members: readonly MemberCluster[]): readonly Abroad[] {
  const wanted = proxyRegions(tenant.spec);
  const away = members.filter((member) => member.outOfReach() !== undefined);
  return members.map((member) => {
    const isAway = away.includes(member);
    const own = (kind: KindName) => (isAway ? [] : ownObjects(member.caches, kind, owner));
    return {
      member,
      regions: wanted.filter((region) => member.regions.includes(region)),
      spared: wanted.filter((region) => away.some((other) => other !== member && other.regions.includes(region))),
      isAway,
      namespace: own("Namespace")[0],
      deployments: own("Deployment"),
      services: own("Service"),
      budgets: own("PodDisruptionBudget"),
      pods: own("Pod"),
    };
  });
}

/**
 * The regions that the tenant has in the operator's own cluster: those that the platform names as such, or all if it names none.
 * One that it does not know stays if it is there, and is not made anew.
 */
export function regionsHere(spec: TenantSpec, { regions }: Pick<Platform, "regions">, deployments: readonly LiveObject[]): readonly string[] {
  const isThere = (region: string): boolean => deployments.some(({ metadata }) => metadata.name === proxyName(region));
  return proxyRegions(spec).filter((region) => {
    const known = regions?.find(({ name }) => name === region);
    return regions === undefined || (known === undefined ? isThere(region) : known.cluster === undefined);
  });
}

/** Whether a tenant has or had proxies in any of these regions, read without judging the rest of its spec. */
export function isPlacedIn(tenant: LiveObject, regions: readonly string[]): boolean {
  const { region = "", proxyRegions: wanted = [region] } = specAs<TenantSpec>(tenant);
  return [...wanted, ...(statusAs<TenantStatus>(tenant).regions ?? []).map(({ name }) => name)].some((each) => regions.includes(each));
}

/** What is on record of regions that are no longer wanted and whose cluster cannot be asked: they may still be there. */
export function leftAway({ status }: Tenant, abroad: readonly Abroad[]): readonly RegionStatus[] {
  const away = abroad.filter(({ isAway }) => isAway).flatMap(({ member, regions }) => member.regions.filter((region) => !regions.includes(region)));
  return (status?.regions ?? []).filter(({ name }) => away.includes(name)).map((region) => ({ ...region, versions: mayRun(region, status?.upgrade), reachable: false }));
}
