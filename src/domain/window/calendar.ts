import { DAY } from "../time.ts";

/** A reading of a wall clock, as the epoch milliseconds at which a clock in UTC would show it. */
export type WallTime = number;

/** A date of a wall calendar: days since 1970-01-01, whatever the zone. */
export type LocalDay = number;

/** The local date that a wall clock with this reading shows. */
export function dayOf(wall: WallTime): LocalDay {
  return Math.floor(wall / DAY);
}

/** The local date written `2026-12-24`, or undefined if there is no such date (2026-02-30). */
export function parseDay(text: string): LocalDay | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const midnight = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(midnight)) return undefined;
  // Date.parse reads 30 February as 2 March; only a real date is written back as it was read.
  return new Date(midnight).toISOString().startsWith(text) ? dayOf(midnight) : undefined;
}
