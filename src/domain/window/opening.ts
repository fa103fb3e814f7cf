import type { Instant } from "../time.ts";
import { LONGEST_PAUSE_DAYS } from "./schedule.ts";
import { MAX_OPENING_MS, type Lane, type Window } from "./window.ts";

/** The stretch that a decision belongs to: half-open, from a start to the end of what merges with it (design §3.1). */
export interface Opening {
  /** The window whose start it is; of several with the same start, the first by name. */
  readonly window: string;
  readonly opensAt: Instant;
  readonly closesAt: Instant;
}

/** What is shown of windows; `nextOpensAt` is absent if no further opening is known (design §2, §10). */
export interface WindowState {
  readonly open: boolean;
  readonly opensAt?: Instant;
  readonly closesAt?: Instant;
  readonly nextOpensAt?: Instant;
}

/** The windows that count for the lane: merging is per lane (design §3.3). */
export function windowsForLane(windows: readonly Window[], lane: Lane): readonly Window[] {
  return windows.filter((window) => window.lanes.includes(lane));
}

/** The opening that a decision at `now` belongs to, the one of the latest start ≤ now; undefined when all are closed. */
export function openingAt(windows: readonly Window[], now: Instant): Opening | undefined {
  const starts = windows.flatMap((window) => startAt(window, window.lastStartAtOrBefore(now)));
  const [latest] = starts.sort((a, b) => b.at - a.at || compareNames(a, b));
  if (latest === undefined) return undefined;
  const opening = openingOf(latest, stretchEnd(windows, latest.at, reachOf(windows, now)));
  return now < opening.closesAt ? opening : undefined;
}

/**
 * Every start in `(after, after + horizonDays]` as an opening with its own close, ascending, found only as far
 * as it is read. The first may begin while an earlier one is still open.
 */
export function* openingsFrom(windows: readonly Window[], after: Instant, horizonDays = 400): Iterable<Opening> {
  let reached = -Infinity;
  for (const start of mergeStarts(windows, after, horizonDays)) {
    // What the opening before reached need not be walked again: without this, a window that never closes costs its square.
    const known = reached < start.at ? reachOf(windows, start.at) : reached;
    reached = stretchEnd(windows, start.at, known);
    yield openingOf(start, reached);
  }
}

/**
 * Whether the windows are open at `now`, since when and until when, and when they open next: the first start
 * ≥ closesAt while open, > now while closed (design §10). It looks as far ahead as any schedule can pause.
 */
export function windowStateAt(
  windows: readonly Window[],
  now: Instant,
  horizonDays: number = LONGEST_PAUSE_DAYS,
): WindowState {
  const opening = openingAt(windows, now);
  const nextOpensAt = firstStart(windows, opening === undefined ? now : opening.closesAt - 1, horizonDays);
  const next = nextOpensAt === undefined ? {} : { nextOpensAt };
  if (opening === undefined) return { open: false, ...next };
  return { open: true, opensAt: opening.opensAt, closesAt: opening.closesAt, ...next };
}

/** Whether some opening, or several that touch or overlap, hold all of `[from, to)`. It looks no further than `to`. */
export function isOpenThrough(windows: readonly Window[], from: Instant, to: Instant): boolean {
  let end = reachOf(windows, from);
  while (end > from && end < to) {
    const further = reachOf(windows, end);
    if (further <= end) return false;
    end = further;
  }
  return end >= to;
}

interface Start {
  readonly window: string;
  readonly at: Instant;
}

function startAt(window: Window, at: Instant | undefined): readonly Start[] {
  return at === undefined ? [] : [{ window: window.name, at }];
}

/** By code units, so that the order is the same whatever the locale. */
function compareNames(a: Start, b: Start): number {
  return a.window < b.window ? -1 : 1;
}

function openingOf(start: Start, end: Instant): Opening {
  return { window: start.window, opensAt: start.at, closesAt: Math.min(end, start.at + MAX_OPENING_MS) };
}

/** The latest end of the openings that started by then. Of one window the latest start ends last, so one a window will do. */
function reachOf(windows: readonly Window[], at: Instant): Instant {
  return windows.reduce((reach, window) => {
    const start = window.lastStartAtOrBefore(at);
    return start === undefined ? reach : Math.max(reach, start + window.durationMs);
  }, -Infinity);
}

/** Where the stretch that holds `start` and is known to reach `known` ends; looked for only as far as it can count. */
function stretchEnd(windows: readonly Window[], start: Instant, known: Instant): Instant {
  let end = known;
  while (end < start + MAX_OPENING_MS) {
    const further = reachOf(windows, end); // openings that start by its end, those that only touch it included
    if (further <= end) return end;
    end = further;
  }
  return end;
}

function firstStart(windows: readonly Window[], after: Instant, horizonDays: number): Instant | undefined {
  for (const { at } of mergeStarts(windows, after, horizonDays)) return at;
  return undefined;
}

/** The starts of all windows in one ascending row; of equal ones only the first by name. */
function* mergeStarts(windows: readonly Window[], after: Instant, horizonDays: number): Iterable<Start> {
  const [only] = windows;
  if (only !== undefined && windows.length === 1) {
    yield* startsOf(only, after, horizonDays);
    return;
  }
  const rows = windows.map((window) => startsOf(window, after, horizonDays));
  const heads = rows.map((row) => row.next());
  for (;;) {
    const waiting = heads.flatMap((head) => (head.done === true ? [] : [head.value]));
    const [first] = waiting.sort((a, b) => a.at - b.at || compareNames(a, b));
    if (first === undefined) return;
    yield first;
    for (const [index, row] of rows.entries()) {
      const head = heads[index];
      if (head?.done !== true && head?.value.at === first.at) heads[index] = row.next();
    }
  }
}

function* startsOf(window: Window, after: Instant, horizonDays: number): Generator<Start, undefined> {
  for (const at of window.startsFrom(after, horizonDays)) yield { window: window.name, at };
  return undefined;
}
