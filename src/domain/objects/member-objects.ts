import type { TenantSpec } from "../../api/index.ts";
import type { Block } from "../ports/block.ts";
import { configFiles, joinTokenOf, PROXY_CONFIG, proxyConfig } from "./config.ts";
import { disruptionBudgets } from "./disruption-budgets.ts";
import { AUTH, inNamespaceOf, proxyRegions, specAt, type Owner } from "./names.ts";
import { networkPolicies } from "./network-policies.ts";
import type { Platform, RegionCluster } from "./platform.ts";
import { resourceQuota } from "./quota.ts";
import type { DesiredObject } from "./desired.ts";
import { namespace, proxyServices } from "./tenant-objects.ts";

/** What a tenant's objects in another cluster are made from. */
export interface MemberInput {
  readonly owner: Owner;
  readonly spec: TenantSpec;
  readonly platform: Platform;
  /** The tenant's regions there. */
  readonly regions: readonly string[];
  readonly cluster: RegionCluster;
  readonly lingering: readonly string[];
  readonly block: Block | undefined;
  /** Where proxies ask what agents are to run; absent: their agents are told nothing. */
  readonly agentsAt: string | undefined;
}

/** Everything of a tenant in another cluster but its Deployments: what its proxies there need, nothing of Auth's, and no data (row F2). */
export function memberObjects({ owner, platform, regions, cluster, lingering, block, agentsAt, ...whole }: MemberInput): readonly DesiredObject[] {
  const authAddress = addressFor(owner.name, cluster);
  // Without Auth: its share of the quota is none.
  const spec = specAt({ ...whole.spec, auth: { ...whole.spec.auth, replicas: 0 } }, regions);
  const input = { owner, spec, platform, lingering, block };
  const inNamespace = inNamespaceOf(owner);
  return [
    namespace({ owner, spec, platform }),
    ...networkPolicies({ ...input, authElsewhere: { port: portOf(authAddress), cidrs: cluster.authCidrs } }),
    resourceQuota(input),
    { ...inNamespace("v1", "ServiceAccount", "proxy"), automountServiceAccountToken: false },
    { ...inNamespace("v1", "ConfigMap", PROXY_CONFIG), data: configFiles(proxyConfig(owner.name, whole.spec, { agentsAt, block, authAddress, joinToken: joinTokenOf(cluster) }), false) },
    ...proxyServices(input),
    ...disruptionBudgets(input).filter(({ metadata }) => metadata.name !== AUTH),
  ];
}

/** From where proxies in other clusters come to the tenant's Auth. */
export function abroadCidrs(spec: TenantSpec, { regions = [] }: Pick<Platform, "regions">): readonly string[] {
  const wanted = proxyRegions(spec);
  return [...new Set(regions.flatMap(({ name, cluster }) => (cluster !== undefined && wanted.includes(name) ? cluster.proxyCidrs : [])))].sort();
}

/** The placeholder for the tenant's name in an address. */
export const TENANT_PLACEHOLDER = "{tenant}";

function addressFor(tenant: string, { authAddress }: RegionCluster): string {
  return authAddress.replaceAll(TENANT_PLACEHOLDER, tenant);
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}
