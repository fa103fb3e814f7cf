import { LABEL, type LapseStatus, type ObjectMeta } from "../../api/index.ts";
import { claimOf } from "../ports/claim.ts";

/** An object that carries a tenant's labels. */
export interface LabelledObject {
  readonly kind: string;
  readonly metadata: ObjectMeta;
  /** What the cluster of other regions is called in which it is; absent: the operator's own. */
  readonly cluster?: string;
}

/** Why an object belongs to nobody. */
export const ORPHANED = {
  NoTenant: "there is no Tenant of that name",
  OtherTenant: "the Tenant of that name is another one by now",
  Unnamed: "its labels do not say whose it is",
  Purged: "its Tenant is a tombstone: all it had should be gone",
  NoRegion: "its Tenant has no region in another cluster",
} as const;

export interface Orphan {
  readonly cluster?: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly tenant?: string;
  readonly uid?: string;
  readonly reason: keyof typeof ORPHANED;
}

interface LivingTenant {
  readonly metadata: ObjectMeta;
  readonly status?: { readonly lapse?: LapseStatus | undefined; readonly regions?: readonly unknown[] | undefined } | undefined;
}

/**
 * What carries the labels of tenants and belongs to none that is there, sorted by cluster, tenant, kind and place. Ports in quarantine
 * are meant to outlive their tenant.
 */
export function orphansAmong(objects: readonly LabelledObject[], tenants: readonly LivingTenant[]): readonly Orphan[] {
  const living = new Map(tenants.map((tenant) => [tenant.metadata.name, tenant]));
  return objects.flatMap((object) => orphanOf(object, living) ?? []).sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

function orphanOf({ kind, metadata, cluster }: LabelledObject, living: ReadonlyMap<string, LivingTenant>): Orphan | undefined {
  const { name, namespace, labels = {} } = metadata;
  const { [LABEL.tenant]: tenant = "", [LABEL.tenantUid]: uid = "" } = labels;
  const reason = whyOrphan({ tenant, uid, cluster }, living);
  if (reason === undefined || (kind === "ConfigMap" && claimOf(metadata)?.releasedAt !== undefined)) return undefined;
  return { ...(cluster !== undefined && { cluster }), kind, ...(namespace !== undefined && { namespace }), name, ...(tenant !== "" && { tenant }), ...(uid !== "" && { uid }), reason };
}

function whyOrphan({ tenant, uid, cluster }: { readonly tenant: string; readonly uid: string; readonly cluster: string | undefined }, living: ReadonlyMap<string, LivingTenant>): Orphan["reason"] | undefined {
  if (tenant === "" || uid === "") return "Unnamed";
  const owner = living.get(tenant);
  if (owner === undefined) return "NoTenant";
  if (owner.metadata.uid !== uid) return "OtherTenant";
  if (owner.status?.lapse?.purgedAt !== undefined) return "Purged";
  return cluster !== undefined && (owner.status?.regions ?? []).length === 0 ? "NoRegion" : undefined;
}

function placeOf({ cluster = "", tenant = "", kind, namespace = "", name }: Orphan): string {
  return [cluster, tenant, kind, namespace, name].join(" ");
}
