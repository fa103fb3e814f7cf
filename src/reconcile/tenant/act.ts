import { FINALIZER, type TenantStatus } from "../../api/index.ts";
import { isSaidOnly } from "../../domain/tenant/decide-tenant.ts";
import { AUTH_DATA, namespaceOf } from "../../domain/objects/names.ts";
import { ADOPTION_POLICY } from "../../domain/objects/aws/annotations.ts";
import type { DesiredObject } from "../../domain/objects/desired.ts";
import { isOwnedBy } from "../../domain/objects/tenant-objects.ts";
import type { Problem } from "../../domain/status/conditions.ts";
import { notOurs } from "../../domain/tenant/adoption.ts";
import { believedStatus } from "../../domain/tenant/belief.ts";
import { AppError } from "../app-error.ts";
import type { Api, LiveObject, MemberCluster } from "../ports.ts";
import { statusAs } from "../shapes.ts";
import type { AbroadWish } from "./abroad-wishes.ts";
import { publishHour } from "./agents.ts";
import type { Decision } from "./decide.ts";
import type { TenantEnv } from "./env.ts";
import type { ObjectProblem } from "./memory.ts";
import { makeMetricsSecret } from "./metrics.ts";
import { settlePorts } from "./port-claims.ts";
import { refused } from "./refusal.ts";
import { takeOver } from "./take-over.ts";

/** What acting ran into. */
export interface Acted {
  /** Object by object. */
  readonly problems: readonly Problem[];
  /** Another cluster failed, for whatever reason: it is tried again, and nothing else waits for it. */
  readonly unfinished: boolean;
}

/** All writes of a tenant's reconcile but status. Its own cluster comes first. */
export async function act(decision: Decision, env: TenantEnv, signal: AbortSignal): Promise<Acted> {
  const { object, tenant } = decision.facts;
  // The finalizer stands before the first object, so that none is left behind by a deletion.
  if (decision.needsFinalizer) await env.api.setFinalizers(object, [...(tenant.metadata.finalizers ?? []), FINALIZER]);
  if (decision.action?.kind === "readInventory") env.memory.askForReading(tenant.metadata.uid ?? "");

  const uid = tenant.metadata.uid ?? "";
  // While something is only said, what was in the way before still is.
  if (decision.action !== undefined && isSaidOnly(decision.action)) return { problems: env.memory.problems(uid), unfinished: false };
  if (decision.facts.isAdopting && decision.objects.length > 0) await confirmWanted({ kind: "Namespace" }, { decision, env });
  const settled = [...(await settleAllPorts(decision, env)), ...(await applyAll(decision, env))];
  const here = [...settled, ...(await settleInherited(decision, settled, env)), ...(await settleMetrics(decision, settled, env))];
  for (const { kind, metadata } of decision.removals) await env.api.remove(kind, metadata, metadata.uid);
  // From a file that has just been written.
  await publishHour(decision.facts, decision.telling, { env, signal });
  const abroad = await Promise.all(decision.abroad.map((wish) => actAbroad(wish, { decision, env }, signal)));
  const problems = [...here, ...abroad.flatMap((each) => each.problems)];
  env.memory.noteProblems(uid, problems);
  return { problems, unfinished: abroad.some(({ unfinished }) => unfinished) };
}

/** All writes in one other cluster. Whatever goes wrong there is no reason to leave off the rest, nor not to say how it is. */
async function actAbroad({ member, objects, removals }: AbroadWish, { decision, env }: Applying, signal: AbortSignal): Promise<{ readonly problems: readonly ObjectProblem[]; readonly unfinished: boolean }> {
  const known = env.memory.problems(decision.facts.tenant.metadata.uid ?? "").filter(({ about }) => about.endsWith(placeOf(member)));
  try {
    const there = abroadEnv(env, member);
    const problems = await applyAll({ ...decision, objects }, there, placeOf(member));
    for (const { kind, metadata } of removals) await there.api.remove(kind, metadata, metadata.uid);
    return { problems, unfinished: false };
  } catch (error) {
    if (signal.aborted) throw error;
    env.log.warn("region not written", { tenant: decision.facts.tenant.metadata.name, regions: member.regions.join(", "), error });
    return { problems: known, unfinished: true };
  }
}

