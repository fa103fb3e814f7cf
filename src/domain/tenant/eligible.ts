import type { HoldCode } from "../../api/index.ts";
import type { Hold } from "../hold.ts";
import type { Instant } from "../time.ts";
import { placeAt } from "../window/place.ts";
import { firstFit, firstFitAfter, type Room } from "./first-fit.ts";

/** Holds that an opening ends; they are answered by walking the openings, not by their own `until`. */
const ENDED_BY_OPENING: ReadonlySet<HoldCode> = new Set(["OutsideWindow", "WindowTooShort"]);

/** The next start of any of the windows, and the first instant, now included, from which the upgrade fits. */
export function nextStarts(room: Room): { readonly next?: Instant; readonly fitting?: Instant } {
  const { opening, next } = placeAt(room.windows, room.now);
  const fitting = (opening && firstFit(opening, room.now, room)) ?? firstFitAfter(room.now, room);
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
  const { opening } = placeAt(room.windows, from);
  const counts = opening !== undefined && (room.fromCutAt === undefined || opening.opensAt >= room.fromCutAt);
  const regular = (counts ? firstFit(opening, from, room) : undefined) ?? firstFitAfter(from, room);
  // An Approval opens where no window is open: one that is too short has to close first.
  const approved = room.approved && firstFit(room.approved, opening?.closesAt ?? from, room);
  return approved === undefined || (regular !== undefined && regular < approved) ? regular : approved;
}
