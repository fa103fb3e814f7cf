import { isoOf, stampOf, type Instant } from "../domain/time.ts";
import { named, type Finding } from "../domain/forecast/findings.ts";
import type { ForecastEvent, ForecastStart, ForecastTenant } from "../domain/forecast/forecast.ts";
import type { FleetForecast } from "./foresee.ts";
import { item, table } from "./text.ts";

/** What `slacktide forecast` prints. */
export interface ForecastReport {
  readonly forecast: FleetForecast;
  readonly findings: readonly Finding[];
  readonly assumptions: readonly string[];
  /** Columns of the terminal. */
  readonly width: number;
}

/** Every start, what happens to the channels on the way, where the fleet is in the end, and what should be seen to. */
export function forecastText({ forecast, findings, assumptions, width }: ForecastReport): string {
  const { from, until, starts, events, tenants, problems } = forecast;
  const line = (name: string, text: string) => item(name, text, { indent: 2, width });
  const parts = [
    `From ${stampOf(from)} to ${stampOf(until)}: ${counted(starts.length, "start")}, ${counted(tenants.length, "tenant")}`,
    "",
    ...(starts.length === 0 ? ["Nothing starts."] : [startsTable(starts)]),
    "",
    ...section("On the way:", events.map((event) => line(stampOf(event.at), eventText(event)))),
    ...section(`By ${stampOf(until)}:`, endText(tenants).map(([version, text]) => line(version, text))),
    ...section("Left out:", problems.map((problem) => line("-", problem))),
    ...section("To see to:", findings.map(({ kind, message }) => line(`${kind}:`, message))),
    ...section("Assumed:", assumptions.map((assumption) => line("-", assumption))),
  ];
  return `${parts.join("\n").trimEnd()}\n`;
}

type Column = readonly [header: string, cell: (start: ForecastStart) => string | undefined];

const COLUMNS: readonly Column[] = [
  ["START", ({ startsAt }) => stampOf(startsAt)],
  ["TENANT", ({ tenant }) => tenant],
  ["FROM", ({ from }) => from],
  ["TO", ({ to }) => to],
  ["CLASS", (start) => start.class],
  ["END", ({ endsAt }) => stampOf(endsAt)],
  ["WINDOW", ({ opening }) => opening.window],
  ["WAVE", ({ wave }) => wave],
  ["LAST HOLD", ({ lastHold }) => lastHold],
  ["RESULT", ({ result }) => (result === "Succeeded" ? undefined : result)],
];

/** A column that has nothing to say is left out. */
function startsTable(starts: readonly ForecastStart[]): string {
  const columns = COLUMNS.filter(([, cell]) => starts.some((start) => cell(start) !== undefined));
  return table(columns.map(([header]) => header), starts.map((start) => columns.map(([, cell]) => cell(start))));
}

/** A title over its lines, and nothing at all without any. */
export function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines, ""];
}

/** What an event says, without when and where. */
export function eventText(event: ForecastEvent): string {
  if (event.kind === "lineOpened") return `line ${event.major} opens in ${event.channel}`;
  if (event.kind === "halted") return `${event.version} is halted in ${event.channel}: it failed on too many tenants`;
  if (event.kind === "capacityShort") return `${event.tenant} gets no slot for ${event.version} in time`;
  if (event.kind === "waveStalled") return `wave ${event.wave} of ${event.channel} has had ${event.version} for longer than its timeout`;
  return `wave ${event.wave} of ${event.channel} vouches for ${event.version}`;
}

/** How many tenants run each version in the end, and what holds those that have somewhere to go. */
export function endText(tenants: readonly ForecastTenant[]): readonly (readonly [string, string])[] {
  const byVersion = Map.groupBy(tenants, ({ view }) => view.version ?? "none");
  return [...byVersion].sort(([a], [b]) => (a < b ? 1 : -1)).map(([version, group]) => [`${version}:`, `${counted(group.length, "tenant")} (${named(group.map(({ view }) => view.name))})${heldText(group)}`] as const);
}

function heldText(group: readonly ForecastTenant[]): string {
  const codes = group.flatMap(({ lanes }) => [lanes.patch, lanes.major].flatMap(({ holds }) => holds.map(({ code }) => code)));
  const counts = [...Map.groupBy(codes, (code) => code)].filter(([code]) => code !== "OutsideWindow").map(([code, all]) => `${code} ${all.length}`);
  return counts.length === 0 ? "" : `; held: ${counts.sort().join(", ")}`;
}

/** `1 start`, `2 starts`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The same as data. */
export function forecastData({ forecast, findings, assumptions }: Omit<ForecastReport, "width">) {
  const { from, until, starts, events, tenants, problems } = forecast;
  return {
    from: isoOf(from),
    until: isoOf(until),
    starts: starts.map(startData),
    events: events.map(({ at, ...event }) => ({ at: stampOf(at), ...event })),
    tenants: tenants.map(({ view, lanes }) => ({ name: view.name, version: view.version, holds: { patch: lanes.patch.holds.map(({ code }) => code), major: lanes.major.holds.map(({ code }) => code) } })),
    problems,
    findings,
    assumptions,
  };
}

function startData({ claimedAt, startsAt, endsAt, opening, ...rest }: ForecastStart) {
  const at = (instant: Instant) => stampOf(instant);
  return { startsAt: at(startsAt), ...rest, claimedAt: at(claimedAt), endsAt: at(endsAt), opening: { window: opening.window, opensAt: at(opening.opensAt), closesAt: at(opening.closesAt) } };
}
