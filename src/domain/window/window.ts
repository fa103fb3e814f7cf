import { HOUR, instantOf, MINUTE, parseDuration, type Instant } from "../time.ts";
import { dayOf, parseDay, type LocalDay } from "./calendar.ts";
import { distinctInstants, matchesBetween, parseSchedule, type Match, type Schedule } from "./schedule.ts";
import { timetableOf, type Timetable } from "./timetable.ts";
import { findZone, type Zone } from "./zone.ts";

export type Lane = "Patch" | "Major";

/** What a MaintenanceWindow says about time, as it is written (design §2). */
export interface WindowSpec {
  readonly schedule: string;
  readonly duration: string;
  readonly timeZone: string;
  readonly lanes: readonly Lane[];
  readonly except?: readonly string[] | undefined;
  readonly until?: string | undefined;
}

/** A window that can open. Compiling costs, and it remembers its starts: keep it as long as its spec (design §3.1). */
export interface Window extends Timetable {
  readonly kind: "valid";
  readonly name: string;
  readonly lanes: readonly Lane[];
  /** Elapsed milliseconds from each start. */
  readonly durationMs: number;
}

/** A window that never opens because its spec is wrong; each problem names the field and the remedy (design §3.1). */
export interface InvalidWindow {
  readonly kind: "invalid";
  readonly name: string;
  readonly problems: readonly string[];
}

const MIN_DURATION_MS = 15 * MINUTE;

/** The longest an opening lasts, and the longest a merged stretch lasts from the start a decision belongs to. */
export const MAX_OPENING_MS = 168 * HOUR;

/** Reads the spec of a window. All its problems are told at once, and any one of them keeps it closed (design §3.1). */
export function compileWindow(name: string, spec: WindowSpec): Window | InvalidWindow {
  const schedule = readSchedule(spec.schedule);
  const zone = readZone(spec.timeZone);
  const durationMs = readDuration(spec.duration);
  const lanes = spec.lanes.length > 0 ? spec.lanes : problem("lanes is empty: name Patch, Major or both");
  const until = spec.until === undefined ? Infinity : readUntil(spec.until);
  const excepted = readExcept(spec.except ?? []);

  const problems = [schedule, zone, durationMs, lanes, until, excepted].filter(isProblem);
  if (isProblem(schedule) || isProblem(zone) || isProblem(durationMs)) return invalid(name, problems);
  if (isProblem(lanes) || isProblem(until) || isProblem(excepted)) return invalid(name, problems);
  const timetable = timetableOf(startsOf({ schedule, zone, excepted, until }));
  return { kind: "valid", name, lanes, durationMs, ...timetable };
}

interface Problem {
  readonly problem: string;
}

function problem(text: string): Problem {
  return { problem: text };
}

function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "problem" in value;
}

function invalid(name: string, problems: readonly Problem[]): InvalidWindow {
  return { kind: "invalid", name, problems: problems.map(({ problem }) => problem) };
}

function readSchedule(text: string): Schedule | Problem {
  const result = parseSchedule(text);
  return result.kind === "valid" ? result.schedule : problem(result.message);
}

function readZone(name: string): Zone | Problem {
  return findZone(name) ?? problem(`timeZone "${name}" is not known: write an IANA name such as Europe/Berlin or UTC`);
}

function readDuration(text: string): number | Problem {
  const durationMs = parseDuration(text);
  if (durationMs === undefined) return problem(`duration "${text}" is not a duration: write h, m and s, such as 4h or 1h30m`);
  if (durationMs >= MIN_DURATION_MS && durationMs <= MAX_OPENING_MS) return durationMs;
  return problem(`duration "${text}" is out of range: write 15m to 168h`);
}

const DATE_TIME = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

function readUntil(text: string): Instant | Problem {
  const [, date = ""] = DATE_TIME.exec(text) ?? [];
  const instant = parseDay(date) === undefined ? undefined : instantOf(text);
  return instant ?? problem(`until "${text}" is not an instant: write one such as 2027-01-01T00:00:00Z`);
}

function readExcept(texts: readonly string[]): ReadonlySet<LocalDay> | Problem {
  const wrong = texts.find((text) => parseDay(text) === undefined);
  if (wrong !== undefined) return problem(`except "${wrong}" is not a date: write one such as 2026-12-24`);
  return new Set(texts.map(parseDay).filter((day) => day !== undefined));
}

interface Rules {
  readonly schedule: Schedule;
  readonly zone: Zone;
  readonly excepted: ReadonlySet<LocalDay>;
  readonly until: Instant;
}

function startsOf({ schedule, zone, excepted, until }: Rules) {
  // A start that a gap moves past midnight has two dates, the one written and the one it happens on: either keeps it shut.
  const isExcepted = ({ wall, instant }: Match) =>
    excepted.has(dayOf(wall)) || excepted.has(dayOf(instant + zone.offsetMsAt(instant)));
  return {
    endsAt: until,
    startsBetween: (from: Instant, to: Instant) => {
      const matches = matchesBetween(schedule, zone, from, Math.min(to, until));
      return distinctInstants(excepted.size === 0 ? matches : matches.filter((match) => !isExcepted(match)));
    },
  };
}
