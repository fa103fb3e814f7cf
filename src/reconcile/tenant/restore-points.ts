import { z } from "zod";
import { ANNOTATION, LABEL, type UpgradeStatus } from "../../api/index.ts";
import { backupOf, pointFor, prunable, type Backup, type BackupTerms } from "../../domain/backup/backup.ts";
import type { PointKind, PointProgress, RestorePoint } from "../../domain/backup/restore-point.ts";
import { isVolumeFrom, type Restore } from "../../domain/backup/restore.ts";
import { AUTH_DATA, namespaceOf } from "../../domain/objects/names.ts";
import { RESTORE_POINT } from "../../domain/objects/data-job.ts";
import { isPointName, restorePointObject } from "../../domain/objects/restore-point.ts";
import { isWithinReach, POINTS, pointsObject, type RecordedPoint } from "../../domain/objects/aws/restore-points.ts";
import type { DesiredObject } from "../../domain/objects/desired.ts";
import type { Platform } from "../../domain/objects/platform.ts";
import type { StorageSeen } from "../../domain/status/storage-status.ts";
import { instantOf, type Instant } from "../../domain/time.ts";
import type { LiveObject } from "../ports.ts";
import { jobState, statusAs, type JobState } from "../shapes.ts";
import type { ObservedTenant } from "./observe.ts";
import type { Removal } from "./workloads.ts";

/** Objects of one tenant among which its restore points are. */
export interface PointObjects {
  readonly snapshots: readonly LiveObject[];
  readonly volumes: readonly LiveObject[];
  readonly jobs: readonly LiveObject[];
  readonly configMaps: readonly LiveObject[];
  readonly storage: StorageSeen;
  readonly now: Instant;
}

/** The restore points of a tenant, as their objects say. One that somebody stripped of its marks is none: nothing is known of it. */
export function observeRestorePoints({ snapshots, volumes, jobs, configMaps, storage, now }: PointObjects): readonly RestorePoint[] {
  if (storage.kind !== "embedded") return instantsOf(configMaps, storage, now);
  return [
    ...snapshots.flatMap((object) => pointOf(object, { kind: "VolumeSnapshot", progress: progressOfSnapshot(object) })),
    ...volumes.flatMap((object) => pointOf(object, { kind: "Copy", progress: OF_COPY[jobState(jobs, object.metadata.name)] })),
  ];
}

/** Instants to which tables can be brought back, each of the tables that Auth used then; with their recovery off, or after its 35 days (row F5), one is worth nothing. One that cannot be read is none. */
function instantsOf(configMaps: readonly LiveObject[], storage: StorageSeen, now: Instant): readonly RestorePoint[] {
  const recoverable = storage.kind === "aws" ? storage.recoverable : [];
  const object = configMaps.find(({ metadata }) => metadata.name === POINTS);
  return Object.entries(object?.data ?? {}).flatMap(([name, text]): readonly RestorePoint[] => {
    const { takenAt, version, attempt, data = AUTH_DATA } = parsedPoint(text);
    const at = instantOf(takenAt);
    if (!isPointName(name) || at === undefined || version === undefined || attempt === undefined) return [];
    return [{ name, uid: object?.metadata.uid ?? "", takenAt: at, version, attempt, data, kind: "PointInTime", progress: recoverable.includes(data) && isWithinReach(at, now) ? "Confirmed" : "Running" }];
  });
}

const recordedPoint = z.object({ takenAt: z.string(), version: z.string(), attempt: z.string(), data: z.string().optional() });

function parsedPoint(text: string): Partial<RecordedPoint> {
  const parsed = recordedPoint.safeParse(jsonOf(text));
  return parsed.success ? parsed.data : {};
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // broken by hand: as if it were not there
  }
}

function pointOf({ metadata }: LiveObject, seen: { readonly kind: PointKind; readonly progress: PointProgress }): RestorePoint | [] {
  const { name, uid = "", labels, annotations } = metadata;
  const takenAt = instantOf(annotations?.[ANNOTATION.takenAt]);
  const version = annotations?.[ANNOTATION.version];
  const attempt = annotations?.[ANNOTATION.takenFor];
  if (labels?.[LABEL.component] !== RESTORE_POINT || !isPointName(name) || metadata.deletionTimestamp !== undefined) return [];
  return takenAt === undefined || version === undefined || attempt === undefined ? [] : { name, uid, takenAt, version, attempt, ...seen };
}

/** An error is no end: its controller tries again, and the attempt has a deadline. */
function progressOfSnapshot(object: LiveObject): PointProgress {
  return statusAs<{ readyToUse: boolean }>(object).readyToUse === true ? "Confirmed" : "Running";
}

/** By how far the Job is that makes it. */
const OF_COPY: Readonly<Record<JobState, PointProgress>> = { absent: "Unmade", running: "Running", succeeded: "Confirmed", failed: "Failed" };

/** How far the restore point of the attempt under way is; undefined: a patch has none, it goes back by itself. */
export function backupFor({ restorePoints, storage }: Pick<ObservedTenant, "restorePoints" | "storage">, upgrade: UpgradeStatus, now: Instant): Backup | undefined {
  if (upgrade.class !== "Major") return undefined;
  // An instant of tables that cannot be brought back to it is none: it is waited for, until the step is overdue.
  if (storage.kind !== "embedded" && !(storage.kind === "aws" && storage.isRecoverable)) return "Running";
  return backupOf(restorePoints, termsOf(upgrade, now));
}

/** The next object of the restore point of the attempt. */
export function backupObject({ owner, restorePoints, claim, storage, restore }: ObservedTenant, upgrade: UpgradeStatus, { platform, now }: { readonly platform: Platform; readonly now: Instant }): DesiredObject {
  const terms = termsOf(upgrade, now);
  if (storage.kind === "aws") return pointsObject(owner, restorePoints, { ...terms, version: upgrade.from, data: claim, used: pointIn(restore)?.name });
  return restorePointObject({ owner, platform, version: upgrade.from, claim, unmade: pointFor(restorePoints, terms), ...terms });
}

/** What holds the restore points that make room for newer ones. First the Jobs that wrote or read a copy: for as long as a pod of theirs is there, the volume stays. */
export function outdatedPoints({ restorePoints, tenant, upgrade, restore, jobs }: ObservedTenant): readonly Removal[] {
  const namespace = namespaceOf(tenant.metadata.name);
  const outdated = prunable(restorePoints, upgrade?.id).filter(({ name }) => name !== pointIn(restore)?.name);
  return outdated.flatMap(({ kind, name, uid }): readonly Removal[] => {
    if (kind === "PointInTime") return []; // an entry of a list, which is shortened when the next one is added
    if (kind === "VolumeSnapshot") return [{ kind, metadata: { name, namespace, uid } }];
    const errands = jobs.filter(({ metadata }) => metadata.name === name || isVolumeFrom(name, metadata.name));
    return [...errands.map(({ metadata }) => ({ kind: "Job" as const, metadata })), { kind: "PersistentVolumeClaim", metadata: { name, namespace, uid } }];
  });
}

/** The point of the restore that is under way. */
function pointIn(restore: Restore): RestorePoint | undefined {
  return "point" in restore ? restore.point : undefined;
}

function termsOf({ id }: UpgradeStatus, now: Instant): BackupTerms {
  return { attempt: id, now };
}
