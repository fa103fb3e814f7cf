/**
 * A second opinion on windows that shares no code or library with src. It goes the other way round: it does not
 * convert wall times, it walks the instants minute by minute, reads the clock of the zone at each, and asks whether
 * the cron expression matches what the clock shows. The changes of a zone are found by bisection over Intl.
 */

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

export interface Change {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Local minus UTC in milliseconds, read from Intl's own text for the offset: `GMT-00:44:30`. */
export function offsetAt(zone: string, at: number): number {
  const clock = clocks.get(zone) ?? new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  clocks.set(zone, clock);
  const match = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(clock.format(at));
  if (match === null) throw new Error(`no offset in "${clock.format(at)}"`);
  const [, sign, h = "0", m = "0", s = "0"] = match;
  return (sign === "-" ? -1 : 1) * (Number(h) * 3600 + Number(m) * 60 + Number(s)) * 1000;
}

/** Every change of offset in [from, to), by steps of three days and bisection to the second. */
export function changesOf(zone: string, from: number, to: number): Change[] {
  const changes: Change[] = [];
  let before = offsetAt(zone, from);
  for (let left = from; left < to; left += 3 * DAY) {
    const right = left + 3 * DAY;
    const after = offsetAt(zone, right);
    if (after !== before) changes.push({ at: bisect(zone, left, right), before, after });
    before = after;
  }
  return changes;
}

function bisect(zone: string, from: number, to: number): number {
  let low = from / 1000;
  let high = to / 1000;
  const old = offsetAt(zone, from);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, middle * 1000) === old) low = middle;
    else high = middle;
  }
  return high * 1000;
}

const NAMES = ["jan feb mar apr may jun jul aug sep oct nov dec", "sun mon tue wed thu fri sat"].map((row) => row.split(" "));
const LOW = [0, 0, 1, 1, 0];
const HIGH = [59, 23, 31, 12, 6];

function numberOf(text: string, field: number): number {
  const name = text.toLowerCase();
  if (field === 3 && NAMES[0]!.includes(name)) return NAMES[0]!.indexOf(name) + 1;
  if (field === 4 && NAMES[1]!.includes(name)) return NAMES[1]!.indexOf(name);
  return Number(text);
}

function allows(item: string, field: number, value: number): boolean {
  const [range = "", step = "1"] = item.split("/");
  const [first = "", last] = range.split("-");
  const low = first === "*" ? LOW[field]! : numberOf(first, field);
  let high = first === "*" || item.includes("/") ? HIGH[field]! : low;
  if (last !== undefined) high = numberOf(last, field);
  return value >= low && value <= high && (value - low) % Number(step) === 0;
}

/** Whether the expression allows this value in the field; Sunday may also be written 7. */
function fieldAllows(text: string, field: number, value: number): boolean {
  return text.split(",").some((item) => allows(item, field, value) || (field === 4 && value === 0 && allows(item, field, 7)));
}

export interface Cron {
  day(wall: number): boolean;
  hour(wall: number): boolean;
  minute(wall: number): boolean;
}

const crons = new Map<string, Cron>();

export function cronOf(text: string): Cron {
  const cron = crons.get(text) ?? readCron(text);
  crons.set(text, cron);
  return cron;
}

function readCron(text: string): Cron {
  const f = text.split(" ");
  const table = f.map((field, i) => Array.from({ length: HIGH[i]! + 1 }, (_, value) => fieldAllows(field, i, value)));
  const eitherDay = !f[2]!.startsWith("*") && !f[4]!.startsWith("*");
  return {
    day(wall) {
      const d = new Date(wall);
      const dom = table[2]![d.getUTCDate()]!;
      const dow = table[4]![d.getUTCDay()]!;
      return table[3]![d.getUTCMonth() + 1]! && (eitherDay ? dom || dow : dom && dow);
    },
    hour: (wall) => table[1]![new Date(wall).getUTCHours()]!,
    minute: (wall) => table[0]![new Date(wall).getUTCMinutes()]!,
  };
}

/** A place to look: the zone's changes around it are looked up once by the caller. */
export interface Stretch {
  readonly zone: string;
  readonly changes: readonly Change[];
  readonly from: number;
  readonly to: number;
}

/** Every start with the wall time that names it, unsorted. */
export function starts(cron: Cron, { zone, changes, from, to }: Stretch): { at: number; wall: number }[] {
  const found: { at: number; wall: number }[] = [];
  const near = changes.filter((c) => c.at > from - 2 * DAY && c.at < to + 2 * DAY);
  const bounds = [from, ...near.map((c) => c.at).filter((at) => at > from && at < to), to];
  for (const [i, begin] of bounds.slice(0, -1).entries()) {
    const offset = offsetAt(zone, begin);
    for (const wall of minutes(cron, begin + offset, bounds[i + 1]! + offset)) {
      const isSecond = near.some((c) => c.after < c.before && wall - offset >= c.at && wall < c.at + c.before);
      if (!isSecond) found.push({ at: wall - offset, wall });
    }
  }
  for (const gap of near.filter((c) => c.after > c.before)) {
    for (const wall of minutes(cron, gap.at + gap.before, gap.at + gap.after)) {
      const at = wall - gap.before;
      if (at >= from && at < to) found.push({ at, wall });
    }
  }
  return found;
}

/** The whole minutes of a clock in [from, to) that match. */
function* minutes(cron: Cron, from: number, to: number): Generator<number> {
  let wall = Math.ceil(from / MINUTE) * MINUTE;
  while (wall < to) {
    if (!cron.day(wall)) wall = (Math.floor(wall / DAY) + 1) * DAY;
    else if (!cron.hour(wall)) wall = (Math.floor(wall / HOUR) + 1) * HOUR;
    else {
      if (cron.minute(wall)) yield wall;
      wall += MINUTE;
    }
  }
}

export function distinct(times: readonly number[]): number[] {
  return [...new Set(times)].sort((a, b) => a - b);
}

export interface Interval {
  readonly window: string;
  readonly start: number;
  readonly end: number;
}

/** All intervals laid on one line and joined where they touch. */
export function lineOf(intervals: readonly Interval[]): { start: number; end: number }[] {
  const line: { start: number; end: number }[] = [];
  for (const { start, end } of intervals.toSorted((a, b) => a.start - b.start)) {
    const last = line.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else line.push({ start, end });
  }
  return line;
}

/** The piece of the line that holds the latest start ≤ now, if it holds now as well. */
export function openingOf(intervals: readonly Interval[], line: readonly { start: number; end: number }[], now: number) {
  const latest = Math.max(...intervals.filter((i) => i.start <= now).map((i) => i.start));
  const stretch = line.find((s) => s.start <= latest && latest < s.end);
  if (stretch === undefined) return undefined;
  const closesAt = Math.min(stretch.end, latest + 7 * DAY);
  const [window = ""] = intervals.filter((i) => i.start === latest).map((i) => i.window).sort();
  return closesAt > now ? { window, opensAt: latest, closesAt } : undefined;
}
