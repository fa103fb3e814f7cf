import { compareVersions, isNewer } from "../release/version.ts";
import { isRolledTo, isSettledAt, withinReach, wouldOvertake, type Workload, type Workloads } from "./workloads.ts";

/** The roll of one region's proxies to what the tenant runs. */
export interface CatchUp {
  readonly workload: string;
  readonly version: string;
  readonly back: false;
}

/**
 * The next region that was out of reach while the tenant was upgraded, and follows now that it is back: at once, region by
 * region, and never above Auth (design §8, invariant I14). It is the rest of an attempt whose slot is free already.
 */
export function catchUp(workloads: Workloads, version: string): CatchUp | undefined {
  if (!isSettledAt(workloads.auth, version)) return undefined;
  if (isFollowing(workloads, version)) return undefined;
  const behind = abroadWithinReach(workloads.proxies).find((proxy) => isBehind(proxy, version) && !wouldOvertake(workloads, proxy, version));
  return behind && { workload: behind.name, version, back: false };
}

/** Whether a region in another cluster is on its way to the version. */
export function isFollowing({ proxies }: Pick<Workloads, "proxies">, version: string): boolean {
  return abroadWithinReach(proxies).some((proxy) => isMoving(proxy, version));
}

function abroadWithinReach(proxies: readonly Workload[]): readonly Workload[] {
  return withinReach(proxies).filter(({ isAbroad }) => isAbroad);
}

/** Whether a region's proxies are asked for at an older version. */
export function isBehind({ exists, version: asked }: Workload, version: string): boolean {
  return exists && asked !== undefined && isNewer(version, asked);
}

/** On its way to the version, with pods of another still there. */
function isMoving(proxy: Workload, version: string): boolean {
  return isRolledTo(proxy, version) && proxy.podVersions.some((each) => each === undefined || compareVersions(each, version) !== 0);
}
