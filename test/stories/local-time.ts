import type { Instant } from "../../src/domain/time.ts";
import { MINUTE } from "../../src/domain/time.ts";
import type { Zone } from "../../src/domain/window/zone.ts";

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
const WRITTEN = /^(Sun|Mon|Tue|Wed|Thu|Fri|Sat) (\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d)(?: ([+-])(\d\d):(\d\d))?$/;
/** How far apart two instants of one wall time may lie. */
const FOLD_MS = 3 * 60 * MINUTE;

/** `Tue 2026-11-24 03:00`, cut to the minute; with its offset where the clock shows that time twice. */
export function localTime(instant: Instant, zone: Zone): string {
  const offset = zone.offsetMsAt(instant);
  const wall = new Date(instant + offset);
  const text = `${WEEKDAYS[wall.getUTCDay()] ?? ""} ${wall.toISOString().slice(0, 16).replace("T", " ")}`;
  return isTwice(instant, zone) ? `${text} ${offsetText(offset)}` : text;
}

/** The instant of a time written like that; throws what is wrong with it. */
export function instantOfLocal(text: string, zone: Zone): Instant {
  const match = WRITTEN.exec(text);
  if (match === null) throw new Error(`"${text}" is no time: write Tue 2026-11-24 03:00`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = match.slice(2, 7).map(Number);
  const wall = Date.UTC(year, month - 1, day, hour, minute);
  const weekday = WEEKDAYS[new Date(wall).getUTCDay()] ?? "";
  if (weekday !== match[1]) throw new Error(`"${text}": that day is a ${weekday}`);
  const instant = match[7] === undefined ? zone.instantOf(wall) : wall - Number(`${match[7]}1`) * (Number(match[8]) * 60 + Number(match[9])) * MINUTE;
  if (instant + zone.offsetMsAt(instant) !== wall) throw new Error(`"${text}": no clock in ${zone.name} shows that time`);
  return instant;
}

function isTwice(instant: Instant, zone: Zone): boolean {
  const offset = zone.offsetMsAt(instant);
  const others = [zone.offsetMsAt(instant - FOLD_MS), zone.offsetMsAt(instant + FOLD_MS)].filter((other) => other !== offset);
  return others.some((other) => zone.offsetMsAt(instant + offset - other) === other);
}

function offsetText(ms: number): string {
  const minutes = Math.abs(ms) / MINUTE;
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return `${ms < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}
