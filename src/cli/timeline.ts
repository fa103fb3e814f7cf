import { named } from "../domain/forecast/findings.ts";
import type { ForecastEvent, ForecastStart, ForecastWait } from "../domain/forecast/forecast.ts";
import { DAY, MINUTE, type Instant } from "../domain/time.ts";
import { eventText } from "./forecast-text.ts";
import type { FleetForecast } from "./foresee.ts";
import { item } from "./text.ts";

/** A line of the timeline: when, and what happens then; what hangs under it is indented. */
interface Entry {
  readonly at: Instant;
  readonly lines: readonly string[];
}

const WEEK = 7 * DAY;

/** A quarter as a person reads it, week by week, in UTC: what the channels do, each opening in which something starts, and who waits in it for what. */
export function timelineText({ from, until, starts, waits, events }: FleetForecast, width: number): string {
  // What is so from the first, and lines that open for everybody, are no news of an opening.
  const told = { events: events.filter(({ at }) => at > from), waits: waits.filter(({ codes }) => !codes.includes("LineNotOpen")) };
  const entries = [...told.events.map(eventEntry), ...openingEntries(starts, told.waits)].sort((a, b) => a.at - b.at);
  const weeks: string[] = [];
  for (let week = 1, at = from; at < until; week += 1, at += WEEK) {
    const own = entries.filter((entry) => entry.at >= at && entry.at < at + WEEK);
    const body = own.length === 0 ? ["  nothing happens"] : own.flatMap((entry) => entryText(entry, width));
    weeks.push(`Week ${week}, from ${dateText(at)} ${clockText(at)}`, ...body, "");
  }
  return weeks.join("\n");
}

function entryText({ at, lines }: Entry, width: number): readonly string[] {
  const [first = "", ...rest] = lines;
  return [item(`  ${dayText(at)}`, first, { indent: 0, width }), ...rest.map((line) => item(INDENT, line, { indent: 0, width }))];
}

const INDENT = " ".repeat("  Tue 24 Nov 02:00   ".length);

function eventEntry(event: ForecastEvent): Entry {
  return { at: event.at, lines: [eventText(event)] };
}

/** One entry for each opening: its starts by version, and the waits by what holds them. */
function openingEntries(starts: readonly ForecastStart[], waits: readonly ForecastWait[]): readonly Entry[] {
  const keyOf = (window: string, at: Instant) => `${at} ${window}`;
  const started = Map.groupBy(starts, ({ opening }) => keyOf(opening.window, opening.opensAt));
  const waited = Map.groupBy(waits, ({ window, at }) => keyOf(window, at));
  return [...new Set([...started.keys(), ...waited.keys()])].map((key) => {
    const [own, held] = [started.get(key) ?? [], waited.get(key) ?? []];
    const at = own[0]?.opening.opensAt ?? held[0]?.at ?? 0;
    const window = own[0]?.opening.window ?? held[0]?.window ?? "";
    return { at, lines: [`${window} opens${closeText(own[0])}`, ...startLines(own), ...waitLines(held, own)] };
  });
}

function closeText(start: ForecastStart | undefined): string {
  return start === undefined ? "" : ` until ${clockText(start.opening.closesAt)}`;
}

/** `+ acme, globex   17.2.1 → 17.2.3   02:00 to 02:14`. */
function startLines(starts: readonly ForecastStart[]): readonly string[] {
  const groups = Map.groupBy(starts, ({ from, to, class: upgradeClass, wave, result }) => [`${from} → ${to}`, ...(upgradeClass === "Patch" ? [] : [upgradeClass]), ...(wave === undefined ? [] : [`wave ${wave}`]), ...(result === "Succeeded" ? [] : [result])].join(", "));
  return [...groups].map(([what, own]) => {
    const [first, last] = [Math.min(...own.map(({ startsAt }) => startsAt)), Math.max(...own.map(({ endsAt }) => endsAt))];
    return `${own.some(({ result }) => result !== "Succeeded") ? "!" : "+"} ${what}: ${named(own.map(({ tenant }) => tenant))}, ${clockText(first)} to ${clockText(last)}`;
  });
}

/** Whoever has somewhere to go and stays; not the lane that follows in the same opening, nor what merely has no date yet. */
function waitLines(waits: readonly ForecastWait[], starts: readonly ForecastStart[]): readonly string[] {
  const gone = new Set(starts.map(({ tenant, to }) => `${tenant} ${to}`));
  const groups = Map.groupBy(waits.filter(({ tenant, version }) => !gone.has(`${tenant} ${version}`)), ({ version, codes }) => `${version}: ${codes.join(", ")}`);
  return [...groups].map(([what, own]) => `· ${named(own.map(({ tenant }) => tenant))} ${own.length === 1 ? "waits" : "wait"} for ${what}`);
}

function text(at: Instant, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options }).format(at);
}

/** `Tue 24 Nov 02:00`. */
function dayText(at: Instant): string {
  return `${text(at, { weekday: "short" })} ${text(at, { day: "2-digit" })} ${text(at, { month: "short" })} ${clockText(at)}`.padEnd(INDENT.length - 3);
}

function clockText(at: Instant): string {
  return text(Math.floor(at / MINUTE) * MINUTE, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** `Mon 23 November 2026`. */
function dateText(at: Instant): string {
  return `${text(at, { weekday: "short" })} ${text(at, { day: "numeric" })} ${text(at, { month: "long" })} ${text(at, { year: "numeric" })}`;
}
