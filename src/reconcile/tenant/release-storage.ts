import type { TenantSpec } from "../../api/index.ts";
import { isOnAws, tableRef } from "../../domain/objects/aws/names.ts";
import { storageObjects } from "../../domain/objects/aws/storage-objects.ts";
import { tableObject } from "../../domain/objects/aws/tables.ts";
import { namespaceOf, type Owner } from "../../domain/objects/names.ts";
import { SECOND } from "../../domain/time.ts";
import type { Outcome } from "../../runtime/controller.ts";
import type { LiveObject } from "../ports.ts";
import { specAs } from "../shapes.ts";
import type { TenantEnv } from "./env.ts";
import { ownerLeaving } from "./owner.ts";
import { ownObjects } from "./own-objects.ts";
import { isRefused, isSynced, type StorageKind } from "./storage.ts";
import { isReleased, SEEN_MS } from "./released-tables.ts";
import { endRestores } from "./tables.ts";

const UNDER_WAY: Outcome = { settling: true };

/**
 * Deletes what a tenant has in AWS whose deletion was confirmed or is due, look by look: its tables and its bucket are let go (until
 * then AWS keeps them whatever becomes of their objects), ACK is given time to say so there, their objects are removed and with them
 * what they stand for, at last the role. A customer's own bucket has no object here: nothing reaches it (row F6).
 */
export async function releaseStorage(tenant: LiveObject, env: TenantEnv): Promise<Outcome | "gone"> {
  if (!env.caches.isWatched("Table")) return isEmbedded(tenant) ? "gone" : unreachable(tenant, env);
  const owner = ownerLeaving(tenant, env.caches);
  const holders = [...ownObjects(env.caches, "Table", owner), ...ownObjects(env.caches, "Bucket", owner)];
  if (!(await endRestores(owner, env))) return UNDER_WAY;
  if (holders.length === 0) return goneWithRole(owner, env);
  const standing = holders.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (standing.length === 0) return UNDER_WAY;
  const wereReleased = await release(tenant, standing, env);
  const elapsedMs = env.memory.stepElapsedMs(owner.uid, { id: "release" }, wereReleased ? "released" : "releasing");
  if (!wereReleased) return { ...UNDER_WAY, requeueAt: env.clock.now() + SECOND };
  if (elapsedMs < SEEN_MS) return { ...UNDER_WAY, requeueAt: env.clock.now() + SEEN_MS - elapsedMs };
  if (!standing.every((each) => isSynced(each) || isRefused(each))) return UNDER_WAY;
  for (const each of standing) await env.api.remove(kindOf(each), each.metadata, each.metadata.uid);
  return UNDER_WAY;
}

/** What of a tenant AWS still has to delete, by kind and name, sorted; what has not been looked for counts as all of it. */
export function leftInAws(tenant: LiveObject, { caches }: Pick<TenantEnv, "caches">): readonly string[] {
  if (isEmbedded(tenant)) return [];
  if (!caches.isWatched("Table")) return ["all, since `aws` is not configured or ACK is not installed"];
  const owner = ownerLeaving(tenant, caches);
  return [...ownObjects(caches, "Table", owner), ...ownObjects(caches, "Bucket", owner)].map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
}

/** Lets AWS delete what the objects stand for; whether it was so already. What somebody else changed of that meanwhile is set right again. */
async function release(tenant: LiveObject, standing: readonly LiveObject[], env: TenantEnv): Promise<boolean> {
  const { region, storage } = specAs<TenantSpec>(tenant);
  const { aws } = env.platform;
  if (region === undefined || storage === undefined || aws === undefined) return false;
  const input = { owner: ownerLeaving(tenant, env.caches), spec: { region, storage }, aws, isReleased: true };
  // Those of before a restore too, and those that nobody has confirmed.
  const tables = standing.flatMap(({ metadata }) => tableRef(metadata.name) ?? []).map((ref) => tableObject(ref, input));
  const wanted = [...storageObjects(input), ...tables];
  let wereReleased = true;
  for (const live of standing) {
    const desired = wanted.find(({ kind, metadata }) => kind === live.kind && metadata.name === live.metadata.name);
    if (desired === undefined) continue;
    wereReleased &&= isReleased(live);
    const refusal = await env.api.apply(desired, live);
    if (refusal === undefined) continue;
    env.log.warn("storage in AWS is not let go", { tenant: tenant.metadata.name, kind: live.kind, name: live.metadata.name, why: refusal.message });
    wereReleased = false;
  }
  return wereReleased;
}

/** The role at last: it holds nothing, and nobody is left who takes it on. */
async function goneWithRole(owner: Owner, env: TenantEnv): Promise<Outcome | "gone"> {
  for (const role of ownObjects(env.caches, "Role", owner)) {
    if (role.metadata.deletionTimestamp === undefined) await env.api.remove("Role", role.metadata, role.metadata.uid);
    return UNDER_WAY;
  }
  return "gone";
}

function kindOf({ kind }: LiveObject): StorageKind {
  return kind === "Bucket" ? "Bucket" : "Table";
}

function isEmbedded(tenant: LiveObject): boolean {
  const { storage } = specAs<TenantSpec>(tenant);
  return storage === undefined || !isOnAws({ storage });
}

/** Its namespace would take the objects along, and what they stand for would stay in AWS for ever. */
function unreachable({ metadata: { name } }: LiveObject, { log }: TenantEnv): Outcome {
  log.warn("storage in AWS cannot be deleted: `aws` is not configured, or ACK is not installed", { tenant: name, namespace: namespaceOf(name) });
  return UNDER_WAY;
}
