import { MINUTE, type Instant } from "../time.ts";
import { newestFirst, POINTS_KEPT, type RestorePoint } from "./restore-point.ts";

/** How old a restore point may be when a major disrupts the tenant (design §8). */
export const POINT_MAX_AGE_MS = 30 * MINUTE;

/** How far the restore point of an attempt is: `Wanted` if something has to be made. */
export type Backup = "Wanted" | "Running" | "Confirmed" | "Failed";

/** What a restore point is asked for. */
export interface BackupTerms {
  readonly attempt: string;
  readonly now: Instant;
}

/**
 * The restore point on which the attempt rests: its own newest one that is neither too old by now nor newer than now: a clock that
 * was set back says nothing of its age.
 */
export function pointFor(points: readonly RestorePoint[], { attempt, now }: BackupTerms): RestorePoint | undefined {
  const isYoung = ({ takenAt }: RestorePoint) => takenAt <= now && now - takenAt <= POINT_MAX_AGE_MS;
  return newestFirst(points).find((point) => point.attempt === attempt && isYoung(point));
}

/** How far the backup of the attempt is. Too old is as good as none: a fresh one is taken. */
export function backupOf(points: readonly RestorePoint[], terms: BackupTerms): Backup {
  const point = pointFor(points, terms);
  return point === undefined || point.progress === "Unmade" ? "Wanted" : point.progress;
}

/**
 * The restore points that may go: those that failed, once another one was begun after them, and what is beyond ten. One that nobody
 * knows to be whole may still be: the Job that confirmed it may be gone. What the attempt under way has taken stays.
 */
export function prunable(points: readonly RestorePoint[], attempt: string | undefined): readonly RestorePoint[] {
  const sorted = newestFirst(points);
  const kept = new Set(sorted.filter(({ progress }) => progress === "Confirmed").slice(0, POINTS_KEPT));
  const isInTheWay = (point: RestorePoint, n: number) => (point.progress === "Failed" ? n > 0 : n >= POINTS_KEPT && !kept.has(point));
  return sorted.filter((point, n) => point.attempt !== attempt && isInTheWay(point, n));
}
