import type { ObjectMeta, Tenant, TenantStatus } from "../../api/index.ts";
import { namespaceOf, ownerOf, type Owner } from "../../domain/objects/names.ts";
import { isOwnedBy } from "../../domain/objects/tenant-objects.ts";
import { isInherited, ownerIn } from "../../domain/tenant/adoption.ts";
import { believed, believedStatus, type Standing } from "../../domain/tenant/belief.ts";
import type { Caches, LiveObject } from "../ports.ts";
import { statusAs } from "../shapes.ts";

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
export interface Identity extends Standing {
  /** With the status that it may be judged by. */
  readonly tenant: Tenant;
  /** The status as it stands there, believed or not. */
  readonly said: TenantStatus | undefined;
  /** The tenant as whoever has its objects, those that it takes over included. */
  readonly owner: Owner;
  /** Whosever it is. */
  readonly namespace: LiveObject | undefined;
  /** The namespace is an earlier Tenant's still, and is taken over now. */
  readonly isAdopting: boolean;
}

/** The only way to a status that anything is decided by. */
export function identityOf(said: Tenant, caches: Pick<Caches, "get" | "list">): Identity {
  const owner = ownerSeen(said, caches);
  const namespace = caches.get("Namespace", { name: namespaceOf(owner.name) });
  const isAdopting = namespace !== undefined && isOwnedBy(namespace.metadata.labels, owner) && isInherited(namespace, owner);
  return { tenant: believed(said, { owner, namespace }), said: said.status, owner, namespace, isAdopting };
}

/** What may be believed of a Tenant's status, without judging the rest of it. */
export function believedOf({ metadata, status }: LiveObject, caches: Pick<Caches, "get" | "list">): TenantStatus | undefined {
  const namespace = caches.get("Namespace", { name: namespaceOf(metadata.name) });
  return believedStatus({ metadata, status: statusAs<TenantStatus>({ status }) }, { owner: ownerSeen({ metadata }, caches), namespace });
}
