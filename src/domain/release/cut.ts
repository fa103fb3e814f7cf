import type { Instant } from "../time.ts";
import { lastStartAtOrBefore, parseSchedule, startsFrom } from "../window/schedule.ts";
import { findZone } from "../window/zone.ts";

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
  return {
    kind: "valid",
    lastAt: (now) => lastStartAtOrBefore(parsed.schedule, zone, now),
    firstFrom: (instant) => {
      // Schedules are asked for starts strictly after an instant; a cut at the instant itself counts here.
      for (const start of startsFrom(parsed.schedule, zone, instant - 1, { horizonDays: HORIZON_DAYS })) return start;
      return undefined;
    },
  };
}
