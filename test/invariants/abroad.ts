import { componentOf, ownerOf, seenAs } from "./shapes.ts";
import { InvariantViolation, isReplicas, type SeenWrite } from "./violation.ts";
import type { World } from "./world.ts";

/** What a tenant may have in the cluster of another region: no data and no Secret. */
const KINDS_THERE = new Set(["Namespace", "NetworkPolicy", "ResourceQuota", "ServiceAccount", "ConfigMap", "Service", "PodDisruptionBudget", "Deployment", "Pod"]);

/** In the cluster of another region the operator writes what proxies need, in namespaces of tenants that are there, and nothing of Auth's (I15). */
export function checkAbroad(world: World, write: SeenWrite): void {
  if (!isReplicas(write)) return;
  const { kind, key, before, after } = write;
  const fail = (why: string): never => {
    throw new InvariantViolation("I15", why, write);
  };
  const owner = ownerOf(after ?? before);
  if (owner === undefined) return fail("the operator wrote an object that is no tenant's");
  if (before !== undefined && ownerOf(before)?.uid !== owner.uid) fail(`an object of ${ownerOf(before)?.name ?? "nobody"} was taken for tenant ${owner.name}`);
  if (!KINDS_THERE.has(kind)) fail(`tenant ${owner.name} has a ${kind} where only its proxies are`);
  if (componentOf(after) === "auth") fail(`tenant ${owner.name} has something of Auth's where only its proxies are`);
  if (key.split("/")[0] !== `tenant-${owner.name}`) fail(`an object of tenant ${owner.name} stands in "${key}"`);
  const tenants = seenAs("Tenant", world.lately("Tenant", owner.name));
  if (!tenants.some(({ metadata }) => metadata.uid === owner.uid)) fail(`the tenant ${owner.name} with uid ${owner.uid} is not there`);
}
