import type { Tenant, TenantStatus } from "../api/index.ts";
import type { Instant } from "../domain/time.ts";
import { readManifests, type Manifest } from "./manifests.ts";
import { tenantIn, worldOf, type World } from "./world.ts";

/** Where a command takes the fleet from: manifests, or the cluster; and what it lays over that. */
export interface SourceFlags {
  readonly filename?: string;
  readonly kubeconfig?: string;
}

/** All objects of our kinds. Throws UsageError. */
export async function objectsFrom({ filename, kubeconfig }: SourceFlags): Promise<readonly Manifest[]> {
  if (filename !== undefined) return readManifests(filename);
  const { readFleet } = await import("./cluster.ts");
  return readFleet(kubeconfig);
}

export async function worldFrom(flags: SourceFlags, at: Instant): Promise<World> {
  return worldOf(await objectsFrom(flags), at);
}

/** Whether the operator wrote a status; a version alone is where a person lets manifests begin. */
export function isRecorded(status: TenantStatus | undefined): boolean {
  return status !== undefined && (status.conditions !== undefined || status.lanes !== undefined || status.history !== undefined || status.upgrade !== undefined);
}

/** One tenant, with its status if it has one. Throws UsageError. */
export async function tenantFrom({ filename, kubeconfig }: SourceFlags, name: string): Promise<Tenant> {
  if (filename !== undefined) return tenantIn({ manifests: readManifests(filename) }, name);
  const { readTenant } = await import("./cluster.ts");
  return readTenant(name, kubeconfig);
}

/** Changed and added manifests laid over what there is: what a change leaves out stays, statuses stay. */
export function overlaid(objects: readonly Manifest[], changes: readonly Manifest[]): readonly Manifest[] {
  const keyOf = ({ kind, metadata }: Manifest) => `${kind}/${metadata.namespace ?? ""}/${metadata.name}`;
  const changed = new Map(changes.map((change) => [keyOf(change), change]));
  const known = new Set(objects.map(keyOf));
  const merged = objects.map((object) => {
    const change = changed.get(keyOf(object));
    return change === undefined ? object : { ...object, ...change, metadata: { ...object.metadata, ...change.metadata } };
  });
  return [...merged, ...changes.filter((change) => !known.has(keyOf(change)))];
}
