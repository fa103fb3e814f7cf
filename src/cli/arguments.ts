import { InvalidArgumentError } from "commander";
import { DNS_LABEL } from "../api/common.ts";
import { instantOf, parseDuration, type Instant } from "../domain/time.ts";

const INSTANT = /^(?<day>(?<year>\d{4})-\d{2}-\d{2})T(?<time>\d{2}:\d{2}(:\d{2}(\.\d+)?)?)(Z|[+-]\d{2}:\d{2})$/;
const FIRST_YEAR = 2000;
const LAST_YEAR = 2999;

/** The instant that an argument names, in RFC 3339 and from 2000 to 2999. Throws InvalidArgumentError. */
export function instant(text: string): Instant {
  const { day = "", year = "", time = "" } = INSTANT.exec(text)?.groups ?? {};
  const parsed = day === "" ? undefined : instantOf(text);
  if (parsed === undefined) throw new InvalidArgumentError("Write an RFC 3339 instant with its offset, such as 2026-11-24T02:30:00Z.");
  // JavaScript reads 30 February as 2 March, and 24:00 as the next day's 00:00.
  if (!isInCalendar(day)) throw new InvalidArgumentError(`There is no day ${day}.`);
  if (time.startsWith("24")) throw new InvalidArgumentError("Hours go from 00 to 23.");
  if (Number(year) < FIRST_YEAR || Number(year) > LAST_YEAR) throw new InvalidArgumentError(`Write a year from ${FIRST_YEAR} to ${LAST_YEAR}.`);
  return parsed;
}

function isInCalendar(day: string): boolean {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day);
}

/** How many of something to show: 1 to 1000. Throws InvalidArgumentError. */
export function count(text: string): number {
  return wholeNumber(text, { from: 1, to: 1000, what: "a whole number" });
}

/** How many weeks to look ahead: 1 to 104. Throws InvalidArgumentError. */
export function weeks(text: string): number {
  return wholeNumber(text, { from: 1, to: 104, what: "a whole number" });
}

/** A TCP port; 0 lets the system choose. Throws InvalidArgumentError. */
export function port(text: string): number {
  return wholeNumber(text, { from: 0, to: 65_535, what: "a port" });
}

const LENGTH = /^(?<value>\d+(\.\d+)?)(?<unit>ms|s|m)$/;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** A length of real time such as 15s, in milliseconds. Throws InvalidArgumentError. */
export function milliseconds(text: string): number {
  const { value, unit = "" } = LENGTH.exec(text)?.groups ?? {};
  const ms = Math.round(Number(value) * (UNITS[unit] ?? Number.NaN));
  if (!(ms > 0)) throw new InvalidArgumentError("Write a length of time in ms, s or m, such as 15s.");
  return ms;
}

/** A length of domain time such as 2h or 1h30m, in milliseconds. Throws InvalidArgumentError. */
export function length(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) throw new InvalidArgumentError("Write a length in h, m and s, such as 2h or 1h30m.");
  return ms;
}

const LABEL = new RegExp(`^${DNS_LABEL}$`);

/** The name of a Tenant, which becomes part of a namespace's. Throws InvalidArgumentError. */
export function tenantName(text: string): string {
  if (text.length > 40 || !LABEL.test(text)) throw new InvalidArgumentError("No Tenant is called so: its name has lower case letters, digits and -, begins and ends with a letter or digit, and is 40 long at most.");
  return text;
}

/** The name of another object. Throws InvalidArgumentError. */
export function objectName(text: string): string {
  if (text.length > 253 || !text.split(".").every((part) => LABEL.test(part))) throw new InvalidArgumentError("The API server takes no such name: write lower case letters, digits, - and dots, with a letter or digit at both ends.");
  return text;
}

/** Words for people: at least one, and as many as an object has room for. Throws InvalidArgumentError. */
export function words(text: string): string {
  const said = text.trim();
  if (said === "" || said.length > 512) throw new InvalidArgumentError("Write 1 to 512 characters.");
  return said;
}

function wholeNumber(text: string, { from, to, what }: { readonly from: number; readonly to: number; readonly what: string }): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < from || value > to) throw new InvalidArgumentError(`Write ${what} from ${from} to ${to}.`);
  return value;
}
