import type { Instant } from "../time.ts";

/** How a restore point is kept: by the storage system, as a second volume with a copy of the data, or as an instant that AWS can bring tables back to. */
export type PointKind = "VolumeSnapshot" | "Copy" | "PointInTime";

/** `Unmade`: the volume for a copy is there, and nothing fills it yet. */
export type PointProgress = "Unmade" | "Running" | "Confirmed" | "Failed";

/** One restore point of a tenant as its objects show it (design §2 `status.restorePoints`). */
export interface RestorePoint {
  readonly name: string;
  readonly kind: PointKind;
  /** When it was asked for, in domain time: what it holds is that new or newer. */
  readonly takenAt: Instant;
  /** The version that the tenant ran then, and to which the data belongs. */
  readonly version: string;
  /** The attempt that it was taken for. */
  readonly attempt: string;
  readonly progress: PointProgress;
  /** In AWS: which of the tenant's tables it is an instant of; absent: its first ones. */
  readonly data?: string | undefined;
  /** Of the object that holds it, so that another one of its name is not taken for it. */
  readonly uid: string;
}

/** How many restore points a tenant keeps, and status lists (design §2). */
export const POINTS_KEPT = 10;

/** Newest first; those of one instant in the order of their names. */
export function newestFirst(points: readonly RestorePoint[]): readonly RestorePoint[] {
  return points.toSorted((a, b) => b.takenAt - a.takenAt || (a.name < b.name ? -1 : 1));
}
