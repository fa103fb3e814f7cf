import type { FreezeSpec, RawObject } from "../api/index.ts";
import { NAME_LABEL } from "../domain/selector.ts";
import { compiledFreeze } from "../reconcile/compiled.ts";
import { specAs } from "../reconcile/shapes.ts";
import { UsageError } from "./errors.ts";
import { findManifest, type Manifest } from "./manifests.ts";

/** A Freeze that is about to be written. */
export type NewFreeze = Pick<RawObject, "apiVersion" | "kind" | "metadata"> & { readonly spec: Partial<FreezeSpec> };

const CLUSTER = "the cluster";

/**
 * How many Tenants of the cluster it will hold. Throws UsageError where it would hold nobody: a name that is not there, or labels
 * that nobody has, are mistakes, and nobody is to rest on a freeze of nothing. All tenants, or those of a channel, may be none yet.
 */
export function heldTenants(freeze: NewFreeze, objects: readonly Manifest[]): number {
  const { tenantSelector, channel } = freeze.spec;
  const name = tenantSelector?.matchLabels?.[NAME_LABEL];
  if (name !== undefined) findTenant(name, objects);
  if (channel !== undefined) findManifest({ kind: "ReleaseChannel", name: channel, place: CLUSTER }, objects);
  const compiled = compiledFreeze(freeze);
  const held = objects.filter((object) => object.kind === "Tenant" && compiled.covers({ ...object.metadata, channel: specAs<{ channel: string }>(object).channel ?? "" }));
  if (held.length === 0 && tenantSelector !== undefined) throw new UsageError("no Tenant of the cluster is what --selector, --tenant and --channel say together: it would hold nobody; for tenants to come apply what --dry-run prints");
  return held.length;
}

/** The Tenant of that name in the cluster. Throws UsageError. */
export function findTenant(name: string, objects: readonly Manifest[]): Manifest {
  return findManifest({ kind: "Tenant", name, place: CLUSTER }, objects);
}

/** What is said where the caller may not read whom something is for. */
export const UNSEEN = "you may not list Tenants and ReleaseChannels: whether those that it names are there was not looked up";
