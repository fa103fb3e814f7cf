import type { RestorePoint } from "../../backup/restore-point.ts";
import { newestFirst, POINTS_KEPT } from "../../backup/restore-point.ts";
import { DAY, isoOf, stampOf, type Instant } from "../../time.ts";
import { AUTH_DATA, inNamespaceOf, type Owner } from "../names.ts";
import { pointName } from "../restore-point.ts";
import type { DesiredObject } from "../desired.ts";

/** The ConfigMap that lists the instants which upgrades rest on. */
export const POINTS = "restore-points";

/** How far back tables can be brought (row F5). */
export const RECOVERABLE_MS = 35 * DAY;

/** What is kept of one: nothing is copied, AWS has it all. */
export interface RecordedPoint {
  readonly takenAt: string;
  readonly version: string;
  readonly attempt: string;
  /** Which tables it is an instant of; absent: the first ones. */
  readonly data?: string | undefined;
}

/** The list with the instant that an attempt rests on, without those that are too old to be of use. */
export function pointsObject(owner: Owner, known: readonly RestorePoint[], { now, version, attempt, data: tables }: { readonly now: Instant; readonly version: string; readonly attempt: string; readonly data?: string | undefined }): DesiredObject {
  const useful = newestFirst(known).filter(({ takenAt }) => now - takenAt < RECOVERABLE_MS).slice(0, POINTS_KEPT - 1);
  const entries = [...useful.map((point) => [point.name, recorded(point)] as const), [pointName(now), { takenAt: stampOf(now), version, attempt, ...named(tables) }] as const];
  const data = Object.fromEntries(entries.map(([name, point]) => [name, JSON.stringify(point)]));
  return { ...inNamespaceOf(owner)("v1", "ConfigMap", POINTS), data };
}

function recorded({ takenAt, version, attempt, data }: RestorePoint): RecordedPoint {
  return { takenAt: isoOf(takenAt), version, attempt, ...named(data) };
}

function named(data: string | undefined): Pick<RecordedPoint, "data"> {
  return data === undefined || data === AUTH_DATA ? {} : { data };
}
