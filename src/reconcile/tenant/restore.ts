import { ANNOTATION, type AttemptResult, type HistoryEntry, type Tenant, type UpgradeClass, type UpgradeStatus } from "../../api/index.ts";
import { decideRestore, type HolderProgress, type Restore } from "../../domain/backup/restore.ts";
import type { RestorePoint } from "../../domain/backup/restore-point.ts";
import { tableRef } from "../../domain/objects/aws/names.ts";
import { AUTH, AUTH_DATA, type Owner } from "../../domain/objects/names.ts";
import { claimOf, type PodTemplate } from "../../domain/objects/pod-template.ts";
import { restoredVolumeObject } from "../../domain/objects/restored-volume.ts";
import type { RestoreStage, WantedInput } from "../../domain/objects/wanted.ts";
import type { DesiredObject } from "../../domain/objects/desired.ts";
import type { Platform } from "../../domain/objects/platform.ts";
import { majorOf } from "../../domain/release/version.ts";
import type { AttemptDecision } from "../../domain/tenant/decide-tenant.ts";
import type { AttemptRecord } from "../../domain/tenant/recorded-state.ts";
import { suspensionOf } from "../../domain/tenant/suspension.ts";
import { stampOf, type Instant } from "../../domain/time.ts";
import { hasBegun } from "../../domain/upgrade/next-action.ts";
import { attemptOf, progress, recordOf } from "../../domain/upgrade/progress.ts";
import { isRolledTo } from "../../domain/upgrade/workloads.ts";
import type { LiveObject } from "../ports.ts";
import { jobState, specAs, type JobState } from "../shapes.ts";
import type { ObservedTenant } from "./observe.ts";
import { mayGo, writtenTables } from "./storage.ts";
import { preparedTables, seeTables } from "./tables.ts";
import type { ObservedWorkloads } from "./workloads.ts";

/** Where a restore is seen. */
export interface RestoreObjects {
  readonly tenant: LiveObject;
  readonly owner: Owner;
  readonly volumes: readonly LiveObject[];
  readonly jobs: readonly LiveObject[];
  readonly points: readonly RestorePoint[];
  readonly claim: string;
  readonly formerClaims: readonly string[];
  /** Of a tenant with storage in AWS: its tables. */
  readonly tables: readonly LiveObject[] | undefined;
  /** And its roles there. */
  readonly roles: readonly LiveObject[];
}

/** The claim of the volume that Auth was last given on purpose, or the word for its tables; should that be lost, as its namespace records it, or the tables do. */
export function currentClaim({ wanted }: ObservedWorkloads, namespace: LiveObject | undefined, tables: readonly LiveObject[]): string {
  const [auth] = wanted;
  const templates = [auth?.roll?.template, specAs<{ template: PodTemplate }>(auth?.object).template];
  const [claim] = templates.flatMap((template) => (template === undefined ? [] : (claimOf(template) ?? [])));
  return claim ?? namespace?.metadata.annotations?.[ANNOTATION.volume] ?? writtenTables(tables) ?? AUTH_DATA;
}

/** How far the restore is that somebody asked for. */
export function observeRestore({ tenant, owner, volumes, jobs, points, claim, formerClaims, tables, roles }: RestoreObjects): Restore {
  const { name, annotations } = tenant.metadata;
  const asked = { tenant: name, annotations, points, claim, formerClaims };
  if (tables !== undefined) {
    const sight = { owner, tables, jobs, roles, claim, confirmed: annotations?.[ANNOTATION.confirmRestore] };
    const doomed = tables.filter((table) => tableRef(table.metadata.name)?.data === claim && mayGo(table)).map(({ metadata }) => metadata.name);
    return decideRestore({ ...asked, doomed, holder: "tables", volumeOf: (data, point) => seeTables(sight, data, point) });
  }
  const volumeOf = (volume: string) => {
    const object = volumes.find(({ metadata }) => metadata.name === volume);
    return { progress: progressOf(object, jobState(jobs, volume)), uid: object?.metadata.uid ?? "" };
  };
  return decideRestore({ ...asked, holder: "volume", volumeOf });
}

function progressOf(volume: LiveObject | undefined, job: JobState): HolderProgress {
  if (volume === undefined) return "Absent";
  return volume.metadata.deletionTimestamp === undefined ? OF_VOLUME[job] : "Leaving";
}

/** By how far the Job is that fills it. */
const OF_VOLUME: Readonly<Record<JobState, HolderProgress>> = { absent: "Unfilled", running: "Filling", succeeded: "Whole", failed: "Failed" };

/** The claims of the volumes that Auth had before that one. The first one is not among them: no restore is ever given its name. */
export function formerClaims(namespace: LiveObject | undefined, claim: string): readonly string[] {
  const noted = namespace?.metadata.annotations?.[ANNOTATION.formerVolumes] ?? "";
  return noted.split(",").filter((each) => each !== "" && each !== claim);
}

/** What is made for a restore before anything is changed. */
export function restoreObjects(facts: ObservedTenant, platform: Platform): readonly DesiredObject[] {
  const { restore, owner } = facts;
  if (restore.kind !== "Preparing") return [];
  if (restore.holder === "tables") return preparedTables(facts, restore, platform);
  const object = restoredVolumeObject(restore, { owner, platform });
  return object === undefined ? [] : [object];
}

