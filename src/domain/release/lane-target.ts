import type { UpgradeClass } from "../../api/index.ts";
import { channelHold, tenantHold, type Hold } from "../hold.ts";
import type { Instant } from "../time.ts";
import { deployable, type Channel, type Release } from "./channel.ts";
import type { LineState } from "./lines.ts";
import { isNewer, majorOf } from "./version.ts";

/** What a lane leads to: a target, or what is coming, and the reasons that concern the release itself. */
export interface LaneTarget {
  readonly target?: { readonly version: string; readonly class: UpgradeClass };
  /** While there is no target: what will become one, and when, if that is known. */
  readonly next?: { readonly version: string; readonly eligibleAt?: Instant };
  readonly holds: readonly Hold[];
}

const NOTHING: LaneTarget = { holds: [] };

/** The patch lane of a tenant at `current`: a newer release of the same line (design §4). */
export function patchTarget(channel: Channel, current: string, now: Instant): LaneTarget {
  const line = deployable(channel, majorOf(current));
  const newer = line.filter((release) => isNewer(release.version, current));
  const leavesWithdrawn = line.some((release) => release.version === current && release.withdrawn);
  if (newer.length === 0) return leavesWithdrawn ? withdrawn(channel, `${current}, which the tenant runs, was withdrawn and nothing newer exists`) : NOTHING;

  const eligibleAt = (release: Release) => (leavesWithdrawn ? escapeAt(channel, release) : eligibleFrom(channel, release));
  const found = newestEligible(channel, { releases: newer, eligibleAt, now });
  if (found.target === undefined) return found;
  const to = found.target.version;
  const mends = newer.some((release) => release.security && !isNewer(release.version, to));
  return { ...found, target: { version: to, class: mends || leavesWithdrawn ? "Security" : "Patch" } };
}

/** The tenant whose major lane is asked for. */
export interface MajorQuery {
  readonly tenant: string;
  readonly current: string;
  readonly maxMajor?: number | undefined;
  readonly lines: readonly LineState[];
}

/** The major lane: a release of the very next line with minor ≥ firstMinor, once that line is open. Never two lines up. */
export function majorTarget(channel: Channel, query: MajorQuery, now: Instant): LaneTarget {
  const major = majorOf(query.current) + 1;
  const line = deployable(channel, major);
  if (line.length === 0) return pathless(channel, major);
  const found = nextLineTarget(channel, query, now);
  if (query.maxMajor === undefined || query.maxMajor >= major) return found;
  const pinned = tenantHold("PinnedBelow", query.tenant, `spec.upgrades.maxMajor keeps the tenant at ${query.maxMajor}`);
  return { ...found, holds: [...found.holds, pinned] };
}

function nextLineTarget(channel: Channel, { current, lines }: MajorQuery, now: Instant): LaneTarget {
  const major = majorOf(current) + 1;
  const fit = deployable(channel, major).filter((release) => release.minor >= channel.major.firstMinor);
  const state = lines.find((line) => line.major === major);
  if (state === undefined || !state.open) {
    const coming = fit.findLast(isUsable);
    const eligibleAt = state?.opensAt;
    const hold = channelHold("LineNotOpen", channel.name, `line ${major} has not opened`, eligibleAt);
    return { ...(coming && { next: { version: coming.version, ...(eligibleAt !== undefined && { eligibleAt }) } }), holds: [hold] };
  }
  const eligibleAt = (release: Release) => eligibleFrom(channel, release);
  const found = newestEligible(channel, { releases: fit, eligibleAt, now });
  return found.target === undefined ? found : { ...found, target: { version: found.target.version, class: "Major" } };
}

function pathless(channel: Channel, major: number): LaneTarget {
  const later = channel.releases.some((release) => release.major > major);
  if (!later) return NOTHING;
  return { holds: [channelHold("NoPath", channel.name, `line ${major} is missing from the channel, though a later one exists`)] };
}

interface Candidates {
  readonly releases: readonly Release[];
  readonly eligibleAt: (release: Release) => Instant | undefined;
  readonly now: Instant;
}

function newestEligible(channel: Channel, { releases, eligibleAt, now }: Candidates): LaneTarget {
  const usable = releases.filter(isUsable);
  const target = usable.findLast((release) => (eligibleAt(release) ?? Number.POSITIVE_INFINITY) <= now);
  if (target !== undefined) return { target: { version: target.version, class: "Patch" }, holds: [] };
  if (usable.length > 0) return coming(channel, { releases: usable, eligibleAt, now });
  const halted = releases.findLast((release) => release.halted && !release.withdrawn);
  if (halted !== undefined) return { holds: [channelHold("ReleaseHalted", channel.name, `${halted.version} failed on too many tenants`)] };
  if (releases.length === 0) return NOTHING;
  return withdrawn(channel, "every newer release of the line was withdrawn");
}

/** The release that becomes eligible first, and whether it is its age or the cut that is waited for. */
function coming(channel: Channel, { releases, eligibleAt, now }: Candidates): LaneTarget {
  const dated = releases.map((release) => ({ release, at: eligibleAt(release) ?? Number.POSITIVE_INFINITY }));
  const first = dated.reduce((best, each) => (each.at < best.at ? each : best));
  const { version, bornAt } = first.release;
  const at = Number.isFinite(first.at) ? first.at : undefined;
  const hold =
    now < bornAt + minAgeOf(channel, first.release)
      ? channelHold("TooYoung", channel.name, `${version} is too young`, at)
      : channelHold("AwaitingCut", channel.name, `${version} waits for the next patch cut`, at);
  return { next: { version, ...(at !== undefined && { eligibleAt: at }) }, holds: [hold] };
}

function withdrawn(channel: Channel, message: string): LaneTarget {
  return { holds: [channelHold("ReleaseWithdrawn", channel.name, message)] };
}

function isUsable(release: Release): boolean {
  return !release.withdrawn && !release.halted;
}

/** From when a release is eligible: security ones by age alone, the others at the first patch cut that finds them old enough. */
export function eligibleFrom(channel: Channel, release: Release): Instant | undefined {
  const oldEnoughAt = release.bornAt + minAgeOf(channel, release);
  return release.security ? oldEnoughAt : channel.patch.cut.firstFrom(oldEnoughAt);
}

/** Away from a withdrawn version no cut is waited for; the release must still be old enough. */
function escapeAt(channel: Channel, release: Release): Instant {
  return release.bornAt + minAgeOf(channel, release);
}

function minAgeOf(channel: Channel, release: Release): number {
  return release.security ? channel.security.minAgeMs : channel.patch.minAgeMs;
}
