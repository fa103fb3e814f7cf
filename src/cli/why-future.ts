import type { Tenant, TenantStatus, UpgradeStatus } from "../api/index.ts";
import type { Assumptions } from "../domain/forecast/assumptions.ts";
import type { ForecastStart, ForecastTenant } from "../domain/forecast/forecast.ts";
import { instantOf, stampOf, type Instant } from "../domain/time.ts";
import { assumptionLines } from "./assume.ts";
import { UsageError } from "./errors.ts";
import { foresee } from "./foresee.ts";
import { checkForeseeable } from "./foreseeable.ts";
import { judgedStatus } from "./judged-status.ts";
import { noInventoryLine } from "./offline-agents.ts";
import { oneChannel } from "./one-channel.ts";
import type { World } from "./world.ts";

/** A tenant as it will be, and what starts until then. */
export interface ForeseenTenant {
  readonly status: TenantStatus;
  readonly starts: readonly ForecastStart[];
  readonly assumptions: readonly string[];
}

export interface FutureQuestion {
  /** As it is now. */
  readonly world: World;
  readonly at: Instant;
  readonly assumptions: Assumptions;
}

/** Foresees a tenant's channel until an instant, and gives the status that the operator would write of it then. Throws UsageError. */
export function foreseeTenant(tenant: Tenant, { world, at, assumptions }: FutureQuestion): ForeseenTenant {
  const { name } = tenant.metadata;
  checkForeseeable(world.at, at);
  const forecast = foresee(oneChannel(world, tenant.spec.channel), at, assumptions);
  const then = forecast.tenants.find(({ view }) => view.name === name);
  if (then === undefined) throw new UsageError(`Tenant "${name}" cannot be foreseen${forecast.problems.length === 0 ? "" : `: ${forecast.problems.join("; ")}`}`);
  const starts = forecast.starts.filter((start) => start.tenant === name);
  const upgrade = upgradeOf(then, tenant.status?.upgrade, starts);
  const isAtWork = upgrade !== undefined && upgrade.disruptiveAt !== undefined && upgrade.stuckSince === undefined;
  const lines = [...assumptionLines(assumptions), ...noInventoryLine([tenant], world.manifests), ...(isAtWork ? ["how far an upgrade is by then is not foreseen: Auth stands for any step after Preflight"] : [])];
  return { status: statusOf(tenant, { ...then, upgrade, now: at }), starts, assumptions: lines };
}

/** What will be known of the agents is in the holds: their list is of now. */
function statusOf(tenant: Tenant, judged: Parameters<typeof judgedStatus>[1]): TenantStatus {
  const { agents: _now, ...status } = judgedStatus(tenant, judged);
  return status;
}

/** The attempt that runs then; one that runs already is as its status says, as far as nothing comes later. */
function upgradeOf({ underway }: ForecastTenant, now: UpgradeStatus | undefined, starts: readonly ForecastStart[]): UpgradeStatus | undefined {
  if (underway === undefined) return undefined;
  const { claim, disruptiveAt, stuck } = underway;
  const { attempt: id, class: upgradeClass, from, to, claimedAt, predictedEndAt, opening, approvals } = claim;
  const known = now?.id === id ? now : undefined;
  const stuckSince = known?.stuckSince ?? (stuck ? stampOf(starts.at(-1)?.endsAt ?? claimedAt) : undefined);
  return {
    ...known,
    id,
    class: upgradeClass,
    from,
    to,
    step: stepOf(known, disruptiveAt),
    claimedAt: stampOf(claimedAt),
    ...(disruptiveAt !== undefined && { disruptiveAt: stampOf(disruptiveAt) }),
    predictedEndAt: stampOf(predictedEndAt),
    opening: { window: opening.window, opensAt: stampOf(opening.opensAt), closesAt: stampOf(opening.closesAt) },
    ...(stuckSince !== undefined && { stuckSince }),
    ...(approvals.length > 0 && { approvals: [...approvals] }),
  };
}

function stepOf(known: UpgradeStatus | undefined, disruptiveAt: Instant | undefined): UpgradeStatus["step"] {
  if (disruptiveAt === undefined) return "Preflight";
  return known === undefined || instantOf(known.disruptiveAt) === undefined ? "Auth" : known.step;
}
