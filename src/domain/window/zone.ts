import { memoize } from "../memoize.ts";
import { DAY, SECOND, type Instant } from "../time.ts";
import type { WallTime } from "./calendar.ts";

/** An IANA time zone: the two ways between instants and wall clock (design §3.1). */
export interface Zone {
  readonly name: string;
  /** Local time minus UTC at the instant, in milliseconds. */
  offsetMsAt(instant: Instant): number;
  /**
   * The instant of a wall time as RFC 5545 (3.3.5) reads it: one inside a gap is taken with the offset
   * before the gap, one inside a fold is the first of the two.
   */
  instantOf(wall: WallTime): Instant;
}

/** Making a zone costs, and each remembers its offsets: all who name one share it. */
const zones = new Map<string, Zone>();
/** More zones than there are; names are refused before, but for the case of their letters. */
const MAX_ZONES = 1024;

/** The zone of that IANA name, or undefined: offsets such as `+02:00`, `Local` and the empty name are no zones. */
export function findZone(name: string): Zone | undefined {
  const found = zones.get(name) ?? makeZone(name);
  if (zones.size >= MAX_ZONES) zones.clear();
  if (found !== undefined) zones.set(name, found);
  return found;
}

function makeZone(name: string): Zone | undefined {
  if (!/^[A-Za-z]/.test(name)) return undefined;
  const format = findFormat(name);
  if (format === undefined) return undefined;
  const offsetMsAt = memoizeOffsets((instant) => readOffset(format, instant));
  return { name, offsetMsAt, instantOf: (wall) => instantOf(wall, offsetMsAt) };
}

type OffsetAt = (instant: Instant) => number;

/**
 * Any instant of a wall time lies between the day before and the day after it in UTC, for no offset
 * reaches 24 h. No zone ever had two changes within three days (the closest, Freetown in 1939, are four
 * apart), so the offsets at the two ends of that stretch are the only ones that can apply.
 */
function instantOf(wall: WallTime, offsetMsAt: OffsetAt): Instant {
  const day = Math.floor(wall / DAY);
  const before = offsetMsAt((day - 1) * DAY);
  const after = offsetMsAt((day + 2) * DAY);
  const first = wall - before;
  if (before === after || offsetMsAt(first) === before) return first;
  const second = wall - after;
  return offsetMsAt(second) === after ? second : first;
}

/**
 * Asking Intl costs a microsecond or more, and on most days nothing changes: it is asked once a UTC day,
 * and further only on a day that ends with another offset than it began with.
 */
function memoizeOffsets(read: OffsetAt): OffsetAt {
  const midnightOffset = memoize((day: number) => read(day * DAY), MAX_DAYS);
  const changeAt = memoize((day: number) => findChange(day * DAY, read), MAX_DAYS);
  return (instant) => {
    const day = Math.floor(instant / DAY);
    const before = midnightOffset(day);
    const after = midnightOffset(day + 1);
    if (before === after || instant < changeAt(day)) return before;
    return after;
  };
}

/** The first second of the UTC day at which the offset is no longer the one of its midnight. */
function findChange(midnight: Instant, read: OffsetAt): Instant {
  const before = read(midnight);
  let same = midnight;
  let changed = midnight + DAY;
  while (changed - same > SECOND) {
    const middle = same + Math.floor((changed - same) / 2 / SECOND) * SECOND;
    if (read(middle) === before) same = middle;
    else changed = middle;
  }
  return changed;
}

/** Eleven years of days: more than any walk needs at once but one over decades, and some hundred kilobytes a zone. */
const MAX_DAYS = 4096;

function findFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  const twoDigits = { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", year: "numeric", ...twoDigits });
  } catch {
    return undefined; // a RangeError: Intl does not know the zone
  }
}

/** `format` writes `12/31/2011, 03:00:00`; read as if it were UTC, its distance from the instant is the offset. */
function readOffset(format: Intl.DateTimeFormat, instant: Instant): number {
  const seconds = Math.floor(instant / SECOND) * SECOND;
  const wall = format.format(seconds).replace(/^(\d+)\/(\d+)\/(\d+), (.+)$/, "$3-$1-$2T$4Z");
  return Date.parse(wall) - seconds;
}
