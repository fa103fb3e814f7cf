import { MAX_SURGE } from "./deployment.ts";
import { inNamespaceOf, proxyName, proxyRegions } from "./names.ts";
import { ERRAND, sizesOf, type ContainerSize } from "./sizes.ts";
import type { DesiredObject } from "./desired.ts";
import type { TenantInput } from "./tenant-objects.ts";

type QuotaInput = Pick<TenantInput, "owner" | "spec" | "lingering">;

interface Share {
  readonly pods: number;
  readonly of: ContainerSize;
}

/**
 * As much as the tenant's pods can ask for at once, in the middle of an upgrade too, and no more: what runs away in one
 * namespace takes nothing from the others (row F1). It never makes an upgrade or its roll-back wait for longer than a grace
 * period. It bounds requests alone: a quota on limits would refuse pods of earlier template revisions, which have none.
 */
export function resourceQuota(input: QuotaInput): DesiredObject {
  const shares = sharesOf(input);
  const sum = (each: (share: Share) => number): number => shares.reduce((total, share) => total + each(share), 0);
  const hard = {
    pods: String(sum(({ pods }) => pods)),
    "requests.cpu": `${sum(({ pods, of }) => pods * of.cpuMillis)}m`,
    "requests.memory": `${sum(({ pods, of }) => pods * of.memoryMi)}Mi`,
  };
  return { ...inNamespaceOf(input.owner)("v1", "ResourceQuota", "tenant"), spec: { hard } };
}

/** A pod counts until its grace is over: beside every pod there may be the one whose place it takes. */
function sharesOf({ spec, lingering = [] }: QuotaInput): readonly Share[] {
  const { auth, proxy } = spec;
  const sizes = sizesOf(spec);
  const regions = new Set([...proxyRegions(spec).map(proxyName), ...lingering]);
  return [
    { pods: 2 * auth.replicas, of: sizes.auth },
    { pods: regions.size * (2 * proxy.replicas + MAX_SURGE), of: sizes.proxy },
    { pods: 2, of: ERRAND },
  ];
}
