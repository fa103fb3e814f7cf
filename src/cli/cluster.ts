import { API_VERSION, LABEL, type RawObject, type Tenant } from "../api/index.ts";
import type { LabelledObject } from "../domain/tenant/orphans.ts";
import { KubeClient } from "../kube/client.ts";
import { loadKubeConfig } from "../kube/credentials.ts";
import { isForbidden, isNotFound } from "../kube/errors.ts";
import { KINDS, type KubeObject } from "../kube/kind.ts";
import { HttpTransport } from "../kube/transport.ts";
import { MEMBER_KINDS } from "../member-session.ts";
import { OWN_KINDS } from "../operator.ts";
import { OWNED_KINDS } from "../reconcile/ports.ts";
import { realMono } from "../runtime/clock.ts";
import { noMetrics } from "../runtime/metrics.ts";
import { UsageError } from "./errors.ts";
import { tenantOf } from "./read-tenant.ts";

/** Whose fields a person's commands are: not the operator's. */
const MANAGER = "slacktide-cli";

/** Reads one of our objects from the cluster; throws UsageError if there is none. */
export async function readObject(kind: "Tenant" | "MaintenanceWindow", name: string, kubeconfig: string | undefined): Promise<RawObject> {
  const hint = "--kubeconfig names another cluster, -f reads manifests instead";
  return withClient({ kubeconfig, hint }, async (client) => {
    const object = await client.get<KubeObject & RawObject>(client.kinds.byName(API_VERSION, kind), { name });
    if (object === undefined) throw new UsageError(`there is no ${kind} "${name}" in the cluster`);
    return object;
  });
}

/** All objects of our kinds, as the operator last wrote them. */
export async function readFleet(kubeconfig: string | undefined): Promise<readonly KubeObject[]> {
  const hint = "--kubeconfig names another cluster, -f reads manifests instead";
  return withClient({ kubeconfig, hint }, async (client) => {
    const lists = await Promise.all(FLEET_KINDS.map((kind) => client.list<KubeObject>(client.kinds.byName(API_VERSION, kind))));
    return lists.flat();
  });
}

/** All objects of some of our kinds; undefined: the caller may not list them. */
export async function readIfAllowed(kinds: readonly FleetKind[], kubeconfig: string | undefined): Promise<readonly KubeObject[] | undefined> {
  return withClient({ kubeconfig, hint: WRITE_HINT }, async (client) => {
    try {
      const lists = await Promise.all(kinds.map((kind) => client.list<KubeObject>(client.kinds.byName(API_VERSION, kind))));
      return lists.flat();
    } catch (error) {
      if (isForbidden(error)) return undefined;
      throw error;
    }
  });
}

const FLEET_KINDS = ["Tenant", "MaintenanceWindow", "ReleaseChannel", "Freeze", "Approval"] as const;
type FleetKind = (typeof FLEET_KINDS)[number];

/**
 * Everything in the cluster that carries a tenant's label, and the Tenants, read after it: what is made meanwhile has its own.
 * `regions`: kubeconfigs of other clusters, in which what proxies need is looked for too.
 */
export async function readLabelled(kubeconfig: string | undefined, regions: readonly string[]): Promise<{ readonly objects: readonly LabelledObject[]; readonly tenants: readonly Tenant[] }> {
  const abroad = await Promise.all(regions.map(async (file) => {
    const objects = await withClient({ kubeconfig: file, hint: `--region ${file} names that cluster` }, (client) => listLabelled(client, MEMBER_KINDS));
    return objects.map((object) => ({ ...object, cluster: file }));
  }));
  return withClient({ kubeconfig, hint: WRITE_HINT }, async (client) => {
    const objects = await listLabelled(client, LABELLED_KINDS);
    return { objects: [...objects, ...abroad.flat()], tenants: await client.list<Tenant>(client.kinds.byName(API_VERSION, "Tenant")) };
  });
}

/** But for what is being deleted: that takes everything along within moments, and what is seen of it is no orphan. */
async function listLabelled(client: KubeClient, kinds: readonly LabelledKind[]): Promise<readonly KubeObject[]> {
  const found = await Promise.all(kinds.map((kind) => listServed(client, kind)));
  return found.flat().filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

const LABELLED_KINDS = [...OWNED_KINDS, "Secret", "VolumeSnapshot", "Issuer", "Certificate", "Table", "Bucket", "Role"] as const;
type LabelledKind = (typeof LABELLED_KINDS)[number];

/** Some kinds are served only where somebody installed them. */
async function listServed(client: KubeClient, kind: LabelledKind): Promise<readonly KubeObject[]> {
  try {
    return await client.list<KubeObject>(KINDS[kind], { labelSelector: LABEL.tenant, metadataOnly: true });
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** Applies one of our objects, as `kubectl apply --server-side` would: it is made, or changed where it says something else. */
export async function applyObject(object: KubeObject, kubeconfig: string | undefined): Promise<void> {
  await withClient({ kubeconfig, hint: WRITE_HINT }, (client) => client.apply(object, { force: false }));
}

/** Creates one of our objects; fails if there is one of that name. */
export async function createObject(object: KubeObject, kubeconfig: string | undefined): Promise<void> {
  await withClient({ kubeconfig, hint: WRITE_HINT }, (client) => client.create(object));
}

/** Annotates a Tenant; null takes an annotation off. */
export async function annotateTenant(name: string, annotations: Readonly<Record<string, string | null>>, kubeconfig: string | undefined): Promise<void> {
  await withClient({ kubeconfig, hint: WRITE_HINT }, (client) => client.mergePatch(client.kinds.byName(API_VERSION, "Tenant"), { name }, { metadata: { annotations } }));
}

const SELF_REVIEW = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview", plural: "selfsubjectreviews", namespaced: false } as const;

/** Who the caller is to the API server. */
export async function whoAmI(kubeconfig: string | undefined): Promise<string> {
  return withClient({ kubeconfig, hint: `${WRITE_HINT}; --approver says who you are` }, async (client) => {
    const review: KubeObject & { status?: { userInfo?: { username?: string } } } = { apiVersion: SELF_REVIEW.apiVersion, kind: SELF_REVIEW.kind, metadata: { name: "" } };
    return (await client.create(review)).status?.userInfo?.username ?? "";
  });
}

/** A program of the kubeconfig may have its user log in. */
const LOGGED_IN_WITHIN_MS = 120_000;
const WRITE_HINT = "--kubeconfig names another cluster";

interface Target {
  readonly kubeconfig: string | undefined;
  /** What a person may try who has none, or the wrong one. */
  readonly hint: string;
}

async function withClient<T>({ kubeconfig, hint }: Target, use: (client: KubeClient) => Promise<T>): Promise<T> {
  const transport = new HttpTransport({ config: loadKubeConfig(kubeconfig), mono: realMono, metrics: noMetrics, credentialsWithinMs: LOGGED_IN_WITHIN_MS });
  try {
    return await use(new KubeClient({ transport, kinds: [...OWN_KINDS, SELF_REVIEW], manager: MANAGER }));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason}; ${hint}`, { cause: error });
  } finally {
    await transport.close();
  }
}

/** A tenant with its status, as the operator last wrote it. */
export async function readTenant(name: string, kubeconfig: string | undefined): Promise<Tenant> {
  return tenantOf(await readObject("Tenant", name, kubeconfig));
}
