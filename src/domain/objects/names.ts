import { LABEL, type ObjectMeta, type TenantSpec } from "../../api/index.ts";
import type { OwnedKind } from "./desired.ts";

/** The tenant an object is made for. */
export interface Owner {
  readonly name: string;
  readonly uid: string;
}

export function ownerOf({ metadata }: { readonly metadata: ObjectMeta }): Owner {
  return { name: metadata.name, uid: metadata.uid ?? "" };
}

export const AUTH = "auth";

/** The claim of the volume that Auth writes to. */
export const AUTH_DATA = "auth-data";

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
