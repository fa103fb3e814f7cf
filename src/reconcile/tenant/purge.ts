import { ANNOTATION, FINALIZER, parseTenant, PURGED_NAMED, type LapseStatus, type Tenant } from "../../api/index.ts";
import { namespaceOf, type Owner } from "../../domain/objects/names.ts";
import { isOwnedBy } from "../../domain/objects/tenant-objects.ts";
import { ownerIn } from "../../domain/tenant/adoption.ts";
import { believed } from "../../domain/tenant/belief.ts";
import { lapseSaid, type PurgeHeld } from "../../domain/status/lapse-status.ts";
import type { Lapsed, Purging } from "../../domain/tenant/lapse.ts";
import { purgeMark } from "../../domain/tenant/purge-mark.ts";
import { isoOf, SECOND, type Instant } from "../../domain/time.ts";
import type { Outcome } from "../../runtime/controller.ts";
import type { LiveObject } from "../ports.ts";
import type { TenantEnv } from "./env.ts";
import { observeLapse } from "./lapse.ts";
import type { ObservedTenant } from "./observe.ts";
import { ownObjects } from "./own-objects.ts";
import { tidyPorts } from "./port-claims.ts";
import { reportPurge } from "./report.ts";
import { awaitedRegions, takeDown } from "./tear-down.ts";

/** A deletion that does not begin now, and why, if it could: its own time comes, or that of the fleet's limit. */
export interface NotBegun {
  readonly kind: "not begun";
  readonly held?: PurgeHeld;
  readonly until?: Instant;
}

const NOT_BEGUN: NotBegun = { kind: "not begun" };

/**
 * Begins to delete the data of a tenant that lapsed long enough ago (design §9, invariant I16): the clock is asked once more,
 * the Tenant and its namespace are read live and judged anew, a turn is taken of those that the fleet has in a day, and then
 * its status says so over exactly the version that was judged. Nothing is deleted here. A conflict at any write cancels it:
 * whatever changed is looked at first.
 */
export async function beginPurge(facts: ObservedTenant, env: TenantEnv): Promise<{ readonly kind: "begun" } | NotBegun> {
  const { lapse } = facts;
  if (lapse.kind !== "lapsed") return NOT_BEGUN;
  if (lapse.isUnrecorded) return { ...NOT_BEGUN, held: "LapseNotRecorded" };
  if (!lapse.isDue) return NOT_BEGUN;
  if (facts.upgrade !== undefined && facts.upgrade.stuckSince === undefined) return { ...NOT_BEGUN, held: "UpgradeRunning" };
  const fullUntil = env.purgeTurns.fullUntil(env.clock.now());
  if (fullUntil !== undefined) return limited(fullUntil);
  if (!(await env.clockTrust.confirm())) return NOT_BEGUN;
  const now = Math.ceil(env.clock.now() / SECOND) * SECOND;
  const live = await stillDue(facts, env, now);
  if (live === undefined) return NOT_BEGUN;
  const { name, uid } = facts.owner;
  const turn = await env.purgeTurns.ask({ tenant: name, uid, most: env.platform.lapse.maxPurgesPerDay }, env.api, now);
  if (turn.kind === "full") return limited(turn.until);
  const said: LapseStatus = { ...lapseSaid(live.lapse), purgeStartedAt: isoOf(now), purged: [...dataOf(facts.owner, env)] };
  await reportPurge(live.object, { kind: "purging", said, startedAt: now, isRenewed: false }, env);
  env.log.warn("deletion of a lapsed tenant's data began", { tenant: name, uid, ...said });
  return { kind: "begun" };
}

function limited(until: Instant): NotBegun {
  return { ...NOT_BEGUN, held: "PurgesLimited", ...(Number.isFinite(until) && { until }) };
}

interface Due {
  readonly object: LiveObject;
  readonly lapse: Lapsed;
}

/** The caches may be behind: somebody may have renewed the subscription, or moved what it is judged by. */
async function stillDue({ owner: { name, uid }, observed }: ObservedTenant, env: TenantEnv, now: Instant): Promise<Due | undefined> {
  const object = await env.api.read("Tenant", { name });
  if (object === undefined || object.metadata.uid !== uid) return undefined;
  const parsed = parseTenant(object);
  if (parsed.kind === "invalid") return undefined;
  const namespace = await env.api.read("Namespace", { name: namespaceOf(name) });
  const owner = ownerIn(parsed.value, namespace);
  // Without its labels it may hold the data all the same.
  if (namespace !== undefined && !isOwnedBy(namespace.metadata.labels, owner)) return undefined;
  const tenant = believed(parsed.value, { owner, namespace });
  const lapse = observeLapse({ tenant, owner, namespace, workloads: observed.workloads, clockTrusted: true, platform: env.platform }, now);
  return lapse.kind === "lapsed" && lapse.isDue ? { object, lapse } : undefined;
}

/** What holds the tenant's data, restore points included, by kind and name; the namespace takes all else along. */
function dataOf(owner: Owner, { caches, platform }: TenantEnv): readonly string[] {
  const namespace = namespaceOf(owner.name);
  const kinds = [
    "PersistentVolumeClaim" as const,
    ...(platform.volume.snapshotClassName === undefined ? [] : (["VolumeSnapshot"] as const)),
    ...(caches.isWatched("Table") ? (["Table", "Bucket"] as const) : []),
  ];
  const data = kinds.flatMap((kind) => ownObjects(caches, kind, owner).map(({ metadata }) => `${kind} ${namespace}/${metadata.name}`));
  return [`Namespace ${namespace}`, ...data.sort()].slice(0, PURGED_NAMED);
}

const UNDER_WAY: Outcome = { settling: true };

/** Goes on deleting what a tenant has, look by look; at last the Tenant stays, as a tombstone that keeps its name and tells of it. */
export async function purge({ facts, lapse }: { readonly facts: ObservedTenant; readonly lapse: Purging }, env: TenantEnv): Promise<Outcome> {
  const { object, tenant, owner } = facts;
  await reportPurge(object, lapse, env, awaitedRegions(object, env));
  if (lapse.said.purgedAt !== undefined) return entomb(object, tenant, env);
  // On the Tenant itself before anything goes: should its status be lost, an empty tenant is not taken for a new one.
  const mark = purgeMark(tenant, lapse.startedAt);
  if (tenant.metadata.annotations?.[ANNOTATION.purgeStartedAt] !== mark) {
    await env.api.annotate(object, { [ANNOTATION.purgeStartedAt]: mark });
    return { requeueAt: env.clock.now(), ...UNDER_WAY };
  }
  const taken = await takeDown(object, env);
  if (taken !== "gone") return taken;
  await reportPurge(object, { ...lapse, said: { ...lapse.said, purgedAt: isoOf(Math.ceil(env.clock.now() / SECOND) * SECOND) } }, env);
  env.log.warn("a lapsed tenant's data was deleted", { tenant: owner.name, uid: owner.uid });
  return { requeueAt: env.clock.now(), ...UNDER_WAY };
}

/** Nothing is left that a deletion of the Tenant would have to wait for. */
async function entomb(object: LiveObject, tenant: Tenant, env: TenantEnv): Promise<Outcome> {
  const { uid = "", finalizers = [] } = tenant.metadata;
  if (finalizers.includes(FINALIZER)) await env.api.setFinalizers(object, finalizers.filter((each) => each !== FINALIZER));
  env.memory.forget(uid);
  const requeueAt = await tidyPorts(tenant.metadata, env); // until its own are free again
  return requeueAt === undefined ? {} : { requeueAt };
}
