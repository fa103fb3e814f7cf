import { weekdays, type AgentSchedule, type Weekday } from "../../api/index.ts";
import { DAY, HOUR, type Instant } from "../time.ts";
import { isOpenThrough } from "../window/opening.ts";
import type { Window } from "../window/window.ts";

const HOURS = 24;
const WEEK_HOURS = 7 * HOURS;

interface Known {
  readonly windows: readonly Window[];
  readonly from: Instant;
  readonly schedule: AgentSchedule | undefined;
}

/** Tenants share windows, and the schedule of a set of them stands for an hour at least. */
const known = new WeakMap<Window, Known>();

/**
 * The hour and the days, in UTC, on which agents may update themselves within these windows; undefined if no opening of
 * the seven days from `now` on holds a whole hour of UTC. Agents know one hour for all days and no dates (facts §2), so
 * it says nothing of later weeks: asked again when an opening ends, it follows changes of offset, `except` and `until`
 * (rows F8, F13). Of several hours the one of the most days counts, and of these the last one of its opening, so that
 * agents follow an upgrade in the opening in which it was made.
 */
export function agentSchedule(windows: readonly Window[], now: Instant): AgentSchedule | undefined {
  const [first] = windows;
  if (first === undefined) return undefined;
  const from = Math.floor(now / HOUR) * HOUR;
  const last = known.get(first);
  if (last !== undefined && last.from === from && areSame(last.windows, windows)) return last.schedule;
  const schedule = scheduleFrom(windows, from);
  known.set(first, { windows, from, schedule });
  return schedule;
}

function areSame(a: readonly Window[], b: readonly Window[]): boolean {
  return a.length === b.length && a.every((window, index) => window === b[index]);
}

function scheduleFrom(windows: readonly Window[], from: Instant): AgentSchedule | undefined {
  const end = from + WEEK_HOURS * HOUR;
  // A day more than the week: of its last hours, too, it must be known how long their openings go on.
  const starts = Array.from({ length: WEEK_HOURS + HOURS }, (_, index) => from + index * HOUR);
  // From beginning to end: what begins in an hour may go on until it is over.
  const inside = new Set(starts.filter((start) => isOpenThrough(windows, start, start + HOUR)));
  const candidates = Array.from({ length: HOURS }, (_, hour) => candidateOf(hour, inside, end)).filter(({ days }) => days.length > 0);
  const [best] = candidates.sort((a, b) => b.days.length - a.days.length || a.before - b.before || a.hour - b.hour);
  return best && { utcStartHour: best.hour, weekdays: weekdays.filter((day) => best.days.includes(day)) };
}

interface Candidate {
  readonly hour: number;
  readonly days: readonly Weekday[];
  /** How many hours of their openings are still to come then, on all of them together. */
  readonly before: number;
}

function candidateOf(hour: number, inside: ReadonlySet<Instant>, end: Instant): Candidate {
  const own = [...inside].filter((start) => start < end && (start % DAY) / HOUR === hour);
  const days = own.flatMap((start) => weekdays[new Date(start).getUTCDay()] ?? []);
  return { hour, days, before: own.reduce((sum, start) => sum + hoursAfter(start, inside), 0) };
}

function hoursAfter(start: Instant, inside: ReadonlySet<Instant>): number {
  let hours = 0;
  // No more than a day, or what never closes would have another last hour whenever it is asked.
  while (hours < HOURS && inside.has(start + (hours + 1) * HOUR)) hours += 1;
  return hours;
}

/** Whether two schedules say the same. */
export function isSameSchedule(a: AgentSchedule | undefined, b: AgentSchedule | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.utcStartHour === b.utcStartHour && a.weekdays.length === b.weekdays.length && a.weekdays.every((day) => b.weekdays.includes(day));
}
