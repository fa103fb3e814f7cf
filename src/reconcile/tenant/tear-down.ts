import { ANNOTATION, FINALIZER, LABEL, type TenantSpec, type TenantStatus } from "../../api/index.ts";
import { AUTH, namespaceOf, type Owner } from "../../domain/objects/names.ts";
import { PREFLIGHT } from "../../domain/objects/preflight-job.ts";
import { RESTORE_POINT } from "../../domain/objects/data-job.ts";
import { RESTORE_TABLES } from "../../domain/objects/aws/restore-objects.ts";
import { isOwnedBy } from "../../domain/objects/tenant-objects.ts";
import { tokenReviewName } from "../../domain/objects/token-review.ts";
import type { Outcome } from "../../runtime/controller.ts";
import type { LiveObject } from "../ports.ts";
import { specAs, statusAs } from "../shapes.ts";
import { abroadEnv } from "./act.ts";
import type { TenantEnv } from "./env.ts";
import { ownerLeaving } from "./owner.ts";
import { ownObjects } from "./own-objects.ts";
import { keepClaim, releasePorts } from "./port-claims.ts";
import { releaseStorage } from "./release-storage.ts";
import { reportTerminating } from "./report.ts";
import { isLive } from "./workloads.ts";

const UNDER_WAY: Outcome = { settling: true };

/** Whether a tenant is being deleted and somebody has confirmed it by its uid (design §9). Its spec does not matter. */
export function isConfirmedDeletion({ metadata }: LiveObject): boolean {
  const { deletionTimestamp, annotations, uid } = metadata;
  return deletionTimestamp !== undefined && uid !== undefined && annotations?.[ANNOTATION.confirmDelete] === uid;
}

/**
 * Takes a tenant down in order, at last the tenant itself (design §9). Each look sees what is left and goes on from there.
 */
export async function tearDown(object: LiveObject, env: TenantEnv): Promise<Outcome> {
  const { uid = "", finalizers = [] } = object.metadata;
  await reportTerminating(object, env, awaitedRegions(object, env));
  const taken = await takeDown(object, env);
  if (taken !== "gone") return taken;
  if (finalizers.includes(FINALIZER)) await env.api.setFinalizers(object, finalizers.filter((each) => each !== FINALIZER));
  env.memory.forget(uid);
  return {};
}

/**
 * Removes everything that a tenant has, in order and as far as one look comes: proxies, Auth when their last pod has ended,
 * what it has in AWS, the namespace with everything in it, data included, then what it has outside of that. Gone: the API server says so, live.
 */
export async function takeDown(object: LiveObject, env: TenantEnv): Promise<Outcome | "gone"> {
  const { name } = object.metadata;
  const owner = ownerLeaving(object, env.caches);
  await keepClaim(object, env);
  // Before Auth goes: proxies that nobody can see may still be there.
  const abroad = await takeDownAbroad(object, env);
  if ((await isServing(owner, env, (component) => component !== AUTH)) || abroad === "under way" || (await isServing(owner, env, (component) => component === AUTH))) return UNDER_WAY;

  const released = await releaseStorage(object, env);
  if (released !== "gone") return released;

  const namespace = env.caches.get("Namespace", { name: namespaceOf(name) });
  if (namespace !== undefined && isOwnedBy(namespace.metadata.labels, owner)) {
    if (isStanding(namespace)) await env.api.remove("Namespace", namespace.metadata, namespace.metadata.uid);
    return UNDER_WAY;
  }
  // The cache may lag behind: only the API server knows that nothing is left.
  const left = await env.api.read("Namespace", { name: namespaceOf(name) });
  if (left !== undefined && isOwnedBy(left.metadata.labels, owner)) return UNDER_WAY;
  await removeTokenReview(owner, env);
  await releasePorts(owner, env);
  return "gone";
}

/** The regions in other clusters that are out of reach and where the tenant may still have something, as its spec and its status tell. */
export function awaitedRegions(object: LiveObject, { members }: TenantEnv): readonly string[] {
  const said = statusAs<TenantStatus>(object).regions ?? [];
  const wanted = [...(specAs<TenantSpec>(object).proxyRegions ?? []), ...said.map(({ name }) => name)];
  const away = members.filter((member) => member.outOfReach() !== undefined).flatMap(({ regions }) => regions);
  return [...new Set(wanted.filter((region) => away.includes(region)))].sort();
}

/** Removes what the tenant has in every other cluster. One that is out of reach is waited for. */
async function takeDownAbroad(object: LiveObject, env: TenantEnv): Promise<"under way" | "gone"> {
  const owner = ownerLeaving(object, env.caches);
  // One that comes back while the others are asked was not asked itself.
  const awaited = awaitedRegions(object, env);
  const within = env.members.filter((member) => member.outOfReach() === undefined);
  const left = await Promise.all(within.map((member) => takeDownIn(owner, abroadEnv(env, member))));
  return left.includes("under way") || awaited.length > 0 || awaitedRegions(object, env).length > 0 ? "under way" : "gone";
}

async function takeDownIn(owner: Owner, env: TenantEnv): Promise<"under way" | "gone"> {
  if (await isServing(owner, env, (component) => component !== AUTH)) return "under way";
  const [cached] = ownObjects(env.caches, "Namespace", owner);
  const namespace = cached ?? (await env.api.read("Namespace", { name: namespaceOf(owner.name) }));
  if (namespace === undefined || !isOwnedBy(namespace.metadata.labels, owner)) return "gone";
  if (isStanding(namespace)) await env.api.remove("Namespace", namespace.metadata, namespace.metadata.uid);
  return "under way";
}

/** It is in no namespace that would take it along. */
async function removeTokenReview(owner: Owner, { api }: TenantEnv): Promise<void> {
  const binding = await api.read("ClusterRoleBinding", { name: tokenReviewName(owner.name) });
  if (binding !== undefined && isOwnedBy(binding.metadata.labels, owner)) await api.remove("ClusterRoleBinding", binding.metadata, binding.metadata.uid);
}

/** Removes the Deployments of these components; whether any of them, or a pod of theirs, is still there. */
async function isServing(owner: Owner, env: TenantEnv, isOf: (component: string) => boolean): Promise<boolean> {
  const deployments = ownObjects(env.caches, "Deployment", owner).filter(({ metadata }) => isOf(metadata.name));
  for (const deployment of deployments.filter(isStanding)) await env.api.remove("Deployment", deployment.metadata, deployment.metadata.uid);
  return deployments.length > 0 || ownObjects(env.caches, "Pod", owner).some((pod) => isLive(pod) && !isOfAnAttempt(pod) && isOf(componentOf(pod)));
}

/** It serves nobody, and may hang for as long as its Job lets it; it goes with the namespace. */
function isOfAnAttempt(pod: LiveObject): boolean {
  return [PREFLIGHT, RESTORE_POINT, RESTORE_TABLES].includes(componentOf(pod));
}

function componentOf({ metadata }: LiveObject): string {
  return metadata.labels?.[LABEL.component] ?? "";
}

function isStanding(object: LiveObject): boolean {
  return object.metadata.deletionTimestamp === undefined;
}
