import type { ObjectMeta, Tenant, TenantStatus } from "../../api/index.ts";
import type { Owner } from "../objects/names.ts";
import { isOwnedBy } from "../objects/tenant-objects.ts";
import { markedAt } from "./purge-mark.ts";

/** Who a tenant is, as its namespace in the operator's own cluster tells. */
export interface Standing {
  readonly owner: Owner;
  /** Whosever it is. */
  readonly namespace: { readonly metadata: ObjectMeta } | undefined;
}

/**
 * The Tenant with the status that it may be judged by (design §9). A status that does not know of the last adoption, by this very
 * Tenant, is out of some backup: it counts as lost, and what is recorded with the data counts. One of a tenant that never took anything
 * over is believed as it is.
 */
export function believed(said: Tenant, standing: Standing): Tenant {
  const { status: _said, ...tenant } = said;
  const status = believedStatus(said, standing);
  if (status === said.status) return said;
  return { ...tenant, ...(status && { status }) };
}

/** The status that a Tenant may be judged by, likewise. */
export function believedStatus(said: Pick<Tenant, "metadata" | "status">, standing: Standing): TenantStatus | undefined {
  if (said.status === undefined || isKnown(said, standing)) return said.status;
  return standing.namespace === undefined ? withoutState(said.status) : undefined;
}

/** What a status says of whose objects a tenant has taken over. */
export type Adoption = Pick<TenantStatus, "adoptedFrom" | "adoptedBy">;

/** What its status says of that from now on; `status` is what is believed of it. */
export function adoptionSaid({ metadata: { uid }, status }: Pick<Tenant, "metadata" | "status">, { owner, namespace }: Standing): Adoption {
  if (namespace === undefined) return adoptionIn(status);
  if (!isOwnedBy(namespace.metadata.labels, owner)) return {};
  const from = owner.formerUids?.at(-1);
  return from === undefined ? adoptionIn(status) : { adoptedFrom: from, ...(uid !== undefined && { adoptedBy: uid }) };
}

/** That part of a status. */
export function adoptionIn({ adoptedFrom, adoptedBy }: Adoption = {}): Adoption {
  return { ...(adoptedFrom !== undefined && { adoptedFrom }), ...(adoptedBy !== undefined && { adoptedBy }) };
}

/** It is to take over what is not there: nothing that it is judged by has been seen. */
export function isAwaitingData(tenant: Pick<Tenant, "metadata" | "status">, standing: Standing): boolean {
  return standing.namespace === undefined && !isKnown(tenant, standing);
}

/**
 * A status that a backup brought along, and that is not believed: left there, it would be, in parts, as soon as the rest of it says that
 * the tenant has taken over what it belongs to.
 */
export function isOutOfBackup({ said, tenant, ...standing }: Standing & { readonly said: TenantStatus | undefined; readonly tenant: Tenant }): boolean {
  const { version, upgrade, history, lapse } = said ?? {};
  // What is said while there is nothing to take over names no adoption either.
  return said !== tenant.status && !isAwaitingData(tenant, standing) && [version, upgrade, history, lapse].some((each) => each !== undefined);
}

function isKnown(tenant: Pick<Tenant, "metadata" | "status">, { owner, namespace }: Standing): boolean {
  const adopted = namespace === undefined ? owner.adopts : owner.formerUids?.at(-1);
  // What is left of a tenant whose data was deleted is marked by its own uid.
  const isTombstone = namespace === undefined && markedAt(tenant) !== undefined;
  const { adoptedFrom, adoptedBy } = tenant.status ?? {};
  // It names itself too: the same Tenant may be brought back from two days, and what it has from the earlier one.
  return adopted === undefined || isTombstone || (adoptedFrom === adopted && adoptedBy === tenant.metadata.uid);
}

/** What people are told, since when: nobody has to be told the same thing anew for as long as it takes. */
function withoutState({ conditions, observedGeneration, lanes }: TenantStatus): TenantStatus {
  return { ...(observedGeneration !== undefined && { observedGeneration }), ...(lanes && { lanes }), conditions: conditions ?? [] };
}
