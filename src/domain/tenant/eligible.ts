import type { HoldCode } from "../../api/index.ts";
import type { Hold } from "../hold.ts";
import type { Instant } from "../time.ts";
import { openingAt, openingsFrom, type Opening } from "../window/opening.ts";
import type { Window } from "../window/window.ts";

/** How far ahead openings are walked (design §6). */
const HORIZON_DAYS = 400;

/** Holds that an opening ends; they are answered by walking the openings, not by their own `until`. */
const ENDED_BY_OPENING: ReadonlySet<HoldCode> = new Set(["OutsideWindow", "WindowTooShort"]);

/** A lane's windows and how long its upgrade takes. */
export interface Room {
  readonly windows: readonly Window[];
  readonly predictedMs: number;
  readonly now: Instant;
  /** An opening counts only if it begins at this cut or later (design §4). */
  readonly fromCutAt?: Instant | undefined;
}

/** The next start of any of the windows, and the next from which the upgrade fits. */
export function nextStarts({ windows, predictedMs, now }: Room): { readonly next?: Instant; readonly fitting?: Instant } {
  let next: Instant | undefined;
  for (const opening of openingsFrom(windows, now, HORIZON_DAYS)) {
    next ??= opening.opensAt;
    if (fits(opening, opening.opensAt, predictedMs)) return { next, fitting: opening.opensAt };
  }
  return next === undefined ? {} : { next };
}

/**
 * The earliest instant at which all timed gates pass together and the upgrade fits before the close (design §6);
 * undefined if nothing holds, or if some hold has no known end.
 */
export function nextEligibleAt(holds: readonly Hold[], { windows, predictedMs, now, fromCutAt }: Room): Instant | undefined {
  const timed = holds.filter((hold) => !ENDED_BY_OPENING.has(hold.code));
  if (holds.length === 0 || timed.some((hold) => hold.until === undefined)) return undefined;
  const from = Math.max(now, ...timed.map((hold) => hold.until ?? now));
  const opening = openingAt(windows, from);
  const counts = opening !== undefined && (fromCutAt === undefined || opening.opensAt >= fromCutAt);
  if (counts && fits(opening, from, predictedMs)) return from;
  return nextStarts({ windows, predictedMs, now: from }).fitting;
}

function fits(opening: Opening, from: Instant, predictedMs: number): boolean {
  return from + predictedMs <= opening.closesAt;
}
