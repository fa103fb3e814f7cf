import { LABEL } from "../../api/index.ts";
import type { HolderProgress, HolderSeen, Obstacle, Restore } from "../../domain/backup/restore.ts";
import type { RestorePoint } from "../../domain/backup/restore-point.ts";
import { awsNames, BACKEND, RESTORE_ROLE, tableName, tableRef, tablesOf } from "../../domain/objects/aws/names.ts";
import { RESTORE_TABLES, restoreGround, restoreTablesJob } from "../../domain/objects/aws/restore-objects.ts";
import type { DesiredObject } from "../../domain/objects/desired.ts";
import { restoredMark, type Owner } from "../../domain/objects/names.ts";
import type { Platform } from "../../domain/objects/platform.ts";
import { instantOf, stampOf, type Instant } from "../../domain/time.ts";
import type { LiveObject } from "../ports.ts";
import { isTrue, jobState, specAs, statusAs, type JobState } from "../shapes.ts";
import type { TenantEnv } from "./env.ts";
import type { ObservedTenant } from "./observe.ts";
import { ownObjects } from "./own-objects.ts";
import { isRefused, isSynced, mayGo } from "./storage.ts";
import { isLive, type Removal } from "./workloads.ts";

/** Where the tables of a restore are seen. */
export interface TablesSight {
  readonly owner: Owner;
  readonly tables: readonly LiveObject[];
  readonly jobs: readonly LiveObject[];
  readonly roles: readonly LiveObject[];
  /** The word for the tables that Auth uses. */
  readonly claim: string;
  /** The uid with which somebody has confirmed a restore. */
  readonly confirmed: string | undefined;
}

/** The tables that a restore is to switch to, with the uid of the object of that which has Auth's state. */
export function seeTables(sight: TablesSight, data: string, point: RestorePoint): HolderSeen {
  const seen = tablesProgress(sight, data, point);
  const obstacle = obstacleTo(seen.progress, sight, data);
  return { ...seen, ...(obstacle && { obstacle }) };
}

/** Why nothing is asked for yet. */
function obstacleTo(progress: HolderProgress, sight: TablesSight, data: string): Obstacle | undefined {
  if (progress !== "Absent" && progress !== "Unfilled") return undefined;
  const others = [...new Set(restoring(sight))].filter((each) => each !== data).sort();
  if (others.length > 0) return { reason: "Preparing", message: `it waits until tables ${others.join(", ")} are brought back` };
  if (progress === "Absent" || !isRefused(restoreRole(sight))) return undefined;
  return { reason: "PreparationFailed", message: `AWS refuses Role ${RESTORE_ROLE}: its condition ACK.Terminal says why` };
}

function restoreRole({ roles }: Pick<TablesSight, "roles">): LiveObject | undefined {
  return roles.find(({ metadata }) => metadata.name === RESTORE_ROLE);
}

function tablesProgress({ owner, tables, jobs, confirmed }: TablesSight, data: string, point: RestorePoint): HolderSeen {
  const found = tablesOf(data).flatMap((ref) => tables.find(({ metadata }) => metadata.name === tableName(ref)) ?? []);
  const uid = found.find(({ metadata }) => tableRef(metadata.name)?.kind === BACKEND)?.metadata.uid ?? "";
  const job = jobState(jobs, data);
  if (found.some(isLeaving)) return { progress: "Leaving", uid };
  if (found.length < tablesOf(data).length) return { progress: job === "absent" ? "Absent" : "Failed", uid };
  const source = awsNames(owner, point.data);
  const judged = found.map((table) => judge(table, { source: source[tableRef(table.metadata.name)?.kind ?? BACKEND], at: point.takenAt }));
  // What a person has confirmed was in order then; ACK may be behind again meanwhile, and nobody starts and stops for that.
  const isConfirmed = confirmed === uid;
  // A Job that failed has not seen them whole: whatever ACK says of them by and by, they are offered to nobody.
  if (job === "failed" && !isConfirmed) return { progress: "Failed", uid };
  if (judged.every((each) => each === "Settled" || (each === "Restored" && isConfirmed))) return { progress: "Whole", uid };
  // Somebody has taken its Job away half way: nothing is in AWS before there is one.
  const isBereft = job === "absent" && found.some(isInAws);
  return { progress: judged.includes("Other") || isBereft ? "Failed" : OF_JOB[job], uid };
}

/** By how far the Job is that has them restored: when it is done ACK has still to bring back what AWS does not. */
const OF_JOB: Readonly<Record<JobState, HolderProgress>> = { absent: "Unfilled", running: "Filling", succeeded: "Filling", failed: "Failed" };

/** The table is being deleted, or somebody has confirmed that it may go. */
function isLeaving(table: LiveObject): boolean {
  return table.metadata.deletionTimestamp !== undefined || mayGo(table);
}

function isInAws(table: LiveObject): boolean {
  return statusAs<TableStatus>(table).tableStatus !== undefined;
}

interface TableStatus {
  readonly tableStatus: string;
  readonly latestStreamARN: string;
  readonly restoreSummary: { readonly sourceTableARN?: string; readonly restoreDateTime?: string; readonly restoreInProgress?: boolean };
}

