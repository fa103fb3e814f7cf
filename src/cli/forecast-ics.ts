import ical, { ICalEventTransparency, type ICalEventData } from "ical-generator";
import type { ForecastStart } from "../domain/forecast/forecast.ts";
import { isoOf, type Instant } from "../domain/time.ts";

/** The starts as an iCalendar file (RFC 5545): one event each, from its start to its end. */
export function calendarOf(starts: readonly ForecastStart[], at: Instant): string {
  const calendar = ical({ name: "Slacktide forecast", prodId: { company: "Slacktide", product: "Forecast" } });
  for (const start of starts) calendar.createEvent(eventOf(start, at));
  return `${calendar.toString()}\r\n`;
}

function eventOf({ tenant, from, to, class: upgradeClass, startsAt, endsAt, opening, wave, result }: ForecastStart, at: Instant): ICalEventData {
  return {
    // The same upgrade keeps its uid, so that a newer forecast moves the event instead of adding one.
    id: `${tenant}-${to}-${isoOf(opening.opensAt)}@slacktide.dev`,
    stamp: new Date(at),
    start: new Date(startsAt),
    end: new Date(endsAt),
    summary: `${tenant}: ${from} to ${to} (${upgradeClass})`,
    description: [
      `Window ${opening.window}, from ${isoOf(opening.opensAt)} to ${isoOf(opening.closesAt)}.`,
      ...(wave === undefined ? [] : [`Wave ${wave}.`]),
      ...(result === "Succeeded" ? [] : [`Assumed to fail: ${result}.`]),
    ].join("\n"),
    categories: [{ name: upgradeClass }],
    transparency: ICalEventTransparency.TRANSPARENT,
  };
}
