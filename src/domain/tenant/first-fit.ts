import { nextClosureAt, openAgainAt, type Closure } from "../freeze/closures.ts";
import { DAY, type Instant } from "../time.ts";
import { openingsFrom, type Opening } from "../window/opening.ts";
import type { Window } from "../window/window.ts";

/** A lane's windows, what closes it all the same, and how long its upgrade takes. */
export interface Room {
  readonly windows: readonly Window[];
  readonly closures: readonly Closure[];
  readonly predictedMs: number;
  readonly now: Instant;
  /** An opening counts only if it begins at this cut or later (design §4). */
  readonly fromCutAt?: Instant | undefined;
  /** One that no window opens: an Approval's own (design §6). */
  readonly approved?: Opening | undefined;
}

/** How far ahead openings are walked (design §6), counted from midnight UTC. */
const HORIZON_DAYS = 400;

/** The first instant of the opening, `from` or later, from which the upgrade ends before the close and before a closure. */
export function firstFit({ opensAt, closesAt }: Opening, from: Instant, { closures, predictedMs }: Pick<Room, "closures" | "predictedMs">): Instant | undefined {
  let at = openAgainAt(closures, Math.max(from, opensAt));
  while (at + predictedMs <= closesAt) {
    const closedAt = nextClosureAt(closures, at);
    if (at + predictedMs <= closedAt) return at;
    at = openAgainAt(closures, closedAt);
  }
  return undefined;
}

/** The first instant from which the upgrade fits, in an opening that begins after `from`; undefined if there is none for 400 days. */
export function firstFitAfter(from: Instant, { windows, closures, predictedMs }: Room): Instant | undefined {
  const [window] = windows;
  if (window === undefined) return undefined;
  const key = [predictedMs, ...windows.slice(1).map(idOf), ...closures.flatMap((closure) => [closure.from, closure.until])].join();
  const known = walksOf(window);
  const last = known.get(key);
  const horizon = Math.floor(from / DAY) * DAY + HORIZON_DAYS * DAY;
  if (last !== undefined && stillHolds(last, from, horizon)) return last.at;
  const walk = walked(from, { windows, closures, predictedMs, horizon });
  known.set(key, walk);
  return walk.at;
}

/** What a walk over the openings has found. */
interface Walk {
  readonly from: Instant;
  readonly horizon: Instant;
  /** Absent: no opening up to the horizon is long enough. */
  readonly at?: Instant;
  readonly opensAt?: Instant;
}

/** How many questions are remembered of a window, or of those that are bound together with it. */
const MOST_KNOWN = 100;

/** A tenant whose windows are too short for its upgrade would else walk 400 days of openings at every look. */
const walks = new WeakMap<Window, Map<string, Walk>>();

function walksOf(window: Window): Map<string, Walk> {
  const known = walks.get(window) ?? new Map<string, Walk>();
  if (known.size >= MOST_KNOWN) known.clear();
  walks.set(window, known);
  return known;
}

let windowsSeen = 0;
const ids = new WeakMap<Window, number>();

/** Tells windows apart, also those of one name that were edited in between. */
function idOf(window: Window): number {
  const id = ids.get(window) ?? (windowsSeen += 1);
  ids.set(window, id);
  return id;
}

/** No opening in between was long enough, so it is the same one. */
function stillHolds(walk: Walk, from: Instant, horizon: Instant): boolean {
  if (from < walk.from) return false;
  return walk.opensAt === undefined ? horizon === walk.horizon : from < walk.opensAt;
}

function walked(from: Instant, { windows, closures, predictedMs, horizon }: Omit<Room, "now"> & { readonly horizon: Instant }): Walk {
  for (const opening of openingsFrom(windows, from, (horizon - from) / DAY)) {
    const at = firstFit(opening, opening.opensAt, { closures, predictedMs });
    if (at !== undefined) return { from, horizon, at, opensAt: opening.opensAt };
  }
  return { from, horizon };
}
