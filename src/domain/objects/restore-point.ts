import { ANNOTATION, LABEL } from "../../api/index.ts";
import type { RestorePoint } from "../backup/restore-point.ts";
import { stampOf, type Instant } from "../time.ts";
import { AUTH, AUTH_DATA, inNamespaceOf, ownerLabels, podSelector, type Owner } from "./names.ts";
import type { Platform } from "./platform.ts";
import { POD_SECURITY, RESTRICTED } from "./pod-template.ts";
import { resourcesOf, STANDARD } from "./sizes.ts";
import { claimSpec, type DesiredObject } from "./tenant-objects.ts";

/** The component of the objects that hold a restore point, and of the pods that make one. */
export const RESTORE_POINT = "restore-point";

/** The restore point that an attempt wants now. */
export interface PointInput {
  readonly owner: Owner;
  readonly platform: Platform;
  readonly attempt: string;
  /** The version that the tenant runs, to which its data belongs. */
  readonly version: string;
  readonly now: Instant;
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
  return { ...base, metadata: { ...base.metadata, ...marksOf(input) }, spec: { volumeSnapshotClassName, source: { persistentVolumeClaimName: AUTH_DATA } } };
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

/**
 * It goes with its volume, and tells for as long as that is there that the copy is whole. On Auth's node, since the volume that it
 * reads can be on one node at a time; it reads it alone.
 */
function copyJob({ owner, platform }: PointInput, { name, uid }: Pick<RestorePoint, "name" | "uid">): DesiredObject {
  const base = inNamespaceOf(owner)("batch/v1", "Job", name);
  const labels = { ...ownerLabels(owner), [LABEL.component]: RESTORE_POINT };
  return {
    ...base,
    metadata: { ...base.metadata, labels, ownerReferences: [{ apiVersion: "v1", kind: "PersistentVolumeClaim", name, uid }] },
    spec: {
      backoffLimit: 1,
      activeDeadlineSeconds: platform.pods.stepDeadlineSeconds,
      template: { metadata: { labels }, spec: copyPod({ owner, platform, to: name }) },
    },
  };
}

function copyPod({ owner, platform, to }: Pick<PointInput, "owner" | "platform"> & { readonly to: string }): object {
  return {
    restartPolicy: "Never",
    automountServiceAccountToken: false,
    ...POD_SECURITY,
    affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: podSelector(owner.name, AUTH) }, topologyKey: "kubernetes.io/hostname" }] } },
    containers: [
      {
        name: "copy",
        image: platform.volume.copyImage,
        args: ["copy-data", "--from", "/from", "--to", "/to"],
        securityContext: RESTRICTED,
        resources: resourcesOf(STANDARD.preflight),
        volumeMounts: [
          { name: "from", mountPath: "/from", readOnly: true },
          { name: "to", mountPath: "/to" },
        ],
      },
    ],
    volumes: [
      { name: "from", persistentVolumeClaim: { claimName: AUTH_DATA } },
      { name: "to", persistentVolumeClaim: { claimName: to } },
    ],
  };
}