/** The environment as it is in another cluster. Whether the tenant is still there only its own one can say. */
export function abroadEnv(env: TenantEnv, { api, caches }: MemberCluster): TenantEnv {
  const read: Api["read"] = (kind, ref) => (kind === "Tenant" ? env.api : api).read(kind, ref);
  return { ...env, api: { ...api, read }, caches: { ...env.caches, get: (kind, ref) => caches.get(kind, ref), ofTenant: (kind, tenant) => caches.ofTenant(kind, tenant) } };
}

function placeOf({ regions }: MemberCluster): string {
  return ` in ${regions.join(", ")}`;
}

/** Before the objects that show them. A claim is made for nobody who is not there: it would be in nobody's namespace. */
async function settleAllPorts(decision: Decision, env: TenantEnv): Promise<readonly ObjectProblem[]> {
  const { facts, ports, needsFinalizer } = decision;
  if (ports === undefined) return [];
  if ((ports.kind === "wanted" || ports.kind === "lost") && !needsFinalizer) await confirmWanted({ kind: "ConfigMap" }, { decision, env });
  return settlePorts(ports, { owner: facts.owner, env });
}

async function settleInherited({ facts, objects }: Decision, problems: readonly ObjectProblem[], env: TenantEnv): Promise<readonly ObjectProblem[]> {
  return objects.length > 0 && isInOwnNamespace(problems) ? takeOver(facts, objects, env) : [];
}

/** It is there, and the tenant's own. */
function isInOwnNamespace(problems: readonly ObjectProblem[]): boolean {
  return !problems.some(({ about }) => about.startsWith("Namespace/"));
}

async function settleMetrics({ facts, objects, makesMetricsSecret }: Decision, problems: readonly ObjectProblem[], env: TenantEnv): Promise<readonly ObjectProblem[]> {
  if (!makesMetricsSecret || objects.length === 0 || !isInOwnNamespace(problems)) return [];
  return makeMetricsSecret(facts.owner, env);
}

/** `place` tells other clusters apart, empty for the operator's own. */
async function applyAll(decision: Decision, env: TenantEnv, place = ""): Promise<readonly ObjectProblem[]> {
  const problems: ObjectProblem[] = [];
  let isNew = false;
  for (const desired of decision.objects) {
    const live = await knownOf(desired, { decision, env, isNew });
    if (livesInNoNamespace(desired) && live === undefined && !decision.needsFinalizer) await confirmWanted(desired, { decision, env });
    const found = await applyOwn(desired, live, { decision, env, place });
    problems.push(...found);
    // Nobody has put anything into a namespace that was just made: there is nothing to look for.
    if (desired.kind === "Namespace") isNew = live === undefined;
    // In a namespace that is not ours nothing is: it comes first, and what belongs into it is left alone.
    if (found.length > 0 && desired.kind === "Namespace") return problems;
  }
  return problems;
}

/** Nothing else keeps it from being made for a tenant that is gone: all else needs the namespace. */
function livesInNoNamespace({ metadata }: Pick<DesiredObject, "metadata">): boolean {
  return metadata.namespace === undefined;
}

/**
 * A cache that lags behind still shows a tenant that was taken down meanwhile, and would bring it back to life for nobody. With
 * its finalizer just written it is there.
 */
async function confirmWanted({ kind }: Pick<DesiredObject, "kind">, { decision: { facts }, env }: Applying): Promise<void> {
  const { name, uid, deletionTimestamp } = facts.object.metadata;
  const live = await env.api.read("Tenant", { name });
  const startedAt = live && believedStatus({ metadata: live.metadata, status: statusAs<TenantStatus>(live) }, facts)?.lapse?.purgeStartedAt;
  // What was known already is not believed, or nothing would be made.
  const isPurged = startedAt !== undefined && startedAt !== facts.said?.lapse?.purgeStartedAt;
  if (live?.metadata.uid === uid && live?.metadata.deletionTimestamp === deletionTimestamp && !isPurged) return;
  throw new AppError("ViewOutdated", `make ${kind} of tenant ${name}: the tenant is another one by now, or gone; it is looked at again`);
}

