import { memoize } from "../memoize.ts";
import type { Instant } from "../time.ts";
import { lastStartAtOrBefore, parseSchedule, startsBetween, type Schedule } from "../window/schedule.ts";
import { timetableOf } from "../window/timetable.ts";
import { findZone, type Zone } from "../window/zone.ts";

/** A recurring instant at which the catalogue moves on (design §4). */
export interface Cut {
  readonly kind: "valid";
  /** The last cut ≤ now. */
  readonly lastAt: (now: Instant) => Instant | undefined;
  /** The first cut ≥ the instant. */
  readonly firstFrom: (instant: Instant) => Instant | undefined;
}

/** Cuts are looked for this far ahead; one further away is unknown. */
const HORIZON_DAYS = 3 * 366;

/** Compiles `cut` and `timeZone`; `field` names where they stand, for the message. */
export function compileCut(
  field: string,
  { cut, timeZone }: { readonly cut: string; readonly timeZone: string },
): Cut | { kind: "invalid"; problem: string } {
  const parsed = parseSchedule(cut);
  if (parsed.kind === "invalid") return { kind: "invalid", problem: `${field}.cut: ${parsed.message}` };
  const zone = findZone(timeZone);
  if (zone === undefined) {
    return { kind: "invalid", problem: `${field}.timeZone: "${timeZone}" is not an IANA time zone such as Europe/Berlin` };
  }
  return inZone(zone)(parsed.schedule);
}

const MOST_KNOWN = 1_000;

/** Channels share a few cuts, and one is compiled at every change of its ledger: what was found out of a cut stays known. */
const inZone = memoize((zone: Zone) => memoize((schedule: Schedule) => cutOf(schedule, zone), MOST_KNOWN), MOST_KNOWN);

function cutOf(schedule: Schedule, zone: Zone): Cut {
  const timetable = timetableOf({ startsBetween: (from, to) => startsBetween(schedule, zone, from, to), endsAt: Number.POSITIVE_INFINITY });
  return {
    kind: "valid",
    // A cut may be quarterly or rarer: farther back than a timetable looks.
    lastAt: (now) => timetable.lastStartAtOrBefore(now) ?? lastStartAtOrBefore(schedule, zone, now),
    firstFrom: (instant) => {
      // A timetable is asked for starts strictly after an instant; a cut at the instant itself counts here.
      for (const start of timetable.startsFrom(instant - 1, HORIZON_DAYS)) return start;
      return undefined;
    },
  };
}
