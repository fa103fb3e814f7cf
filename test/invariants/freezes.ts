import type { LaneName } from "../../src/api/index.ts";
import type { Instant } from "../../src/domain/time.ts";
import { selectsTenant } from "./openings.ts";
import { seenAs, type FreezeObject, type TenantObject } from "./shapes.ts";
import type { World } from "./world.ts";

/** An upgrade of a tenant, as far as a freeze asks for it. */
export interface Frozen {
  readonly tenant: string;
  readonly lane: LaneName;
  readonly isSecurity: boolean;
}

/**
 * The name of a freeze in which, or into which, an upgrade runs that goes on from `at` to `end`: one that was there, covered the
 * tenant and held in every version that the operator may rightly have gone by.
 */
export function freezeIn(world: World, upgrade: Frozen, { at, end }: { readonly at: Instant; readonly end: Instant }): string | undefined {
  return everyWorld(world, upgrade, (freeze) => begin(freeze) < Math.max(end, at + 1) && at < finish(freeze));
}

/** When the question is asked, how long the freeze must have held by then, and when an Approval let the upgrade start, if one did. */
export interface PauseTerms {
  readonly at: Instant;
  readonly sinceMs: number;
  readonly letThroughAt: Instant | undefined;
}

/** The name of a freeze that has held what is under way since `sinceMs` before `at`, likewise; but not one that an Approval has let it through. */
export function pausedBy(world: World, upgrade: Frozen, { at, sinceMs, letThroughAt = Number.NEGATIVE_INFINITY }: PauseTerms): string | undefined {
  return everyWorld(world, upgrade, (freeze) => {
    const wasThere = begin(freeze) < letThroughAt && Date.parse(freeze.metadata.creationTimestamp ?? "") < letThroughAt;
    return freeze.spec?.pauseRunning === true && !wasThere && begin(freeze) <= at - sinceMs && at < finish(freeze);
  });
}

function everyWorld(world: World, upgrade: Frozen, holds: (freeze: FreezeObject) => boolean): string | undefined {
  const tenants = seenAs("Tenant", world.lately("Tenant", upgrade.tenant));
  return world.keys("Freeze").find((name) => {
    const versions = world.lately("Freeze", name).map((object) => seenAs("Freeze", [object])[0]);
    return tenants.length > 0 && versions.every((freeze) => freeze !== undefined && holds(freeze) && tenants.every((tenant) => covers(freeze, tenant, upgrade)));
  });
}

function covers({ spec }: FreezeObject, tenant: TenantObject, { lane, isSecurity }: Frozen): boolean {
  const { lanes = ["Patch", "Major"], exceptSecurity = false, channel, tenantSelector = {} } = spec ?? {};
  if (!lanes.includes(lane) || (exceptSecurity && isSecurity)) return false;
  return (channel === undefined || channel === (tenant.spec?.channel ?? "stable")) && selectsTenant(tenantSelector, tenant);
}

function begin({ metadata, spec }: FreezeObject): Instant {
  return Date.parse(spec?.from ?? metadata.creationTimestamp ?? "");
}

function finish({ spec }: FreezeObject): Instant {
  return Date.parse(spec?.until ?? "");
}
