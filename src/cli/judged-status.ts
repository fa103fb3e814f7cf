import type { Condition, Tenant, TenantStatus, UpgradeStatus } from "../api/index.ts";
import { tenantStatus } from "../domain/status/tenant-status.ts";
import type { LanesDecision } from "../domain/tenant/decide.ts";
import type { TenantView } from "../domain/tenant/view.ts";
import type { Instant } from "../domain/time.ts";

/** A tenant as it was judged, and by what. */
export interface Judged {
  readonly view: TenantView;
  readonly lanes: LanesDecision;
  readonly upgrade: UpgradeStatus | undefined;
  readonly now: Instant;
}

/** The status that the operator would write of it. */
export function judgedStatus(tenant: Tenant, { view, lanes, upgrade, now }: Judged): TenantStatus {
  const status = tenantStatus({
    previous: tenant.status,
    generation: tenant.metadata.generation,
    deleting: view.deleting,
    version: view.version,
    provisioned: true,
    unavailable: view.ready ? [] : ["workloads"], // which ones nobody has looked
    suspension: view.suspension && "Suspended",
    problems: [],
    brokenWindows: [...view.windows.invalid.map((window) => window.name), ...view.windows.missing],
    upgrade,
    history: tenant.status?.history ?? [],
    agents: view.agents.status,
    lanes,
    domain: tenant.spec.domain,
    now,
  });
  return { ...status, conditions: status.conditions?.map((condition) => asRecorded(condition, tenant)) };
}

/** Why a tenant is not Ready only the operator has seen: what it wrote of that says more than what can be told here. */
function asRecorded(condition: Condition, { status }: Tenant): Condition {
  const recorded = status?.conditions?.find(({ type }) => type === "Ready");
  const isSame = condition.type === "Ready" && condition.status === "False" && recorded?.status === "False";
  return isSame ? recorded : condition;
}
