import { stringify } from "yaml";
import type { ReleaseChannelStatus, TenantStatus } from "../../src/api/index.ts";
import type { Cluster } from "../../tools/cluster/cluster.ts";

const apiVersion = "slacktide.dev/v1alpha1";

/** A manifest; the API server judges it. */
export type Manifest = Readonly<Record<string, unknown>>;

/** A tenant with one proxy, so that a fleet of them is light. */
export const tenant = (name: string, spec: Manifest = {}): Manifest => ({
  apiVersion,
  kind: "Tenant",
  metadata: { name },
  spec: { domain: `${name}.teleport.example`, region: "us-west-2", proxy: { replicas: 1 }, ...spec },
});

/** A window in UTC that tenants name. */
export const window = (name: string, schedule: string, duration = "4h"): Manifest => ({
  apiVersion,
  kind: "MaintenanceWindow",
  metadata: { name },
  spec: { schedule, duration },
});

/** A freeze of everybody by the people on call, unless said otherwise. */
export const freeze = (name: string, spec: Manifest): Manifest => ({ apiVersion, kind: "Freeze", metadata: { name }, spec: { owner: "sre", ...spec } });

export const channel = (releases: readonly Manifest[], spec: Manifest = {}, name = "stable"): Manifest => ({
  apiVersion,
  kind: "ReleaseChannel",
  metadata: { name },
  spec: { releases, ...spec },
});

/** A release that was old enough long before any rehearsal here begins. */
export const release = (version: string, more: Manifest = {}): Manifest => ({ version, releasedAt: "2026-09-01T14:00:00Z", ...more });

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
/** Digests by which the stand-in kubelet does as they say (docs/local-cluster.md). */
export const NEVER_READY = digest("f");
export const PREFLIGHT_FAILS = digest("e");

export async function apply(cluster: Cluster, ...objects: readonly Manifest[]): Promise<void> {
  await cluster.kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], { input: objects.map((object) => stringify(object)).join("---\n") });
}

interface Listed<S> {
  readonly metadata: { readonly name: string; readonly uid: string; readonly generation: number };
  readonly status?: S;
}

/** The status of every tenant, by name. */
export async function tenantStatuses(cluster: Cluster): Promise<Readonly<Record<string, TenantStatus>>> {
  const { items } = JSON.parse(await cluster.kubectl(["get", "tenants", "-o", "json"])) as { items: Listed<TenantStatus>[] }; // a List of ours
  return Object.fromEntries(items.map(({ metadata, status }) => [metadata.name, status ?? {}]));
}

export async function tenantStatus(cluster: Cluster, name: string): Promise<TenantStatus> {
  const { status } = JSON.parse(await cluster.kubectl(["get", "tenant", name, "-o", "json"])) as Listed<TenantStatus>; // ours
  return status ?? {};
}

export async function channelStatus(cluster: Cluster, name = "stable"): Promise<ReleaseChannelStatus> {
  const { status } = JSON.parse(await cluster.kubectl(["get", "releasechannel", name, "-o", "json"])) as Listed<ReleaseChannelStatus>; // ours
  return status ?? {};
}

/** A row of `tctl inventory ls --format=json`. */
export const agent = (id: string, hostname: string, version: string) => ({
  kind: "instance",
  version: "v1",
  metadata: { name: id },
  spec: { version: `v${version}`, services: ["Node"], hostname, last_seen: "2026-11-01T00:00:00Z" },
});

/** The row of Auth itself, without which the list is not complete. */
export const authRow = { kind: "instance", version: "v1", metadata: { name: "auth" }, spec: { version: "v@AUTH_VERSION@", services: ["Auth"] } };
