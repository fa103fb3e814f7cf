import { ANNOTATION } from "../../src/api/index.ts";
import type { Platform } from "../../src/domain/objects/platform.ts";
import type { KubeObject } from "../../src/kube/kind.ts";
import type { Lapses } from "./lapses.ts";
import { isClaim } from "./ports.ts";
import { isOutdated } from "./backups.ts";
import { ownerOf, seenAs, type TenantObject } from "./shapes.ts";
import { InvariantViolation, isReplicas, type SeenWrite } from "./violation.ts";
import type { World } from "./world.ts";

/** Kinds of which a tenant is made. */
const OWNED = new Set(["Namespace", "NetworkPolicy", "ResourceQuota", "ServiceAccount", "ClusterRoleBinding", "ConfigMap", "Secret", "Issuer", "Certificate", "PersistentVolumeClaim", "Service", "PodDisruptionBudget", "Deployment", "Job", "VolumeSnapshot", "Table", "Bucket", "Role"]);

/** Tenants share no namespace and no domain, and nothing is written that is another's (I15). */
export function checkOwnership(world: World, write: SeenWrite, { domainSuffixes }: Platform): void {
  if (!OWNED.has(write.kind) || !isReplicas(write)) return;
  const fail = (why: string): never => {
    throw new InvariantViolation("I15", why, write);
  };
  // A tenant's own key is made once (docs/metrics-of-tenants.md).
  if (write.kind === "Secret" && write.before !== undefined) return fail("a Secret of a tenant's was changed");
  const owner = ownerOf(write.after ?? write.before);
  if (owner === undefined) return fail("the operator wrote an object that is no tenant's");
  const earlier = write.before === undefined ? owner : ownerOf(write.before);
  if (earlier?.uid !== owner.uid || earlier.name !== owner.name) fail(`an object of ${earlier?.name ?? "nobody"} was taken for tenant ${owner.name}`);
  const namespace = write.kind === "Namespace" ? write.key : write.key.split("/")[0];
  const home = `tenant-${owner.name}`;
  // The claims of ports stand in the operator's namespace, before the tenant's own is there and after it is gone.
  if (isClaim(write.after ?? write.before)) return;
  if (namespace !== (write.kind === "ClusterRoleBinding" ? `${home}-token-review` : home)) fail(`an object of tenant ${owner.name} stands in namespace "${namespace}"`);
  const tenants = seenAs("Tenant", world.lately("Tenant", owner.name));
  if (!tenants.some(({ metadata }) => metadata.uid === owner.uid)) fail(`the tenant ${owner.name} with uid ${owner.uid} is not there`);
  if (write.kind === "Namespace" && write.before === undefined && tenants.every(({ status }) => status?.lapse?.purgedAt !== undefined)) fail(`a namespace was made for tenant ${owner.name}, whose data was deleted for good`);
  if (write.kind === "Namespace" && write.before === undefined) checkDomain(world, { tenants, write, domainSuffixes });
}

interface NewNamespace {
  readonly tenants: readonly TenantObject[];
  readonly write: SeenWrite;
  readonly domainSuffixes: readonly string[];
}

function checkDomain(world: World, { tenants, write, domainSuffixes }: NewNamespace): void {
  const { metadata, spec } = tenants[0] ?? {};
  const domain = spec?.domain ?? "";
  if (!domainSuffixes.some((suffix) => domain.endsWith(suffix))) throw new InvariantViolation("I15", `domain "${domain}" has no suffix of the platform`, write);
  const others = seenAs("Tenant", world.all("Tenant")).filter((other) => other.metadata.name !== metadata?.name && other.spec?.domain === domain);
  const served = others.find((other) => world.now("Namespace", `tenant-${other.metadata.name}`) !== undefined);
  if (served !== undefined) throw new InvariantViolation("I15", `domain "${domain}" is served for ${served.metadata.name} already`, write);
}

/** No volume goes, and no namespace with one in it, unless its tenant's deletion was confirmed, or lawfully begun after a lapse (I16). */
export function checkData(world: World, lapses: Lapses, write: SeenWrite): void {
  const { kind, before, after } = write;
  if (before === undefined || write.by === "user") return;
  const goes = after === undefined || (before.metadata.deletionTimestamp === undefined && after.metadata.deletionTimestamp !== undefined);
  if (!goes) return;
  if (kind === "Tenant" && isReplicas(write) && !isConfirmed(before) && !lapses.isPurging(before.metadata.uid)) throw new InvariantViolation("I16", `tenant ${before.metadata.name} was let go, and nobody confirmed its deletion`, write);
  if (kind !== "PersistentVolumeClaim" && kind !== "VolumeSnapshot" && kind !== "Namespace") return;
  const owner = ownerOf(before);
  // What controllers remove follows a deletion that was judged when it was asked for.
  if (owner === undefined || !isReplicas(write) || lapses.isPurging(owner.uid)) return;
  if (kind !== "Namespace" && isOutdated(world, before, owner)) return;
  const tenants = world.lately("Tenant", owner.name).filter((tenant) => tenant?.metadata.uid === owner.uid);
  if (!tenants.some((tenant) => tenant !== undefined && isConfirmed(tenant))) throw new InvariantViolation("I16", `data of tenant ${owner.name} was removed, and nobody confirmed its deletion`, write);
}

function isConfirmed({ metadata: { uid, annotations, deletionTimestamp } }: KubeObject): boolean {
  return deletionTimestamp !== undefined && uid !== undefined && annotations?.[ANNOTATION.confirmDelete] === uid;
}