interface Knowing {
  readonly decision: Decision;
  readonly env: TenantEnv;
  readonly isNew: boolean;
}

/**
 * The object as far as it is known. A Deployment gets the version that was decided from what was seen of it: what it has
 * become since is not written over, but seen first (invariant I7).
 */
async function knownOf(desired: DesiredObject, { decision: { facts }, env, isNew }: Knowing): Promise<LiveObject | undefined> {
  if (desired.kind !== "Deployment") return liveOf(desired, { env, isNew });
  const { name } = desired.metadata;
  const seen = facts.observed.wanted.find((each) => each.name === name)?.object;
  if (seen !== undefined) return seen;
  const live = await liveOf(desired, { env, isNew });
  const { owner } = facts;
  if (live !== undefined && isOwnedBy(live.metadata.labels, owner)) throw new AppError("ViewOutdated", `apply Deployment "${name}" of tenant ${owner.name}: it is there already, unseen so far; it is looked at again`);
  return live;
}

/** The caches show only what carries our labels: what is not in them may still be there. */
async function liveOf({ kind, metadata }: DesiredObject, { env, isNew }: { env: TenantEnv; isNew: boolean }): Promise<LiveObject | undefined> {
  const cached = env.caches.get(kind, metadata);
  // What lives in no namespace may be there before the tenant's own one is.
  return cached === undefined && (!isNew || livesInNoNamespace({ metadata })) ? env.api.read(kind, metadata) : cached;
}

interface Applying {
  readonly decision: Decision;
  readonly env: TenantEnv;
  readonly place?: string;
}

/** Applies an object unless one of that name is there which is not this tenant's: that one is never touched (design §9). */
async function applyOwn(desired: DesiredObject, live: LiveObject | undefined, { decision: { facts }, env, place = "" }: Applying): Promise<readonly ObjectProblem[]> {
  const { owner, tenant } = facts;
  const { kind } = desired;
  const about = `${kind}/${desired.metadata.name}${place}`;
  if (live !== undefined && !isOwnedBy(live.metadata.labels, owner)) return [{ ...notOurs(kind, live.metadata, tenant), about }];
  if (live === undefined && facts.provisioned && holdsData(desired)) return [{ ...dataMissing(desired, owner.name), about }];
  // A volume is made once; what it asked for then can hardly be changed.
  if (live !== undefined && kind === "PersistentVolumeClaim") return [];
  const refusal = await env.api.apply(desired, live);
  return refusal === undefined ? [] : [refused({ about, owner }, refusal, env)];
}

/** A table that was restored ACK takes over if it is there, and never makes. */
function holdsData({ kind, metadata: { name, annotations } }: DesiredObject): boolean {
  return (kind === "Table" && annotations?.[ADOPTION_POLICY] !== "adopt") || kind === "Bucket" || name === AUTH_DATA;
}

function dataMissing({ kind, metadata: { name } }: DesiredObject, tenant: string): Problem {
  if (kind === "PersistentVolumeClaim") return volumeMissing(tenant);
  return { reason: "StorageMissing", message: `${kind} "${name}" is missing in namespace "${namespaceOf(tenant)}", and what it stood for may still be in AWS: none is made anew; docs/aws.md tells how it is brought back` };
}

/** An empty volume in its place would make another cluster of it, with another authority (invariant I16). */
function volumeMissing(name: string): Problem {
  return { reason: "VolumeMissing", message: `no volume of the tenant is left in namespace "${namespaceOf(name)}", and its data went with it: none is made anew; bring back a claim "${AUTH_DATA}" from a backup, or delete the tenant` };
}
