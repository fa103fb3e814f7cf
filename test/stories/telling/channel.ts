import type { ReleaseChannelStatus } from "../../../src/api/index.ts";
import type { Change } from "./happening.ts";

/** What a change of a channel's status tells: of waves, lines and approvals; its conditions are told elsewhere. */
export function tellChannel({ name, before, after = {} }: Change<ReleaseChannelStatus>): readonly { readonly about: string; readonly text: string }[] {
  return [...lines(before, after), ...promotions(before, after), ...acknowledged(before, after).map((text) => ({ about: name, text }))];
}

const TOLD: ReadonlySet<string> = new Set(["Halted", "EmptyWave", "WaveStalled", "CapacityShort", "Stalled"]);

/** What became true of a channel, and what is so no longer. */
export function tellConditions({ before, after }: Change<ReleaseChannelStatus>): readonly string[] {
  const textOf = (status: ReleaseChannelStatus | undefined) => new Map((status?.conditions ?? []).flatMap(({ type, status: value, message }) => (TOLD.has(type) && value === "True" ? [[type, message] as const] : [])));
  const [was, is] = [textOf(before), textOf(after)];
  const fresh = [...is].filter(([type, message]) => was.get(type) !== message).map(([type, message]) => `is ${type}: ${message}`);
  return [...fresh, ...[...was.keys()].filter((type) => !is.has(type)).map((type) => `is ${type} no longer`)];
}

/** Those that are open from the start are no news. */
function lines(before: ReleaseChannelStatus | undefined, after: ReleaseChannelStatus) {
  const known = new Set((before?.lines ?? []).map(({ major }) => major));
  const opened = (after.lines ?? []).filter(({ major, fromStart }) => !known.has(major) && fromStart !== true);
  return opened.map(({ major }) => ({ about: `line ${major}`, text: "opens" }));
}

function promotions(before: ReleaseChannelStatus | undefined, after: ReleaseChannelStatus) {
  const known = new Set((before?.promotions ?? []).map(({ wave, version }) => `${wave} ${version}`));
  const fresh = (after.promotions ?? []).filter(({ wave, version }) => !known.has(`${wave} ${version}`));
  return fresh.map(({ wave, version }) => ({ about: `wave ${wave}`, text: `vouches for ${version}` }));
}

function acknowledged(before: ReleaseChannelStatus | undefined, after: ReleaseChannelStatus): readonly string[] {
  const known = new Map((before?.halts ?? []).map(({ version, acknowledgedAt }) => [version, acknowledgedAt]));
  const news = (after.halts ?? []).filter(({ version, acknowledgedAt }) => acknowledgedAt !== undefined && acknowledgedAt !== known.get(version));
  return news.map(({ version, acknowledgedBy }) => `goes on with ${version} by approval ${acknowledgedBy ?? ""}`);
}
