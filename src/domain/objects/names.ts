import { LABEL, type ObjectMeta, type TenantSpec } from "../../api/index.ts";
import type { OwnedKind } from "./desired.ts";

/** The tenant an object is made for. */
export interface Owner {
  readonly name: string;
  readonly uid: string;
  /** Uids of earlier Tenants whose objects it has taken over, the first one first (design §9). */
  readonly formerUids?: readonly string[] | undefined;
  /** One more whose objects it takes over where it finds any. */
  readonly adopts?: string | undefined;
}

export function ownerOf({ metadata }: { readonly metadata: ObjectMeta }): Owner {
  return { name: metadata.name, uid: metadata.uid ?? "" };
}

/**
 * The uid that the tenant's objects were first made for. What cannot be renamed goes by it, whoever has taken the tenant over since: its
 * storage in AWS, the pods that run, and what its agents ask with.
 */
export function firstUid({ uid, formerUids = [] }: Owner): string {
  return formerUids[0] ?? uid;
}

/** Whether what carries this uid is the tenant's. */
export function ownsUid({ uid, formerUids = [], adopts }: Owner, carried: string | undefined): boolean {
  return carried !== undefined && (carried === uid || carried === adopts || formerUids.includes(carried));
}

export const AUTH = "auth";

/** The claim of the volume that Auth writes to, until another one was restored; in AWS the word for its first tables. */
export const AUTH_DATA = "auth-data";

/** Begins the name of data that was restored: of a claim, or of a pair of tables in AWS. */
const RESTORED_DATA = "data-";

/** What tells restored data from Auth's first: `20261124t020512z`; undefined of the first. */
export function restoredMark(data: string): string | undefined {
  return data.startsWith(RESTORED_DATA) ? data.slice(RESTORED_DATA.length) : undefined;
}

export function restoredData(mark: string): string {
  return `${RESTORED_DATA}${mark}`;
}

export function namespaceOf(tenant: string): string {
  return `tenant-${tenant}`;
}

export function proxyName(region: string): string {
  return `proxy-${region}`;
}

/** The regions with proxies, the home region last: the order in which an upgrade takes them (design §8). */
export function proxyRegions(spec: Pick<TenantSpec, "region" | "proxyRegions">): readonly string[] {
  const regions = spec.proxyRegions ?? [spec.region];
  const abroad = regions.filter((region) => region !== spec.region).sort();
  return regions.includes(spec.region) ? [...abroad, spec.region] : abroad;
}

/** The spec as one of several clusters has to serve it: with those of its regions that lie there. */
export function specAt<Spec extends Pick<TenantSpec, "proxyRegions">>(spec: Spec, regions: readonly string[]): Spec {
  return { ...spec, proxyRegions: [...regions] };
}

/** Labels on every object of a tenant; by them it is recognised as ours. */
export function ownerLabels({ name, uid }: Owner): Record<string, string> {
  return {
    [LABEL.tenant]: name,
    [LABEL.tenantUid]: uid,
    [LABEL.name]: "teleport",
    [LABEL.instance]: name,
    [LABEL.managedBy]: "slacktide",
  };
}

/** Begins an object in the tenant's namespace: its kind, its name and whose it is. */
export function inNamespaceOf(owner: Owner) {
  return (apiVersion: string, kind: OwnedKind, name: string) => ({
    apiVersion,
    kind,
    metadata: { name, namespace: namespaceOf(owner.name), labels: ownerLabels(owner) },
  });
}

/** What tells a component's pods apart; immutable on a Deployment, so it never gains a label. */
export function podSelector(tenant: string, component: string): Record<string, string> {
  return { [LABEL.tenant]: tenant, [LABEL.component]: component };
}
