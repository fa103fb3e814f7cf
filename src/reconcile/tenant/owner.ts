import { ANNOTATION, type ObjectMeta, type Tenant } from "../../api/index.ts";
import { namespaceOf, ownerOf, type Owner } from "../../domain/objects/names.ts";
import { isOwnedBy } from "../../domain/objects/tenant-objects.ts";
import { isInherited, ownerIn } from "../../domain/tenant/adoption.ts";
import type { Caches, LiveObject } from "../ports.ts";

/**
 * Whose objects the tenant takes for its own, as its namespace in the operator's own cluster tells. Whoever has the uid that it would
 * adopt, under whatever name, keeps what is labelled with it.
 */
export function ownerSeen(tenant: { readonly metadata: ObjectMeta }, caches: Pick<Caches, "get" | "list">): Owner {
  const namespace = caches.get("Namespace", { name: namespaceOf(tenant.metadata.name) });
  const owner = ownerIn(tenant, namespace);
  const [adopted] = owner.formerUids?.slice(-1) ?? [];
  const isAdopting = namespace !== undefined && adopted !== undefined && isInherited(namespace, owner);
  return isAdopting && caches.list("Tenant").some(({ metadata }) => metadata.uid === adopted) ? ownerOf(tenant) : owner;
}

/** The tenant as it goes, with all that it has: what it was to take over, and has not yet, is an earlier Tenant's still and stays. */
export function ownerLeaving(tenant: { readonly metadata: ObjectMeta }, caches: Pick<Caches, "get" | "list">): Owner {
  const own = ownerOf(tenant);
  const namespace = caches.get("Namespace", { name: namespaceOf(own.name) });
  if (namespace === undefined || isInherited(namespace, own)) return own;
  const { adopts: _meant, ...owner } = ownerSeen(tenant, caches);
  return owner;
}

/** Who a tenant is, and where. */
export interface Identity {
  readonly tenant: Tenant;
  /** The tenant as whoever has its objects, those that it takes over included. */
  readonly owner: Owner;
  /** Whosever it is. */
  readonly namespace: LiveObject | undefined;
  /** The namespace is an earlier Tenant's still, and is taken over now. */
  readonly isAdopting: boolean;
}

export function identityOf(tenant: Tenant, caches: Pick<Caches, "get" | "list">): Identity {
  const owner = ownerSeen(tenant, caches);
  const namespace = caches.get("Namespace", { name: namespaceOf(owner.name) });
  const isAdopting = namespace !== undefined && isOwnedBy(namespace.metadata.labels, owner) && isInherited(namespace, owner);
  return { tenant: isAdopting && isOutdated(tenant, namespace) ? withoutState(tenant) : tenant, owner, namespace, isAdopting };
}

/** Its status tells of another version than what it takes over: it is out of some backup. */
function isOutdated({ status }: Tenant, { metadata }: LiveObject): boolean {
  const recorded = metadata.annotations?.[ANNOTATION.version];
  return recorded !== undefined && status?.version !== undefined && status.version !== recorded;
}

/** What is recorded with the data counts, as after a lost status; when a lapse was seen was said to this Tenant. */
function withoutState({ status, ...tenant }: Tenant): Tenant {
  const { conditions, observedGeneration, lapse } = status ?? {};
  return { ...tenant, status: { ...(conditions && { conditions }), ...(observedGeneration !== undefined && { observedGeneration }), ...(lapse && { lapse }) } };
}
