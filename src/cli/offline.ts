import type { Tenant, TenantStatus } from "../api/index.ts";
import { parseVersion } from "../domain/release/version.ts";
import { decideLanes } from "../domain/tenant/decide.ts";
import type { TenantView } from "../domain/tenant/view.ts";
import type { Instant } from "../domain/time.ts";
import { judgedStatus } from "./judged-status.ts";
import type { Manifest } from "./manifests.ts";
import { noInventoryLine, takenRead } from "./offline-agents.ts";
import { tenantIn, viewIn, worldOf } from "./world.ts";

/** A tenant as manifests alone describe it at an instant, and what had to be assumed. */
export interface OfflineTenant {
  readonly tenant: Tenant;
  readonly status: TenantStatus;
  readonly assumptions: readonly string[];
}

/** Judges a tenant from manifests with the rules of the operator; what only a cluster knows is assumed, and said. Throws UsageError. */
export function judgeOffline(name: string, manifests: readonly Manifest[], at: Instant): OfflineTenant {
  const world = worldOf(manifests, at);
  const tenant = tenantIn(world, name);
  const found = viewIn(world, tenant);
  const lastRead = takenRead(found.agents, tenant, manifests);
  // As in a forecast: what was never read here is read in time.
  const view: TenantView = { ...found, agents: { ...found.agents, lastRead: lastRead.kind === "never" ? { kind: "complete", readAt: at, askedAt: at } : { ...lastRead, askedAt: at } } };
  const known = parseVersion(tenant.status?.version ?? "");
  const status = judgedStatus(tenant, { view, lanes: decideLanes(view, at), upgrade: tenant.status?.upgrade, now: at });
  return { tenant, status, assumptions: [...assumptionsOf(view, { known, inventory: found.agents.lastRead.kind === "complete" }), ...noInventoryLine([tenant], manifests)] };
}

function assumptionsOf({ version, ready, suspension, upgrade }: TenantView, { known, inventory }: { known: string | undefined; inventory: boolean }): readonly string[] {
  const others = upgrade === undefined ? "nothing else runs, and the channel has a free slot" : "the channel has a free slot";
  return [
    ...(known === undefined ? [`the tenant runs ${version ?? ""}, the version it would be provisioned at`] : []),
    `${ready && suspension === undefined ? "the tenant is Ready, " : ""}${others}`,
    ...(inventory ? ["the inventory is the one in the manifests"] : []),
  ];
}
