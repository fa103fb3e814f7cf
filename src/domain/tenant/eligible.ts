import type { HoldCode } from "../../api/index.ts";
import { nextClosureAt, openAgainAt, type Closure } from "../freeze/closures.ts";
import type { Hold } from "../hold.ts";
import type { Instant } from "../time.ts";
import { openingAt, openingsFrom, type Opening } from "../window/opening.ts";
import type { Window } from "../window/window.ts";

/** How far ahead openings are walked (design §6). */
const HORIZON_DAYS = 400;

/** Holds that an opening ends; they are answered by walking the openings, not by their own `until`. */
const ENDED_BY_OPENING: ReadonlySet<HoldCode> = new Set(["OutsideWindow", "WindowTooShort"]);

/** A lane's windows, what closes it all the same, and how long its upgrade takes. */
export interface Room {
  readonly windows: readonly Window[];
  readonly closures: readonly Closure[];
  readonly predictedMs: number;
  readonly now: Instant;
  /** An opening counts only if it begins at this cut or later (design §4). */
  readonly fromCutAt?: Instant | undefined;
}

/** The next start of any of the windows, and the first instant, now included, from which the upgrade fits. */
export function nextStarts(room: Room): { readonly next?: Instant; readonly fitting?: Instant } {
  const current = openingAt(room.windows, room.now);
  let fitting = current && firstFit(current, room.now, room);
  let next: Instant | undefined;
  for (const opening of openingsFrom(room.windows, room.now, HORIZON_DAYS)) {
    next ??= opening.opensAt;
    fitting ??= firstFit(opening, opening.opensAt, room);
    if (fitting !== undefined) return { next, fitting };
  }
  return { ...(next !== undefined && { next }), ...(fitting !== undefined && { fitting }) };
}

/**
 * The earliest instant at which all timed gates pass together and the upgrade fits before the close and before the next
 * freeze (design §6); undefined if nothing holds, or if some hold has no known end.
 */
export function nextEligibleAt(holds: readonly Hold[], room: Room): Instant | undefined {
  const timed = holds.filter((hold) => !ENDED_BY_OPENING.has(hold.code));
  if (holds.length === 0 || timed.some((hold) => hold.until === undefined)) return undefined;
  const from = Math.max(room.now, ...timed.map((hold) => hold.until ?? room.now));
  const opening = openingAt(room.windows, from);
  const counts = opening !== undefined && (room.fromCutAt === undefined || opening.opensAt >= room.fromCutAt);
  return (counts ? firstFit(opening, from, room) : undefined) ?? firstFitAfter(from, room);
}

function firstFitAfter(from: Instant, room: Room): Instant | undefined {
  for (const opening of openingsFrom(room.windows, from, HORIZON_DAYS)) {
    const at = firstFit(opening, opening.opensAt, room);
    if (at !== undefined) return at;
  }
  return undefined;
}

/** The first instant of the opening, `from` or later, from which the upgrade ends before the close and before a closure. */
function firstFit({ opensAt, closesAt }: Opening, from: Instant, { closures, predictedMs }: Room): Instant | undefined {
  let at = openAgainAt(closures, Math.max(from, opensAt));
  while (at + predictedMs <= closesAt) {
    const closedAt = nextClosureAt(closures, at);
    if (at + predictedMs <= closedAt) return at;
    at = openAgainAt(closures, closedAt);
  }
  return undefined;
}
