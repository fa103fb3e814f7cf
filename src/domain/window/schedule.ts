import { memoize } from "../memoize.ts";
import { DAY, HOUR, MINUTE, type Instant } from "../time.ts";
import type { LocalDay, WallTime } from "./calendar.ts";
import { parseCronFields, type CronFields } from "./cron-fields.ts";
import type { Zone } from "./zone.ts";

/** A cron expression that has been read, in no zone yet. It serves windows and release cuts alike (design §3.1, §4). */
export interface Schedule {
  readonly text: string;
  /** When it matches on a day that matches: milliseconds of the wall clock since midnight, ascending. */
  readonly timesOfDay: readonly number[];
  readonly matchesMonth: (date: Date) => boolean;
  readonly matchesDay: (date: Date) => boolean;
}

export type ScheduleResult =
  | { readonly kind: "valid"; readonly schedule: Schedule }
  | { readonly kind: "invalid"; readonly message: string };

/** A match of the wall clock and the instant at which it happens. */
export interface Match {
  readonly wall: WallTime;
  readonly instant: Instant;
}

/**
 * The longest that a schedule can pause, and so as far as anyone need look: a 29 February on a given weekday
 * comes every 28 years, or 40 where a century has no leap day.
 */
export const LONGEST_PAUSE_DAYS = 41 * 366;

const MOST_KNOWN = 1_000;

/**
 * Reads a five-field cron expression; the message of an invalid one names the field and the remedy (design §3.1). Windows and
 * channels share a few, and a channel is compiled at every change of its ledger: each is read once.
 */
export const parseSchedule: (text: string) => ScheduleResult = memoize(read, MOST_KNOWN);

function read(text: string): ScheduleResult {
  const result = parseCronFields(text);
  if (result.kind === "invalid") return result;
  if (!canMatch(result.fields)) {
    return { kind: "invalid", message: `schedule "${text}" never matches: no such day in these months; choose another day` };
  }
  return { kind: "valid", schedule: scheduleOf(text, result.fields) };
}

/** Every start in `[from, to)`, ascending, equal instants once. */
export function startsBetween(schedule: Schedule, zone: Zone, from: Instant, to: Instant): readonly Instant[] {
  return distinctInstants(matchesBetween(schedule, zone, from, to));
}

/** Every start in `(after, after + horizonDays]`, ascending, found only as far as it is read. */
export function* startsFrom(
  schedule: Schedule,
  zone: Zone,
  after: Instant,
  { horizonDays }: { readonly horizonDays: number },
): Iterable<Instant> {
  const end = after + horizonDays * DAY + 1;
  let step = DAY;
  for (let from = after + 1; from < end; ) {
    const to = Math.min(from + step, end);
    const starts = startsBetween(schedule, zone, from, to);
    yield* starts;
    from = to;
    // Long strides over a long pause, short ones where starts are dense, so that one that is not read is not computed.
    if (starts.length === 0) step *= 2;
  }
}

/** The last start ≤ now, such as the cut that counts now (design §4), or undefined if there is none in the longest pause. */
export function lastStartAtOrBefore(schedule: Schedule, zone: Zone, now: Instant): Instant | undefined {
  const earliest = now - LONGEST_PAUSE_DAYS * DAY;
  let to = now + 1;
  for (let step = DAY; to > earliest; step *= 2) {
    const last = startsBetween(schedule, zone, to - step, to).at(-1);
    if (last !== undefined) return last;
    to -= step;
  }
  return undefined;
}

/** Every match whose instant is in `[from, to)`, ascending by instant; one start may have several (a lost day, a gap). */
export function matchesBetween(schedule: Schedule, zone: Zone, from: Instant, to: Instant): readonly Match[] {
  const matches: Match[] = [];
  // No offset reaches 24 h, so a day to either side holds every wall time in question.
  for (const day of matchingDays(schedule, Math.floor(from / DAY) - 1, Math.floor(to / DAY) + 1)) {
    for (const time of schedule.timesOfDay) {
      const wall = day * DAY + time;
      const instant = zone.instantOf(wall);
      if (instant >= from && instant < to) matches.push({ wall, instant });
    }
  }
  // 02:30 inside a gap happens at 03:30, after 03:00.
  return matches.sort((a, b) => a.instant - b.instant);
}

/** The instants of matches that are in order, equal ones once (design §3.1). */
export function distinctInstants(matches: readonly Match[]): readonly Instant[] {
  return matches.map((match) => match.instant).filter((instant, index, all) => instant !== all[index - 1]);
}

function matchingDays(schedule: Schedule, first: LocalDay, last: LocalDay): readonly LocalDay[] {
  const days: LocalDay[] = [];
  for (let day = first; day <= last; ) {
    const date = new Date(day * DAY);
    if (!schedule.matchesMonth(date)) {
      day = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) / DAY;
      continue;
    }
    if (schedule.matchesDay(date)) days.push(day);
    day += 1;
  }
  return days;
}

function scheduleOf(text: string, fields: CronFields): Schedule {
  const months = new Set(fields.months);
  const monthDays = new Set(fields.monthDays);
  const weekdays = new Set(fields.weekdays);
  return {
    text,
    timesOfDay: fields.hours.flatMap((hour) => fields.minutes.map((minute) => hour * HOUR + minute * MINUTE)),
    matchesMonth: (date) => months.has(date.getUTCMonth() + 1),
    matchesDay: (date) => {
      const byDate = monthDays.has(date.getUTCDate());
      const byWeekday = weekdays.has(date.getUTCDay());
      return fields.eitherDay ? byDate || byWeekday : byDate && byWeekday;
    },
  };
}

/** Every real date falls on every weekday sooner or later, so only the dates decide whether a schedule ever matches. */
function canMatch(fields: CronFields): boolean {
  const firstDay = Math.min(...fields.monthDays);
  return fields.eitherDay || fields.months.some((month) => firstDay <= daysIn(month));
}

function daysIn(month: number): number {
  return new Date(Date.UTC(2000, month, 0)).getUTCDate(); // 2000 is a leap year
}
