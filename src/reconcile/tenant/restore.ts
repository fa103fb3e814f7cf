import { ANNOTATION, type HistoryEntry, type Tenant, type UpgradeClass } from "../../api/index.ts";
import { decideRestore, type Restore, type VolumeProgress } from "../../domain/backup/restore.ts";
import type { RestorePoint } from "../../domain/backup/restore-point.ts";
import { AUTH_DATA, ownerOf } from "../../domain/objects/names.ts";
import { claimOf, type PodTemplate } from "../../domain/objects/pod-template.ts";
import { restoredVolumeObject } from "../../domain/objects/restored-volume.ts";
import type { WantedInput } from "../../domain/objects/wanted.ts";
import type { DesiredObject } from "../../domain/objects/tenant-objects.ts";
import type { Platform } from "../../domain/objects/platform.ts";
import { majorOf } from "../../domain/release/version.ts";
import type { AttemptDecision } from "../../domain/tenant/decide-tenant.ts";
import { endedAttempt, type AttemptRecord } from "../../domain/tenant/recorded-state.ts";
import { suspensionOf } from "../../domain/tenant/suspension.ts";
import { stampOf, type Instant } from "../../domain/time.ts";
import { hasBegun } from "../../domain/upgrade/next-action.ts";
import { attemptOf, progress } from "../../domain/upgrade/progress.ts";
import type { LiveObject } from "../ports.ts";
import { jobState, specAs, type JobState } from "../shapes.ts";
import type { ObservedTenant } from "./observe.ts";
import type { ObservedWorkloads } from "./workloads.ts";

/** Where a restore is seen. */
export interface RestoreObjects {
  readonly tenant: LiveObject;
  readonly volumes: readonly LiveObject[];
  readonly jobs: readonly LiveObject[];
  readonly points: readonly RestorePoint[];
  readonly claim: string;
}

/** The claim of the volume that Auth was last given on purpose; should that be lost, as its namespace records it. */
export function currentClaim({ wanted }: ObservedWorkloads, namespace: LiveObject | undefined): string {
  const [auth] = wanted;
  const templates = [auth?.roll?.template, specAs<{ template: PodTemplate }>(auth?.object).template];
  const [claim] = templates.flatMap((template) => (template === undefined ? [] : (claimOf(template) ?? [])));
  return claim ?? namespace?.metadata.annotations?.[ANNOTATION.volume] ?? AUTH_DATA;
}

/** How far the restore is that somebody asked for. */
export function observeRestore({ tenant, volumes, jobs, points, claim }: RestoreObjects): Restore {
  const { name, annotations } = tenant.metadata;
  const volumeOf = (volume: string) => {
    const object = volumes.find(({ metadata }) => metadata.name === volume);
    return { progress: object === undefined ? ("Absent" as const) : OF_VOLUME[jobState(jobs, volume)], uid: object?.metadata.uid ?? "" };
  };
  return decideRestore({ tenant: name, annotations, points, volumeOf, claim });
}

/** By how far the Job is that fills it. */
const OF_VOLUME: Readonly<Record<JobState, VolumeProgress>> = { absent: "Unfilled", running: "Filling", succeeded: "Whole", failed: "Failed" };

/** What is made for a restore before anything is changed. */
export function restoreObjects({ restore, tenant }: ObservedTenant, platform: Platform): readonly DesiredObject[] {
  const object = restore.kind === "Preparing" ? restoredVolumeObject(restore, { owner: ownerOf(tenant), platform }) : undefined;
  return object === undefined ? [] : [object];
}

/** A restore that was confirmed ends the attempt under way: it has changed nothing, or the restore takes it back. */
export function endedByRestore({ restore, upgrade, observed }: ObservedTenant, now: Instant): AttemptDecision | undefined {
  if (restore.kind !== "Switching" || upgrade === undefined) return undefined;
  const result = hasBegun(attemptOf(upgrade, now), observed.workloads) ? "RolledBack" : "Aborted";
  const action = { kind: "finish", result, message: messageOf(restore.point.name) } as const;
  const after = progress(upgrade, action, now);
  return after.kind === "ended" ? { action, entry: after.entry } : { action, upgrade };
}

/** The version to which a restore has brought Auth, unless it was upgraded since; undefined if there was none. */
export function restoredVersion(restore: Restore, { wanted }: ObservedWorkloads): string | undefined {
  const roll = wanted[0]?.roll;
  return restore.kind === "Done" && (roll?.attempt === undefined || roll.attempt.from === roll.version) ? roll?.version : undefined;
}

/** What all of the tenant is to become, once the restore was confirmed and no attempt is in its way. */
export function restoreFor(facts: ObservedTenant, now: Instant): WantedInput["restore"] {
  const { restore, upgrade, observed } = facts;
  if (restore.kind !== "Switching" || upgrade !== undefined) return undefined;
  const { point, volume } = restore;
  return { version: point.version, claim: volume, isDown: suspensionOf(true, observed.workloads) === "Suspended", record: recordFor(facts, { volume, version: point.version }, now) };
}

/** What the workloads remember of it, should status be lost: the attempt that it ended, or the version that it left (invariant I12). */
function recordFor({ history, version: left, tenant }: ObservedTenant, { volume, version }: { readonly volume: string; readonly version: string }, now: Instant): AttemptRecord | undefined {
  const ended = history[0]?.result === "RolledBack" ? endedAttempt(history.slice(0, 1)) : undefined;
  if (ended !== undefined && ended.to !== version) return { ...ended, from: version };
  if (left === undefined || left === version) return undefined;
  const at = stampOf(now);
  return { id: restoreId(tenant, volume), class: classOf(left, version), from: version, to: left, claimedAt: at, disruptiveAt: at, predictedEndAt: at, opening: { window: BY_RESTORE, opensAt: at, closesAt: at } };
}

/** The entry of history for a version that was left by a restore alone, with no attempt under way that would tell of it. */
export function restoreEntry({ restore, tenant, version, observed, upgrade }: ObservedTenant, now: Instant): HistoryEntry | undefined {
  const left = tenant.status?.version;
  const to = restoredVersion(restore, observed);
  if (restore.kind !== "Done" || upgrade !== undefined || left === undefined || to === undefined || to !== version || left === to) return undefined;
  const at = stampOf(now);
  return { id: restoreId(tenant, restore.volume), class: classOf(left, to), from: to, to: left, result: "RolledBack", claimedAt: at, disruptiveAt: at, finishedAt: at, window: BY_RESTORE, message: messageOf(restore.volume) };
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
