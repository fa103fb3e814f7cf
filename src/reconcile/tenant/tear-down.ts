import { ANNOTATION, FINALIZER } from "../../api/index.ts";
import { namespaceOf } from "../../domain/objects/names.ts";
import { isOwnedBy } from "../../domain/objects/tenant-objects.ts";
import type { Outcome } from "../../runtime/controller.ts";
import type { LiveObject } from "../ports.ts";
import type { TenantEnv } from "./env.ts";
import { ownObjects } from "./observe.ts";
import { isLive } from "./workloads.ts";

const UNDER_WAY: Outcome = { settling: true };

/** Whether a tenant is being deleted and somebody has confirmed it by its uid (design §9). Its spec does not matter. */
export function isConfirmedDeletion({ metadata }: LiveObject): boolean {
  const { deletionTimestamp, annotations, uid } = metadata;
  return deletionTimestamp !== undefined && uid !== undefined && annotations?.[ANNOTATION.confirmDelete] === uid;
}

/** Takes a tenant down in order: what serves, then its namespace with everything in it, then the tenant itself (design §9). */
export async function tearDown(object: LiveObject, env: TenantEnv): Promise<Outcome> {
  const { name, uid = "", finalizers = [] } = object.metadata;
  const owner = { name, uid };
  const namespace = env.caches.get("Namespace", { name: namespaceOf(name) });
  const serving = ownObjects(env.caches, "Deployment", owner);
  for (const deployment of serving.filter(isStanding)) await env.api.remove("Deployment", deployment.metadata, deployment.metadata.uid);
  // The pods of preflights have ended, and stay until their Jobs go with the namespace.
  if (serving.length > 0 || ownObjects(env.caches, "Pod", owner).some(isLive)) return UNDER_WAY;

  if (namespace !== undefined && isOwnedBy(namespace.metadata.labels, owner)) {
    if (isStanding(namespace)) await env.api.remove("Namespace", namespace.metadata, namespace.metadata.uid);
    return UNDER_WAY;
  }
  // The cache may lag behind: only the API server knows that nothing is left.
  const left = await env.api.read("Namespace", { name: namespaceOf(name) });
  if (left !== undefined && isOwnedBy(left.metadata.labels, owner)) return UNDER_WAY;
  if (finalizers.includes(FINALIZER)) await env.api.setFinalizers(object, finalizers.filter((each) => each !== FINALIZER));
  env.memory.forget(uid);
  return {};
}

function isStanding(object: LiveObject): boolean {
  return object.metadata.deletionTimestamp === undefined;
}
