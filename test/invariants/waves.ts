import { selectsTenant } from "./openings.ts";
import { seenAs, type AttemptNote, type ChannelObject, type TenantObject } from "./shapes.ts";
import type { World } from "./world.ts";

/** Why an attempt goes ahead of its wave, in every version of tenant and channel that the operator may have gone by; undefined: it does not. */
export function waveProblem(world: World, tenant: string, attempt: AttemptNote): string | undefined {
  const tenants = seenAs("Tenant", world.lately("Tenant", tenant));
  const channels = seenAs("ReleaseChannel", [...new Set(tenants.map(({ spec }) => spec?.channel ?? "stable"))].flatMap((name) => world.lately("ReleaseChannel", name)));
  const reasons = tenants.flatMap((object) => channels.map((channel) => reasonOf(object, channel, attempt)));
  return reasons.length > 0 && reasons.every((reason) => reason !== undefined) ? reasons[0] : undefined;
}

function reasonOf(tenant: TenantObject, { spec, status }: ChannelObject, { to, class: upgradeClass }: AttemptNote): string | undefined {
  const waves = spec?.rollout?.waves ?? [];
  const found = waves.findIndex(({ tenantSelector }) => tenantSelector === undefined || selectsTenant(tenantSelector, tenant));
  const before = waves[(found === -1 ? waves.length : found) - 1];
  // The same version in other pods is no release that a wave could vouch for.
  if (before === undefined || upgradeClass === "Config") return undefined;
  if (upgradeClass === "Security" && (spec?.security?.waves ?? "Skip") === "Skip") return undefined;
  const isVouchedFor = (status?.promotions ?? []).some(({ wave, version }) => wave === before.name && version === to);
  return isVouchedFor ? undefined : `goes to ${to}, which wave ${before.name} has not vouched for`;
}
