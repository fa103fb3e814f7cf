/**
 * Time in the domain: instants are epoch milliseconds (UTC), lengths are elapsed milliseconds.
 * Nothing here reads a clock; `now` always comes in as an argument.
 */

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number;

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** RFC 3339 in UTC with whole seconds where possible, as Kubernetes writes times. */
export function isoOf(instant: Instant): string {
  return new Date(instant).toISOString().replace(".000Z", "Z");
}

/** The same, cut to the whole second: how statuses say when something happened. */
export function stampOf(instant: Instant): string {
  return isoOf(Math.floor(instant / SECOND) * SECOND);
}

/** The instant of an RFC 3339 text, or undefined if it is not one. */
export function instantOf(iso: string | undefined): Instant | undefined {
  if (iso === undefined) return undefined;
  const instant = Date.parse(iso);
  return Number.isNaN(instant) ? undefined : instant;
}

export { parseDuration } from "../api/duration.ts";

/** A length in the form that `parseDuration` reads, largest unit first: `504h`, `1h30m`, `45s`. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / SECOND);
  const parts = [
    [Math.floor(seconds / 3600), "h"],
    [Math.floor((seconds % 3600) / 60), "m"],
    [seconds % 60, "s"],
  ] as const;
  const text = parts.map(([n, unit]) => (n === 0 ? "" : `${n}${unit}`)).join("");
  return text === "" ? "0s" : text;
}