/**
 * What a restore makes of the attempt under way: one that has changed nothing ends when it is confirmed; one that has waits until
 * Auth has its volume, and is taken back by that. Up to then the restore may be called off, and the attempt goes on.
 */
export function attemptUnderRestore({ restore, upgrade, observed, claim }: ObservedTenant, now: Instant): AttemptDecision | undefined {
  if (upgrade === undefined) return undefined;
  const { id, restored } = observed.wanted[0]?.roll?.attempt ?? {};
  if (id === upgrade.id && restored === true) return endedBy(upgrade, { result: "RolledBack", message: messageOf(claim) }, now);
  if (restore.kind !== "Switching") return undefined;
  const { holder, volume, point } = restore;
  if (!hasBegun(attemptOf(upgrade, now), observed.workloads)) return endedBy(upgrade, { result: "Aborted", message: messageOf(point.name) }, now);
  return { action: { kind: "wait", step: upgrade.step, message: `all stops, and starts again with ${holder} ${volume}` }, upgrade };
}

function endedBy(upgrade: UpgradeStatus, end: { readonly result: AttemptResult; readonly message: string }, now: Instant): AttemptDecision {
  const action = { kind: "finish", ...end } as const;
  const after = progress(upgrade, action, now);
  return after.kind === "ended" ? { action, entry: after.entry } : { action, upgrade };
}

/** The version to which a restore has brought Auth, unless it was upgraded since; undefined if there was none. Auth's record tells, also when the restore is no longer asked for. */
export function restoredVersion(restore: Restore, { wanted }: ObservedWorkloads): string | undefined {
  const roll = wanted[0]?.roll;
  const isRestored = roll?.attempt === undefined ? restore.kind === "Done" : (restore.kind === "Done" || roll.attempt.restored === true) && roll.attempt.from === roll.version;
  return isRestored ? roll?.version : undefined;
}

/** What all of the tenant is to become, once the restore was confirmed. An attempt that has changed nothing ends first. */
export function restoreFor(facts: ObservedTenant, now: Instant): WantedInput["restore"] {
  const { restore, upgrade, observed } = facts;
  if (restore.kind !== "Switching" || (upgrade !== undefined && !hasBegun(attemptOf(upgrade, now), observed.workloads))) return undefined;
  const { point, volume } = restore;
  return { version: point.version, claim: volume, stage: stageOf(observed, point.version), record: recordFor(facts, { volume, version: point.version }, now) };
}

/** Auth only when every proxy is known to have the version: a write to one of them may have been refused. */
function stageOf({ workloads, wanted }: ObservedWorkloads, version: string): RestoreStage {
  if (suspensionOf(true, workloads) !== "Suspended") return "Stopping";
  const hasIt = ({ workload, roll }: ObservedWorkloads["wanted"][number]) => isRolledTo(workload, version) && roll?.version === version;
  return wanted.every((each) => each.name === AUTH || hasIt(each)) ? "Auth" : "Proxies";
}

/** What the workloads remember of it, should status be lost: the attempt that it takes back, or the version that it left (invariant I12). */
function recordFor({ upgrade, version: left, tenant, observed }: ObservedTenant, { volume, version }: { readonly volume: string; readonly version: string }, now: Instant): AttemptRecord | undefined {
  const begun = upgrade && (observed.wanted.flatMap(({ roll }) => roll?.attempt ?? []).find(({ id }) => id === upgrade.id) ?? recordOf(upgrade, {}));
  if (begun !== undefined) return { ...begun, from: version, restored: true };
  if (left === undefined || left === version) return undefined;
  const at = stampOf(now);
  return { id: restoreId(tenant, volume), class: classOf(left, version), from: version, to: left, claimedAt: at, disruptiveAt: at, predictedEndAt: at, opening: { window: BY_RESTORE, opensAt: at, closesAt: at }, restored: true };
}

/** The entry of history for a version that was left by a restore alone, with no attempt under way that would tell of it. */
export function restoreEntry({ restore, tenant, version, observed, upgrade, claim }: ObservedTenant, now: Instant): HistoryEntry | undefined {
  const left = tenant.status?.version;
  const to = restoredVersion(restore, observed);
  if (upgrade !== undefined || left === undefined || to === undefined || to !== version || left === to) return undefined;
  const at = stampOf(now);
  return { id: restoreId(tenant, claim), class: classOf(left, to), from: to, to: left, result: "RolledBack", claimedAt: at, disruptiveAt: at, finishedAt: at, window: BY_RESTORE, message: messageOf(claim) };
}

/** In place of the window of an upgrade. */
const BY_RESTORE = "restore";

function restoreId({ metadata }: Tenant, volume: string): string {
  return `${metadata.name}-${volume}`;
}

function classOf(left: string, to: string): UpgradeClass {
  return majorOf(left) === majorOf(to) ? "Patch" : "Major";
}

function messageOf(what: string): string {
  return `restored to ${what}, as somebody confirmed`;
}
