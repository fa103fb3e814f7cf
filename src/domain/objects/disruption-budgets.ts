import { AUTH, inNamespaceOf, podSelector, proxyName, proxyRegions } from "./names.ts";
import type { DesiredObject } from "./desired.ts";
import type { TenantInput } from "./tenant-objects.ts";

/**
 * What a drain of nodes may take at once: one pod of Auth, and one proxy of each region (rows F2 and F15). Said as what may be
 * missing rather than as what must stay, so that a component of a single pod makes a drain brief instead of impossible; and a
 * pod that does not serve anyway may always go, or a tenant that is stuck would hold its node for ever.
 */
export function disruptionBudgets({ owner, spec }: Pick<TenantInput, "owner" | "spec">): readonly DesiredObject[] {
  return [AUTH, ...proxyRegions(spec).map(proxyName)].map((component) => ({
    ...inNamespaceOf(owner)("policy/v1", "PodDisruptionBudget", component),
    spec: { maxUnavailable: 1, selector: { matchLabels: podSelector(owner.name, component) }, unhealthyPodEvictionPolicy: "AlwaysAllow" },
  }));
}
