import { LABEL } from "../../api/index.ts";
import { memberObjects, type MemberInput } from "../../domain/objects/member-objects.ts";
import { AUTH, proxyName } from "../../domain/objects/names.ts";
import type { Platform } from "../../domain/objects/platform.ts";
import type { DesiredObject } from "../../domain/objects/desired.ts";
import type { TenantInput } from "../../domain/objects/tenant-objects.ts";
import type { MemberCluster } from "../ports.ts";
import type { Abroad } from "./abroad.ts";
import type { ObservedTenant } from "./observe.ts";
import { extraIn, isLive, strayIn, type Removal } from "./workloads.ts";

/** What a tenant is to have, and no longer to have, in one other cluster. */
export interface AbroadWish {
  readonly member: MemberCluster;
  readonly objects: readonly DesiredObject[];
  readonly removals: readonly Removal[];
}

export interface WishTerms extends Pick<MemberInput, "block"> {
  readonly platform: Platform;
  readonly agents: TenantInput["agents"];
}

/** Which Deployments are made in this cluster, and which in others, by region. */
export function placeDeployments({ observed }: ObservedTenant, deployments: readonly DesiredObject[]): { readonly here: readonly DesiredObject[]; readonly abroad: readonly DesiredObject[] } {
  const names = new Set(observed.wanted.filter(({ workload }) => workload.isAbroad).map(({ name }) => name));
  const isAbroad = ({ metadata }: DesiredObject): boolean => names.has(metadata.name);
  return { here: deployments.filter((each) => !isAbroad(each)), abroad: deployments.filter(isAbroad) };
}

/** What to write in the other clusters, but for those that are out of reach. */
export function abroadWishes({ tenant, owner, abroad }: ObservedTenant, deployments: readonly DesiredObject[], { platform, block, agents }: WishTerms): readonly AbroadWish[] {
  return abroad.filter(({ isAway }) => !isAway).flatMap((there) => {
    const names = there.regions.map(proxyName);
    const cluster = platform.regions?.find(({ name }) => there.regions.includes(name))?.cluster;
    if (cluster === undefined) return goneFrom(there);
    const own = deployments.filter(({ metadata }) => names.includes(metadata.name));
    const { lingering } = strayIn(there, names);
    const objects = memberObjects({ owner, spec: tenant.spec, platform, regions: there.regions, cluster, lingering, block, agentsAt: agents?.askedAt });
    return [{ member: there.member, objects: [...objects, ...own], removals: tooManyIn(there) }];
  });
}

/** The tenant has no region there any more: its namespace goes when the last pod has ended. */
function goneFrom(there: Abroad): readonly AbroadWish[] {
  const { member, namespace, deployments, pods } = there;
  if (namespace === undefined) return [];
  const isServing = deployments.length > 0 || pods.some((pod) => isLive(pod) && pod.metadata.labels?.[LABEL.component] !== undefined);
  const isGoing = namespace.metadata.deletionTimestamp !== undefined;
  const removals: readonly Removal[] = isServing ? tooManyIn(there) : [{ kind: "Namespace", metadata: namespace.metadata }];
  return isGoing ? [] : [{ member, objects: [], removals }];
}

/** An Auth is never touched: there should be none. */
function tooManyIn(there: Abroad): readonly Removal[] {
  return extraIn(there, [AUTH, ...[...there.regions, ...there.spared].map(proxyName)]);
}
