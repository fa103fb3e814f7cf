import type { RegionStatus, UpgradeStatus } from "../../api/index.ts";
import { proxyName } from "../objects/names.ts";
import { compareVersions } from "../release/version.ts";
import { liveVersions, regionOf, type Workload, type Workloads } from "./workloads.ts";

/** What is on record of a region that is out of reach. */
export interface OnRecord {
  readonly region: string;
  readonly said: Pick<RegionStatus, "versions"> | undefined;
  readonly upgrade: Pick<UpgradeStatus, "asked" | "to"> | undefined;
  readonly auth: Workload;
}

/**
 * A region's proxies while nobody can look: they count as live at every version that they were last seen at or have been asked to
 * run since (invariant I14). Without a record they may be at whatever Auth runs.
 */
export function awayWorkload({ region, said, upgrade, auth }: OnRecord): Workload {
  const versions = said?.versions ?? [];
  const isKnown = versions.length > 0;
  return {
    name: proxyName(region),
    exists: true,
    recorded: true,
    observed: false,
    desired: 1,
    updated: 0,
    available: 0,
    total: 0,
    podVersions: isKnown ? mayRun({ name: region, versions }, upgrade) : liveVersions(auth),
    isAbroad: true,
    away: { isKnown },
  };
}

/** What a region's proxies may run of which it is on record what they ran: that, and what they have been asked to run since. */
export function mayRun({ name, versions }: Pick<RegionStatus, "name" | "versions">, upgrade: OnRecord["upgrade"]): string[] {
  return inOrder([...versions, ...(upgrade?.asked?.includes(name) === true ? [upgrade.to] : [])]);
}

/** The most that a status lists of one region. */
const VERSIONS_MOST = 8;

/** The regions in other clusters as status says them; `left` are those that are no longer wanted and that nobody could look at since. */
export function regionsSaid({ proxies }: Pick<Workloads, "proxies">, left: readonly RegionStatus[]): RegionStatus[] {
  const wanted = proxies.filter(({ isAbroad }) => isAbroad).map((proxy) => ({
    name: regionOf(proxy),
    versions: proxy.away?.isKnown === false ? [] : inOrder(liveVersions(proxy)).slice(0, VERSIONS_MOST),
    reachable: proxy.away === undefined,
  }));
  return [...wanted, ...left].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Each once, the oldest first. */
export function inOrder(versions: readonly string[]): string[] {
  return [...new Set(versions)].sort(compareVersions);
}
