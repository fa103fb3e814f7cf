import type { BareClient, SeenObject } from "./client.ts";
import { tenantName } from "./names.ts";

const API = "/apis/slacktide.dev/v1alpha1";
const AT_ONCE = 32;
/** Where there is no kubelet nothing can be read by exec; a patch asks for no inventory. */
const INVENTORY = { type: "ConfigMap", name: "inventory", key: "agents.json" };

/** One object of ours, by Server-Side Apply as a person would. */
async function apply(client: BareClient, plural: string, object: { readonly kind: string; readonly metadata: { readonly name: string }; readonly spec: object }): Promise<void> {
  const path = `${API}/${plural}/${object.metadata.name}?fieldManager=bench&force=true`;
  const { status, text } = await client.send({ method: "PATCH", path, body: { apiVersion: API.slice("/apis/".length), ...object }, contentType: "application/apply-patch+yaml" });
  if (status >= 300) throw new Error(`apply ${plural}/${object.metadata.name}: ${status} ${text}`);
}

export interface Pace {
  readonly maxParallel: number;
  readonly leadMs: number;
}

/**
 * Releases for everybody, all at once: they are cut, and a window for all opens, at the first full minute that leaves
 * `leadMs` for what editing window and channel brings about. Nothing else happens on that day.
 */
export async function publish(client: BareClient, versions: readonly string[], { maxParallel, leadMs }: Pace): Promise<void> {
  const at = new Date(Math.ceil((Date.now() + leadMs) / 60_000) * 60_000);
  const daily = `${at.getUTCMinutes()} ${at.getUTCHours()} * * *`;
  await apply(client, "maintenancewindows", { kind: "MaintenanceWindow", metadata: { name: "daily" }, spec: { schedule: daily, duration: "6h", tenantSelector: {} } });
  await applyChannel(client, versions, { cut: daily, maxParallel });
}

/** From here on windows open, and nothing is cut for at least a week. */
export async function endCuts(client: BareClient, versions: readonly string[]): Promise<void> {
  const inTwoWeeks = new Date(Date.now() + 14 * 24 * 3_600_000);
  await applyChannel(client, versions, { cut: `0 0 ${inTwoWeeks.getUTCDate()} ${inTwoWeeks.getUTCMonth() + 1} *`, maxParallel: 1 });
}

async function applyChannel(client: BareClient, versions: readonly string[], { cut, maxParallel }: { readonly cut: string; readonly maxParallel: number }): Promise<void> {
  const releases = versions.map((version) => ({ version, releasedAt: "2026-01-01T00:00:00Z" }));
  const patch = { cut, minAge: "0s", minInterval: "0s" };
  const spec = { releases, patch, rollout: { maxParallel, expectedDuration: { patch: "5m", major: "10m" } } };
  await apply(client, "releasechannels", { kind: "ReleaseChannel", metadata: { name: "stable" }, spec });
}

/** Makes so many tenants as fast as the API server takes them. */
export async function createTenants(client: BareClient, count: number): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) {
      const name = tenantName(n);
      const spec = { domain: `${name}.teleport.example`, region: "us-west-2", proxy: { replicas: 1 }, agents: { inventory: INVENTORY } };
      const { status, text } = await client.send({ method: "POST", path: `${API}/tenants`, body: { apiVersion: API.slice("/apis/".length), kind: "Tenant", metadata: { name }, spec } });
      if (status >= 300) throw new Error(`create tenant ${name}: ${status} ${text}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** Resolves when so many tenants are as asked; `signal` ends the watch. */
export async function untilTenants(client: BareClient, count: number, isDone: (tenant: SeenObject) => boolean): Promise<void> {
  const done = new Set<string>();
  const found = new AbortController();
  const watch = client.watch(`${API}/tenants`, ({ type, object }) => {
    if (type !== "ADDED" && type !== "MODIFIED") return;
    if (isDone(object)) done.add(object.metadata.name);
    else done.delete(object.metadata.name);
    if (done.size >= count) found.abort();
  }, found.signal);
  await watch.catch((error: unknown) => {
    if (!found.signal.aborted) throw error;
  });
}

export function isReady({ status = {} }: SeenObject): boolean {
  return (status.conditions ?? []).some(({ type, status: value }) => type === "Ready" && value === "True");
}

export const runs = (version: string) => (tenant: SeenObject): boolean => tenant.status?.version === version && isReady(tenant);
