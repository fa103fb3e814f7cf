import type { TenantStatus } from "../api/index.ts";
import { item } from "./text.ts";

/** The regions in other clusters that are out of reach or not yet at the tenant's version. */
export function regionsText({ regions = [], version, upgrade }: TenantStatus, width: number): readonly string[] {
  const lines = regions.flatMap(({ name, versions, reachable }) => {
    const runs = versions.length === 0 ? "what its proxies run is not known" : `its proxies may run ${versions.join(" and ")}`;
    if (!reachable) return [item(`Region ${name}:`, `out of reach; ${runs}; they follow as soon as its cluster answers`, { indent: 0, width })];
    const isBehind = upgrade === undefined && version !== undefined && versions.some((each) => each !== version);
    return isBehind ? [item(`Region ${name}:`, `follows to ${version}`, { indent: 0, width })] : [];
  });
  return lines.length === 0 ? [] : [...lines, ""];
}
