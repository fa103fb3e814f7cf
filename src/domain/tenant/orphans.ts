import { LABEL, type LapseStatus, type ObjectMeta } from "../../api/index.ts";
import { claimOf } from "../ports/claim.ts";

/** An object that carries a tenant's labels. */
export interface LabelledObject {
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** Why an object belongs to nobody. */
export const ORPHANED = {
  NoTenant: "there is no Tenant of that name",
  OtherTenant: "the Tenant of that name is another one by now",
  Unnamed: "its labels do not say whose it is",
  Purged: "its Tenant is a tombstone: all it had should be gone",
} as const;

export interface Orphan {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly tenant?: string;
  readonly uid?: string;
  readonly reason: keyof typeof ORPHANED;
}

interface LivingTenant {
  readonly metadata: ObjectMeta;
  readonly status?: { readonly lapse?: LapseStatus | undefined } | undefined;
}

/**
 * What carries the labels of tenants and belongs to none that is there, sorted by tenant, kind and place. Ports in quarantine
 * are meant to outlive their tenant.
 */
export function orphansAmong(objects: readonly LabelledObject[], tenants: readonly LivingTenant[]): readonly Orphan[] {
  const living = new Map(tenants.map((tenant) => [tenant.metadata.name, tenant]));
  return objects.flatMap((object) => orphanOf(object, living) ?? []).sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

function orphanOf({ kind, metadata }: LabelledObject, living: ReadonlyMap<string, LivingTenant>): Orphan | undefined {
  const { name, namespace, labels = {} } = metadata;
  const { [LABEL.tenant]: tenant = "", [LABEL.tenantUid]: uid = "" } = labels;
  const reason = whyOrphan({ tenant, uid }, living);
  if (reason === undefined || (kind === "ConfigMap" && claimOf(metadata)?.releasedAt !== undefined)) return undefined;
  return { kind, ...(namespace !== undefined && { namespace }), name, ...(tenant !== "" && { tenant }), ...(uid !== "" && { uid }), reason };
}

function whyOrphan({ tenant, uid }: { readonly tenant: string; readonly uid: string }, living: ReadonlyMap<string, LivingTenant>): Orphan["reason"] | undefined {
  if (tenant === "" || uid === "") return "Unnamed";
  const owner = living.get(tenant);
  if (owner === undefined) return "NoTenant";
  if (owner.metadata.uid !== uid) return "OtherTenant";
  return owner.status?.lapse?.purgedAt === undefined ? undefined : "Purged";
}

function placeOf({ tenant = "", kind, namespace = "", name }: Orphan): string {
  return [tenant, kind, namespace, name].join(" ");
}
