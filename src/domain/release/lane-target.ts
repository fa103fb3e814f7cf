import type { UpgradeClass } from "../../api/index.ts";
import { channelHold, tenantHold, type Hold } from "../hold.ts";
import type { Instant } from "../time.ts";
import { deployable, type Channel, type Release } from "./channel.ts";
import type { LineState } from "./lines.ts";
import { isNewer, majorOf } from "./version.ts";

/** What a lane leads to: a target, what is coming, and the reasons that concern the release itself. */
export interface LaneTarget {
  readonly target?: { readonly version: string; readonly class: UpgradeClass };
  /** The release that will be the target after this one, or the first to be one, and from when, if that is known. */
  readonly next?: { readonly version: string; readonly eligibleAt?: Instant };
  /** There is no target yet, and only an opening that begins at this cut or later will have one. */
  readonly fromCutAt?: Instant;
  readonly holds: readonly Hold[];
}

/** The opening that a lane is in: what a cut brings after its start waits until it is over (design §4). */
export interface Pin {
  readonly opensAt: Instant;
  /** When the next opening begins or this one closes, whichever comes first. */
  readonly endsAt: Instant;
}

const NOTHING: LaneTarget = { holds: [] };

/** The patch lane of a tenant at `current`: a newer release of the same line (design §4). */
export function patchTarget(channel: Channel, current: string, now: Instant, pin?: Pin): LaneTarget {
  const line = deployable(channel, majorOf(current));
  const newer = line.filter((release) => isNewer(release.version, current));
  const leavesWithdrawn = line.some((release) => release.version === current && release.withdrawn);
  if (newer.length === 0) return leavesWithdrawn ? withdrawn(channel, `${current}, which the tenant runs, was withdrawn and nothing newer exists`) : NOTHING;

  // Away from a withdrawn version no cut is waited for; the release must still be old enough.
  const dueOf = (release: Release) => (leavesWithdrawn ? { at: known(oldEnoughAt(channel, release)) } : dueDate(channel, release, pin));
  const found = newestEligible(channel, { releases: newer, dueOf, now });
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
export function majorTarget(channel: Channel, query: MajorQuery, now: Instant, pin?: Pin): LaneTarget {
  const major = majorOf(query.current) + 1;
  if (deployable(channel, major).length === 0) return pathless(channel, major);
  const found = nextLineTarget(channel, { major, line: query.lines.find((line) => line.major === major), pin }, now);
  if (query.maxMajor === undefined || query.maxMajor >= major) return found;
  const pinned = tenantHold("PinnedBelow", query.tenant, `spec.upgrades.maxMajor keeps the tenant at ${query.maxMajor}`);
  return { ...found, holds: [...found.holds, pinned] };
}

interface NextLine {
  readonly major: number;
  readonly line: LineState | undefined;
  readonly pin: Pin | undefined;
}

function nextLineTarget(channel: Channel, { major, line, pin }: NextLine, now: Instant): LaneTarget {
  const releases = deployable(channel, major).filter((release) => release.minor >= channel.major.firstMinor);
  const dueOf = (release: Release) => dueDate(channel, release, pin);
  const found = newestEligible(channel, { releases, dueOf, now });
  const opening = openingOf(line, pin);
  if (opening.at !== undefined && opening.at <= now) {
    return found.target === undefined ? found : { ...found, target: { version: found.target.version, class: "Major" } };
  }
  const message = line?.open === true ? `line ${major} opened after this opening began` : `line ${major} has not opened`;
  // The releases are asked about all the same: the line's opening must not uncover another reason to wait.
  const holds = [channelHold("LineNotOpen", channel.name, message, opening.at), ...(found.target === undefined ? found.holds : [])];
  const next = releaseAfter(releases.filter(isUsable), { dueOf, opensAt: opening.at });
  const cuts = [opening.cutAt, found.fromCutAt].filter((cut) => cut !== undefined);
  return { ...(next && { next }), ...(cuts.length > 0 && { fromCutAt: Math.max(...cuts) }), holds };
}

/** From when a lane may enter a line, and the cut that opens it; a line open from the start opens no lane later. */
function openingOf(line: LineState | undefined, pin: Pin | undefined): Due {
  if (line === undefined) return { at: undefined };
  if (!line.open) return pinned(line.opensAt, pin);
  return line.fromStart ? { at: line.openedAt } : pinned(line.openedAt, pin);
}

/** The release that a line which is still closed leads to when it opens; without a known date, its newest. */
function releaseAfter(usable: readonly Release[], { dueOf, opensAt }: { dueOf: (release: Release) => Due; opensAt: Instant | undefined }): LaneTarget["next"] {
  const newest = usable.at(-1);
  if (newest === undefined) return undefined;
  if (opensAt === undefined) return { version: newest.version };
  const ready = usable.findLast((release) => instantOf(dueOf(release)) <= opensAt);
  if (ready !== undefined) return { version: ready.version, eligibleAt: opensAt };
  return soonest(usable, dueOf).next;
}

function pathless(channel: Channel, major: number): LaneTarget {
  const later = channel.releases.some((release) => release.major > major && deployable(channel, release.major).length > 0);
  if (!later) return NOTHING;
  return { holds: [channelHold("NoPath", channel.name, `line ${major} is missing from the channel, though a later one exists`)] };
}

/** From when something counts, and the cut it rests on, if it rests on one. Undefined: not as far as is known. */
interface Due {
  readonly at: Instant | undefined;
  readonly cutAt?: Instant;
}

interface Candidates {
  readonly releases: readonly Release[];
  readonly dueOf: (release: Release) => Due;
  readonly now: Instant;
}

function newestEligible(channel: Channel, { releases, dueOf, now }: Candidates): LaneTarget {
  const usable = releases.filter(isUsable);
  const target = usable.findLast((release) => instantOf(dueOf(release)) <= now);
  if (target !== undefined) {
    const newer = usable.filter((release) => isNewer(release.version, target.version));
    const next = newer.length === 0 ? undefined : soonest(newer, dueOf).next;
    return { target: { version: target.version, class: "Patch" }, ...(next && { next }), holds: [] };
  }
  if (usable.length > 0) return coming(channel, { releases: usable, dueOf, now });
  const halted = releases.findLast((release) => release.halted && !release.withdrawn);
  if (halted !== undefined) return { holds: [channelHold("ReleaseHalted", channel.name, `${halted.version} failed on too many tenants`)] };
  if (releases.length === 0) return NOTHING;
  return withdrawn(channel, "every newer release of the line was withdrawn");
}

/** The release that becomes eligible first, and whether it is its age, the cut or the next opening that is waited for. */
function coming(channel: Channel, { releases, dueOf, now }: Candidates): LaneTarget {
  const { release, due, next } = soonest(releases, dueOf);
  const wait = { ...(due.cutAt !== undefined && { fromCutAt: due.cutAt }), next };
  if (now < oldEnoughAt(channel, release)) return { ...wait, holds: [channelHold("TooYoung", channel.name, `${release.version} is too young`, due.at)] };
  const hasCut = due.cutAt !== undefined && due.cutAt <= now;
  const message = hasCut ? `${release.version} came after this opening began and waits for the next` : `${release.version} waits for the next patch cut`;
  return { ...wait, holds: [channelHold("AwaitingCut", channel.name, message, due.at)] };
}

/** The release that is due first; of those due together the newest, because that one will be the target. */
function soonest(releases: readonly Release[], dueOf: (release: Release) => Due) {
  const dated = releases.map((release) => ({ release, due: dueOf(release) }));
  const first = dated.reduce((best, each) => (instantOf(each.due) <= instantOf(best.due) ? each : best));
  const { at } = first.due;
  return { ...first, next: { version: first.release.version, ...(at !== undefined && { eligibleAt: at }) } };
}

function instantOf({ at }: Due): Instant {
  return at ?? Number.POSITIVE_INFINITY;
}

function withdrawn(channel: Channel, message: string): LaneTarget {
  return { holds: [channelHold("ReleaseWithdrawn", channel.name, message)] };
}

function isUsable(release: Release): boolean {
  return !release.withdrawn && !release.halted;
}

/** When a release is due in a lane: a security one by age alone, any other by the cut, and by the next opening. */
function dueDate(channel: Channel, release: Release, pin: Pin | undefined): Due {
  const at = eligibleFrom(channel, release);
  return release.security ? { at } : pinned(at, pin);
}

/** A cut after the opening's start counts when the opening is over. */
function pinned(cutAt: Instant | undefined, pin: Pin | undefined): Due {
  if (cutAt === undefined) return { at: undefined };
  if (pin === undefined || cutAt <= pin.opensAt) return { at: cutAt, cutAt };
  return { at: Math.max(cutAt, pin.endsAt), cutAt };
}

/** From when a release is eligible: security ones by age alone, the others at the first patch cut that finds them old enough. */
export function eligibleFrom(channel: Channel, release: Release): Instant | undefined {
  const at = known(oldEnoughAt(channel, release));
  return at === undefined || release.security ? at : channel.patch.cut.firstFrom(at);
}

/** An age that is no length is endless: the release never gets there. */
function known(at: Instant): Instant | undefined {
  return Number.isFinite(at) ? at : undefined;
}

/** When a release's age is enough, whatever the cuts. */
export function oldEnoughAt(channel: Channel, release: Release): Instant {
  return release.bornAt + (release.security ? channel.security.minAgeMs : channel.patch.minAgeMs);
}
