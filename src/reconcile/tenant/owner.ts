import type { Tenant, TenantStatus } from "../../api/index.ts";
import { namespaceOf, ownerOf, type Owner } from "../../domain/objects/names.ts";
import { isOwnedBy } from "../../domain/objects/tenant-objects.ts";
import { isInherited, ownerIn } from "../../domain/tenant/adoption.ts";
import { believed, believedStatus, type Standing } from "../../domain/tenant/belief.ts";
import type { Caches, LiveObject } from "../ports.ts";
import { statusAs } from "../shapes.ts";

type Known = Pick<Caches, "get" | "list">;
type Named = Pick<Tenant, "metadata">;
/** Where the tenant stands, with whether its namespace is an earlier Tenant's still, and is taken over now. */
type Seen = Pick<Identity, "owner" | "namespace" | "isAdopting">;

/**
 * Whose objects the tenant takes for its own, as its namespace in the operator's own cluster tells. Whoever has the uid that it would
 * adopt, under whatever name, keeps what is labelled with it.
 */
function standingOf(tenant: Named, caches: Known): Seen {
  const namespace = caches.get("Namespace", { name: namespaceOf(tenant.metadata.name) });
  const owner = ownerIn(tenant, namespace);
  const isAdopting = namespace !== undefined && isOwnedBy(namespace.metadata.labels, owner) && isInherited(namespace, owner);
  const adopted = owner.formerUids?.at(-1);
  const isKept = isAdopting && caches.list("Tenant").some(({ metadata }) => metadata.uid === adopted);
  return isKept ? { owner: ownerOf(tenant), namespace, isAdopting: false } : { owner, namespace, isAdopting };
}

/** The tenant as it goes, with all that it has: what it was to take over, and has not yet, is an earlier Tenant's still and stays. */
export function ownerLeaving(tenant: Named, caches: Known): Owner {
  const { owner: { adopts: _meant, ...owner }, namespace } = standingOf(tenant, caches);
  return namespace === undefined || isInherited(namespace, owner) ? ownerOf(tenant) : owner;
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
export function identityOf(said: Tenant, caches: Known): Identity {
  const standing = standingOf(said, caches);
  return { ...standing, tenant: believed(said, standing), said: said.status };
}

/** What may be believed of a Tenant's status, without judging the rest of it. */
export function believedOf({ metadata, status }: LiveObject, caches: Known): TenantStatus | undefined {
  return believedStatus({ metadata, status: statusAs<TenantStatus>({ status }) }, standingOf({ metadata }, caches));
}
