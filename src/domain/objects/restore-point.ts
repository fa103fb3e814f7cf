import { ANNOTATION, LABEL } from "../../api/index.ts";
import type { RestorePoint } from "../backup/restore-point.ts";
import { stampOf, type Instant } from "../time.ts";
import { dataJob, RESTORE_POINT } from "./data-job.ts";
import { AUTH, AUTH_DATA, inNamespaceOf, ownerLabels, podSelector, type Owner } from "./names.ts";
import type { Platform } from "./platform.ts";
import type { DesiredObject } from "./desired.ts";
import { claimSpec } from "./tenant-objects.ts";

/** The restore point that an attempt wants now. */
export interface PointInput {
  readonly owner: Owner;
  readonly platform: Platform;
  readonly attempt: string;
  /** The version that the tenant runs, to which its data belongs. */
  readonly version: string;
  readonly now: Instant;
  /** Of the volume that Auth writes to; default: its first one. */
  readonly claim?: string | undefined;
  /** The one that was begun: its volume is there, and empty. */
  readonly unmade?: Pick<RestorePoint, "name" | "uid"> | undefined;
}

/**
 * The next object of a restore point: a snapshot; without a snapshot class the volume for a copy first, and when that is there the
 * Job that fills it. A point is named after the second in which it is asked for.
 */
export function restorePointObject(input: PointInput): DesiredObject {
  if (input.platform.volume.snapshotClassName !== undefined) return snapshot(input, input.platform.volume.snapshotClassName);
  return input.unmade === undefined ? copyVolume(input) : copyJob(input, input.unmade);
}

/** `restore-20261124t020512z`. */
export function pointName(takenAt: Instant): string {
  return `restore-${stampOf(takenAt).toLowerCase().replaceAll(/[-:]/g, "")}`;
}

/** Whether an object of that name may be a restore point: Auth's own volume never is, whatever somebody writes on it. */
export function isPointName(name: string): boolean {
  return name.startsWith("restore-");
}

function snapshot(input: PointInput, volumeSnapshotClassName: string): DesiredObject {
  const base = inNamespaceOf(input.owner)("snapshot.storage.k8s.io/v1", "VolumeSnapshot", pointName(input.now));
  return { ...base, metadata: { ...base.metadata, ...marksOf(input) }, spec: { volumeSnapshotClassName, source: { persistentVolumeClaimName: input.claim ?? AUTH_DATA } } };
}

function copyVolume(input: PointInput): DesiredObject {
  const base = inNamespaceOf(input.owner)("v1", "PersistentVolumeClaim", pointName(input.now));
  return { ...base, metadata: { ...base.metadata, ...marksOf(input) }, spec: claimSpec(input.platform) };
}

function marksOf({ owner, attempt, version, now }: PointInput) {
  return {
    labels: { ...ownerLabels(owner), [LABEL.component]: RESTORE_POINT },
    annotations: { [ANNOTATION.takenAt]: stampOf(now), [ANNOTATION.takenFor]: attempt, [ANNOTATION.version]: version },
  };
}

/** On Auth's node, since the volume that it reads can be on one node at a time. */
function copyJob({ owner, platform, claim = AUTH_DATA }: PointInput, volume: Pick<RestorePoint, "name" | "uid">): DesiredObject {
  const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: podSelector(owner.name, AUTH) }, topologyKey: "kubernetes.io/hostname" }] } };
  return dataJob({ owner, platform, volume, from: claim, affinity });
}
