import { LABEL, type LapseStatus, type ObjectMeta } from "../../api/index.ts";
import { namespaceOf, ownerOf, ownsUid, proxyName, type Owner } from "../objects/names.ts";
import { claimOf } from "../ports/claim.ts";
import { ownerIn } from "./adoption.ts";

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
  OtherTenant: "the Tenant of that name is another one by now, which can take it over (slacktide.dev/adopt); removed, its data is gone for good",
  Unnamed: "its labels do not say whose it is",
  Purged: "its Tenant is a tombstone: all it had should be gone",
  NoRegion: "its Tenant has no such region, or none of its regions is in that cluster",
} as const;

/** What there is of these for each region by itself. */
const PER_REGION = ["Deployment", "Service", "PodDisruptionBudget", "Pod"];

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
  readonly status?: { readonly lapse?: LapseStatus | undefined; readonly regions?: readonly { readonly name: string }[] | undefined } | undefined;
}

/** What is known of all tenants. */
interface Known {
  readonly living: ReadonlyMap<string, LivingTenant>;
  /** The same as whoever has their objects, where they have taken a namespace over. */
  readonly owners: ReadonlyMap<string, Owner>;
  /** The other clusters in which tenants have proxies of a region that they say they have; tenants by uid. */
  readonly serving: ReadonlySet<string>;
}

/**
 * What carries the labels of tenants and belongs to none that is there, sorted by cluster, tenant, kind and place. Ports in quarantine
 * are meant to outlive their tenant.
 */
export function orphansAmong(objects: readonly LabelledObject[], tenants: readonly LivingTenant[]): readonly Orphan[] {
  const living = new Map(tenants.map((tenant) => [tenant.metadata.name, tenant]));
  const owners = new Map(objects.flatMap((object) => adopterIn(object, living)));
  const serving = new Set(objects.filter((object) => isSaid(object, living)).map(servingKey));
  return objects.flatMap((object) => orphanOf(object, { living, owners, serving }) ?? []).sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

function orphanOf(object: LabelledObject, known: Known): Orphan | undefined {
  const { kind, metadata, cluster } = object;
  const { name, namespace } = metadata;
  const { tenant, uid } = labelsOf(metadata);
  const reason = whyOrphan(object, known);
  if (reason === undefined || (kind === "ConfigMap" && claimOf(metadata)?.releasedAt !== undefined)) return undefined;
  return { ...(cluster !== undefined && { cluster }), kind, ...(namespace !== undefined && { namespace }), name, ...(tenant !== "" && { tenant }), ...(uid !== "" && { uid }), reason };
}

function whyOrphan(object: LabelledObject, { living, owners, serving }: Known): Orphan["reason"] | undefined {
  const { tenant, uid } = labelsOf(object.metadata);
  if (tenant === "" || uid === "") return "Unnamed";
  const owner = living.get(tenant);
  if (owner === undefined) return "NoTenant";
  if (!ownsUid(owners.get(tenant) ?? ownerOf(owner), uid)) return "OtherTenant";
  if (owner.status?.lapse?.purgedAt !== undefined) return "Purged";
  if (object.cluster === undefined) return undefined;
  const isNeeded = proxyOf(object) === undefined ? serving.has(servingKey(object)) : isSaid(object, living);
  return isNeeded ? undefined : "NoRegion";
}

/** Who a namespace is a tenant's of, with whomever it had before. */
function adopterIn({ kind, metadata, cluster }: LabelledObject, living: ReadonlyMap<string, LivingTenant>): readonly (readonly [string, Owner])[] {
  const tenant = living.get(labelsOf(metadata).tenant);
  if (kind !== "Namespace" || cluster !== undefined || tenant === undefined || metadata.name !== namespaceOf(tenant.metadata.name)) return [];
  return [[tenant.metadata.name, ownerIn(tenant, { metadata })]];
}

function labelsOf({ labels = {} }: ObjectMeta): { readonly tenant: string; readonly uid: string } {
  const { [LABEL.tenant]: tenant = "", [LABEL.tenantUid]: uid = "" } = labels;
  return { tenant, uid };
}

/** Whether it is of the proxies of a region that its tenant says it has. */
function isSaid(object: LabelledObject, living: ReadonlyMap<string, LivingTenant>): boolean {
  const owner = living.get(labelsOf(object.metadata).tenant);
  const proxy = proxyOf(object);
  return proxy !== undefined && (owner?.status?.regions ?? []).some(({ name }) => proxyName(name) === proxy);
}

/** The proxies that it is of or for, by the name of their Deployment; undefined: it is of the whole tenant. */
function proxyOf({ kind, metadata }: LabelledObject): string | undefined {
  const name = kind === "Pod" ? metadata.labels?.[LABEL.component] : metadata.name;
  return PER_REGION.includes(kind) && name?.startsWith(proxyName("")) === true ? name : undefined;
}

function servingKey({ cluster = "", metadata }: LabelledObject): string {
  return `${cluster} ${labelsOf(metadata).uid}`;
}

function placeOf({ cluster = "", tenant = "", kind, namespace = "", name }: Orphan): string {
  return [cluster, tenant, kind, namespace, name].join(" ");
}
