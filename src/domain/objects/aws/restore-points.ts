import type { RestorePoint } from "../../backup/restore-point.ts";
import { newestFirst, POINTS_KEPT } from "../../backup/restore-point.ts";
import { DAY, isoOf, stampOf, type Instant } from "../../time.ts";
import { AUTH_DATA, inNamespaceOf, type Owner } from "../names.ts";
import { pointName } from "../restore-point.ts";
import type { DesiredObject } from "../desired.ts";

/** The ConfigMap that lists the instants which upgrades rest on. */
export const POINTS = "restore-points";

/** How far back tables can be brought (row F5). */
const RECOVERABLE_MS = 35 * DAY;

/** What is kept of one: nothing is copied, AWS has it all. */
export interface RecordedPoint {
  readonly takenAt: string;
  readonly version: string;
  readonly attempt: string;
  /** Which tables it is an instant of; absent: the first ones. */
  readonly data?: string | undefined;
}

/** Whether tables can still be brought back to the instant. */
export function isWithinReach(takenAt: Instant, now: Instant): boolean {
  return now - takenAt < RECOVERABLE_MS;
}

/** What an attempt rests on, and what is asked for it. */
interface PointTerms {
  readonly now: Instant;
  readonly version: string;
  readonly attempt: string;
  /** The word for the tables that Auth uses; absent: the first ones. */
  readonly data?: string | undefined;
  /** The point of the restore that is under way: it stays, however many are newer. */
  readonly used?: string | undefined;
}

/** The list with the instant that an attempt rests on, without those that are too old to be of use. */
export function pointsObject(owner: Owner, known: readonly RestorePoint[], { now, version, attempt, data: tables, used }: PointTerms): DesiredObject {
  const newest = newestFirst(known).filter(({ takenAt }) => isWithinReach(takenAt, now)).slice(0, POINTS_KEPT - 1);
  const kept = newestFirst(known).filter((point) => newest.includes(point) || point.name === used);
  const entries = [...kept.map((point) => [point.name, recorded(point)] as const), [pointName(now), { takenAt: stampOf(now), version, attempt, ...named(tables) }] as const];
  const data = Object.fromEntries(entries.map(([name, point]) => [name, JSON.stringify(point)]));
  return { ...inNamespaceOf(owner)("v1", "ConfigMap", POINTS), data };
}

function recorded({ takenAt, version, attempt, data }: RestorePoint): RecordedPoint {
  return { takenAt: isoOf(takenAt), version, attempt, ...named(data) };
}

function named(data: string | undefined): Pick<RecordedPoint, "data"> {
  return data === undefined || data === AUTH_DATA ? {} : { data };
}