/**
 * What ACK tells of a table. `Restored`: it holds what the source held at that instant. `Settled`: and ACK has brought back what a restore
 * leaves out, its stream last. `Other`: it is there and holds something else, whoever made it: never offered.
 */
function judge(table: LiveObject, { source, at }: { readonly source: string; readonly at: Instant }): "Awaited" | "Restored" | "Settled" | "Other" {
  const { tableStatus, latestStreamARN, restoreSummary } = statusAs<TableStatus>(table);
  if (isRefused(table)) return "Other";
  if (tableStatus !== "ACTIVE" && tableStatus !== "UPDATING") return "Awaited";
  const { sourceTableARN = "", restoreDateTime, restoreInProgress = false } = restoreSummary ?? {};
  const restoredAt = instantOf(restoreDateTime);
  if (!sourceTableARN.endsWith(`:table/${source}`) || restoredAt === undefined || stampOf(restoredAt) !== stampOf(at)) return "Other";
  if (restoreInProgress) return "Awaited";
  const { continuousBackups, streamSpecification } = specAs<{ continuousBackups: { readonly pointInTimeRecoveryEnabled?: boolean }; streamSpecification: { readonly streamEnabled?: boolean } }>(table);
  const hasStream = streamSpecification?.streamEnabled !== true || latestStreamARN !== undefined;
  return isSynced(table) && hasStream && continuousBackups?.pointInTimeRecoveryEnabled === true ? "Settled" : "Restored";
}

type Preparing = Extract<Restore, { readonly kind: "Preparing" }>;

/**
 * What is made for a restore of tables before anything is changed. While another one is under way nothing is, in its Job or, when that
 * has ended however, in AWS: AWS wants the role of a restore left alone until that is done.
 */
export function preparedTables(facts: ObservedTenant, { point, volume: data, uid, progress }: Preparing, platform: Platform): readonly DesiredObject[] {
  const { aws } = platform;
  const { tables, tenant, owner } = facts;
  if (aws === undefined || restoring(facts).some((each) => each !== data)) return [];
  const input = { owner, spec: tenant.spec, platform, aws, point, data };
  // Tables that are there are kept as they should be with all others.
  const ground = restoreGround(input).filter(({ kind, metadata }) => kind !== "Table" || !tables.some((table) => table.metadata.name === metadata.name));
  const isReady = progress === "Unfilled" && isSynced(restoreRole(facts));
  return [...ground, ...(isReady ? [restoreTablesJob(input, uid)] : [])];
}

/** A Job that has tables restored, and has not ended. */
function isAtWork(job: LiveObject): boolean {
  return isRestoring(job) && !isTrue(job, "Complete") && !isTrue(job, "Failed");
}

function isRestoring({ metadata }: LiveObject): boolean {
  return metadata.labels?.[LABEL.component] === RESTORE_TABLES;
}

/** The words for the tables that are being brought back: a Job of ours is at it, or AWS still is, which needs the role until its end. */
function restoring({ jobs, tables, claim }: Pick<ObservedTenant, "jobs" | "tables" | "claim">): readonly string[] {
  const inAws = tables.filter(isBeingRestored).flatMap(({ metadata }) => tableRef(metadata.name)?.data ?? []);
  return [...jobs.filter(isAtWork).map(({ metadata }) => metadata.name), ...inAws.filter((data) => data !== claim && restoredMark(data) !== undefined)];
}

function isBeingRestored(table: LiveObject): boolean {
  const { tableStatus, restoreSummary } = statusAs<TableStatus>(table);
  return tableStatus === "CREATING" || restoreSummary?.restoreInProgress === true;
}

/** The identity of a restore that nobody prepares any more: there is none while nobody needs it. */
export function idleRestoreRole(facts: ObservedTenant): readonly Removal[] {
  if (facts.restore.kind === "Preparing" || restoring(facts).length > 0) return [];
  const role = restoreRole(facts);
  return role === undefined || role.metadata.deletionTimestamp !== undefined ? [] : [{ kind: "Role", metadata: role.metadata }];
}

/**
 * Ends the restores of these tables, by default of all; whether none is under way any more. One that goes on would make tables after all
 * that is known of them was deleted: its Job ends first, and its pod with it.
 */
export async function endRestores(owner: Owner, env: Pick<TenantEnv, "caches" | "api">, isOf: (data: string) => boolean = () => true): Promise<boolean> {
  const jobs = ownObjects(env.caches, "Job", owner).filter((job) => isAtWork(job) && isOf(job.metadata.name));
  for (const job of jobs.filter(({ metadata }) => metadata.deletionTimestamp === undefined)) await env.api.remove("Job", job.metadata, job.metadata.uid);
  const pods = ownObjects(env.caches, "Pod", owner).filter((pod) => isLive(pod) && isRestoring(pod) && isOf(pod.metadata.labels?.[JOB_NAME] ?? ""));
  return jobs.length === 0 && pods.length === 0;
}

/** By it Kubernetes says of a pod whose it is. */
const JOB_NAME = "batch.kubernetes.io/job-name";
