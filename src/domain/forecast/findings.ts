import { majorOf } from "../release/version.ts";
import type { LaneDecision } from "../tenant/decide.ts";
import { isoOf, type Instant } from "../time.ts";
import type { WindowBinding } from "../window/binding.ts";
import type { ChannelForecast, ForecastEvent } from "./forecast.ts";

/** Something in a forecast that somebody should see to before it happens (design §10, `--check`). */
export interface Finding {
  readonly kind: "NoFittingWindow" | "WaveStalled" | "EndOfLife" | "CapacityShort" | "ReleaseHalted";
  readonly channel: string;
  readonly message: string;
}

/** All of them, in the order of their kinds. */
export function findingsOf(forecast: ChannelForecast): readonly Finding[] {
  const finding = (kind: Finding["kind"]) => (message: string) => ({ kind, channel: forecast.channel.name, message });
  return [
    ...withoutWindow(forecast).map(finding("NoFittingWindow")),
    ...stalledWaves(forecast).map(finding("WaveStalled")),
    ...endsOfLife(forecast).map(finding("EndOfLife")),
    ...shortOfSlots(forecast).map(finding("CapacityShort")),
    ...eventsOf(forecast, "halted").map(({ at, version }) => finding("ReleaseHalted")(`${version} is halted from ${isoOf(at)} on: it failed on too many tenants`)),
  ];
}

/** Tenants that have somewhere to go and no opening that is long enough, or none at all, and why. */
function withoutWindow({ tenants }: ChannelForecast): readonly string[] {
  const found = tenants.flatMap(({ view, lanes }) =>
    [lanes.patch, lanes.major].filter(({ target, next }) => target !== undefined || next !== undefined).flatMap((lane) => windowProblems(view.windows, lane).map((problem) => `${view.name}: ${problem}`)),
  );
  return [...new Set(found)]; // what is wrong with a window is wrong in both lanes
}

function windowProblems(windows: WindowBinding, { lane, target, next, holds, fit }: LaneDecision): readonly string[] {
  const [none] = holds.filter(({ code }) => code === "NoWindow");
  if (none !== undefined) return [none.message];
  if (holds.some(({ code }) => code === "WindowInvalid")) return brokenWindows(windows);
  return fit === "None" ? [`no opening of its windows is long enough for ${target ?? next?.version ?? ""} (${lane} lane)`] : [];
}

function brokenWindows({ invalid, missing }: WindowBinding): readonly string[] {
  return [...invalid.map(({ name, problems }) => `window "${name}": ${problems.join("; ")}`), ...missing.map((name) => `there is no window "${name}"`)];
}

function stalledWaves(forecast: ChannelForecast): readonly string[] {
  return eventsOf(forecast, "waveStalled").map(({ wave, version, at }) => `wave ${wave} has not vouched for ${version} by the end of its timeout, ${isoOf(at)}`);
}

function shortOfSlots(forecast: ChannelForecast): readonly string[] {
  const byVersion = Map.groupBy(eventsOf(forecast, "capacityShort"), ({ version }) => version);
  return [...byVersion].map(([version, events]) => `for want of slots alone ${version} does not reach these tenants within two cuts: ${named(events.map(({ tenant }) => tenant))}; raise rollout.maxParallel, or spread the windows`);
}

/** In one sentence for the channel's condition what a forecast lacks slots for; undefined: nothing. */
export function shortageIn(events: readonly ForecastEvent[]): string | undefined {
  const short = eventsOf({ events }, "capacityShort");
  if (short.length === 0) return undefined;
  return `For want of slots alone ${named(short.map(({ version }) => version))} will not reach ${named(short.map(({ tenant }) => tenant))} within two cuts: raise rollout.maxParallel, or spread the windows`;
}

/** Lines whose life ends before the last tenant has left them. */
function endsOfLife(forecast: ChannelForecast): readonly string[] {
  const { channel, from, until } = forecast;
  const ends = new Map<number, Instant>();
  for (const { major, endOfLife } of channel.releases) if (endOfLife !== undefined) ends.set(major, Math.max(ends.get(major) ?? endOfLife, endOfLife));
  return [...ends].flatMap(([major, endsAt]) => {
    if (endsAt < from || endsAt > until) return [];
    const left = forecast.tenants.map(({ view }) => view.name).filter((tenant) => majorOf(versionAt(forecast, tenant, endsAt)) <= major);
    return left.length === 0 ? [] : [`line ${major} reaches its end of life ${isoOf(endsAt)} with ${left.length} tenants still on it or below: ${named(left)}`];
  });
}

/** What a tenant runs at an instant of the forecast. */
export function versionAt({ tenants, starts }: Pick<ChannelForecast, "tenants" | "starts">, tenant: string, at: Instant): string {
  const own = starts.filter((start) => start.tenant === tenant && start.result === "Succeeded");
  const last = own.findLast(({ endsAt }) => endsAt <= at);
  const atFirst = own[0]?.from ?? tenants.find(({ view }) => view.name === tenant)?.view.version ?? "0.0.0";
  return last?.to ?? atFirst;
}

type EventOf<K extends ForecastEvent["kind"]> = Extract<ForecastEvent, { kind: K }>;

function eventsOf<K extends ForecastEvent["kind"]>({ events }: Pick<ChannelForecast, "events">, kind: K): readonly EventOf<K>[] {
  return events.filter((event): event is EventOf<K> => event.kind === kind);
}

const NAMED = 5;

/** The first few names, each once, in order, and how many more there are. */
export function named(names: readonly string[]): string {
  const all = [...new Set(names)].sort();
  return all.length <= NAMED ? all.join(", ") : `${all.slice(0, NAMED).join(", ")} and ${all.length - NAMED} more`;
}
