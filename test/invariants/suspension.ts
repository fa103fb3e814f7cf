import { attemptOf, ownerOf, seenAs, type DeploymentObject } from "./shapes.ts";
import { isRestoring } from "./restores.ts";
import { InvariantViolation, isReplicas, type SeenWrite } from "./violation.ts";
import type { World } from "./world.ts";

/**
 * A tenant is switched off because somebody asked for it, never in the middle of an attempt that no restore takes back,
 * its proxies before Auth; and on
 * again with Auth before its proxies (design §9). Judged by every version of the world that may have been seen.
 */
export function checkSuspension(world: World, write: SeenWrite): void {
  const tenant = write.kind === "Deployment" && isReplicas(write) ? ownerOf(write.after) : undefined;
  if (tenant === undefined) return;
  const [before, after] = [sizeOf(write.before), sizeOf(write.after)];
  if (before === undefined || after === undefined || (before === 0) === (after === 0)) return;
  const why = after === 0 ? whyNotOff(world, { tenant: tenant.name, isAuth: isAuth(write) }) : whyNotOn(world, { tenant: tenant.name, isAuth: isAuth(write) });
  if (why !== undefined) throw new InvariantViolation("S", `${write.key.split("/")[1] ?? ""} of ${tenant.name} was switched ${after === 0 ? "off" : "on"} ${why}`, write);
}

interface Switched {
  readonly tenant: string;
  readonly isAuth: boolean;
}

function whyNotOff(world: World, { tenant, isAuth: isOfAuth }: Switched): string | undefined {
  const tenants = seenAs("Tenant", world.lately("Tenant", tenant));
  if (tenants.every(({ spec }) => spec?.suspend !== true && spec?.subscription?.lapsedAt === undefined) && !isRestoring(world, tenant)) return "though nobody asked for it";
  const begun = seenAs("Deployment", world.lately("Deployment", authOf(tenant))).map((auth) => attemptOf(auth)?.id);
  const isMidway = tenants.every(({ status }) => status?.upgrade?.disruptiveAt !== undefined && begun.length > 0 && begun.every((id) => id === status.upgrade?.id));
  if (isMidway && !isRestoring(world, tenant)) return "in the middle of an attempt";
  const serving = isOfAuth ? proxiesOf(world, tenant).find((versions) => versions.every((proxy) => (sizeOf(proxy) ?? 0) > 0)) : undefined;
  return serving === undefined ? undefined : "before its proxies";
}

function whyNotOn(world: World, { tenant, isAuth: isOfAuth }: Switched): string | undefined {
  const tenants = seenAs("Tenant", world.lately("Tenant", tenant));
  if (tenants.length > 0 && tenants.every(({ spec }) => spec?.suspend === true) && !isOfAuth) return "though it is to be off";
  const auth = world.lately("Deployment", authOf(tenant));
  return !isOfAuth && auth.length > 0 && auth.every((version) => sizeOf(version) === 0) ? "before Auth" : undefined;
}

function proxiesOf(world: World, tenant: string): readonly (readonly (DeploymentObject | undefined)[])[] {
  const keys = world.keys("Deployment").filter((key) => key.startsWith(`tenant-${tenant}/proxy-`));
  return keys.map((key) => world.lately("Deployment", key).map((object) => seenAs("Deployment", [object])[0]));
}

function authOf(tenant: string): string {
  return `tenant-${tenant}/auth`;
}

function isAuth({ key }: SeenWrite): boolean {
  return key.endsWith("/auth");
}

/** How many pods a Deployment is to have; undefined: it is not there, or on its way out. */
function sizeOf(object: SeenWrite["after"]): number | undefined {
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) return undefined;
  return seenAs("Deployment", [object])[0]?.spec?.replicas ?? 1;
}
