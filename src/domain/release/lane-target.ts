import type { UpgradeClass } from "../../api/index.ts";
import { channelHold, tenantHold, type Hold } from "../hold.ts";
import type { Instant } from "../time.ts";
import { deployable, type Channel, type Release } from "./channel.ts";
import { dueDate, instantOf, known, oldEnoughAt, pinned, vouched, type Due, type LaneTerms, type Pin } from "./due.ts";
import type { LineState } from "./lines.ts";
import { isNewer, majorOf } from "./version.ts";
import type { WaveTerms } from "./waves.ts";

/** What a lane leads to: a target, what is coming, and the reasons that concern the release itself. */
export interface LaneTarget {
  readonly target?: { readonly version: string; readonly class: UpgradeClass };
  /** The release that will be the target after this one, or the first to be one, and from when, if that is known. */
  readonly next?: { readonly version: string; readonly eligibleAt?: Instant };
  /** There is no target yet, and only an opening that begins at this cut or later will have one. */
  readonly fromCutAt?: Instant;
  readonly holds: readonly Hold[];
}

const NOTHING: LaneTarget = { holds: [] };

/** The patch lane of a tenant at `current`: a newer release of the same line (design §4). */
export function patchTarget(channel: Channel, current: string, now: Instant, terms: LaneTerms = {}): LaneTarget {
  const line = deployable(channel, majorOf(current));
  const newer = line.filter((release) => isNewer(release.version, current));
  const leavesWithdrawn = line.some((release) => release.version === current && release.withdrawn);
  if (newer.length === 0) return leavesWithdrawn ? withdrawn(channel, `${current}, which the tenant runs, was withdrawn and nothing newer exists`) : NOTHING;

  // Away from a withdrawn version no cut is waited for, nor as a rule a wave; the release must still be old enough.
  const leaving = channel.security.skipsWaves ? {} : terms;
  const dueOf = (release: Release) => (leavesWithdrawn ? vouched({ at: known(oldEnoughAt(channel, release)) }, release, leaving) : dueDate(channel, release, terms));
  const found = newestEligible(channel, { releases: newer, usable: dated(newer, dueOf), now, wave: terms.wave });
  if (found.target === undefined) return found;
  const { version } = found.target;
  return { ...found, target: { version, class: patchClass(channel, current, version) } };
}

/** Security: a vulnerability is mended on the way, or a withdrawn version is left (design §4). */
export function patchClass(channel: Channel, current: string, to: string): "Security" | "Patch" {
  const line = deployable(channel, majorOf(current));
  const leavesWithdrawn = line.some((release) => release.version === current && release.withdrawn);
  const mends = line.some((release) => release.security && isNewer(release.version, current) && !isNewer(release.version, to));
  return mends || leavesWithdrawn ? "Security" : "Patch";
}

/** The tenant whose major lane is asked for. */
export interface MajorQuery {
  readonly tenant: string;
  readonly current: string;
  readonly maxMajor?: number | undefined;
  readonly lines: readonly LineState[];
}

/** The major lane: a release of the very next line with minor ≥ firstMinor, once that line is open. Never two lines up. */
export function majorTarget(channel: Channel, query: MajorQuery, now: Instant, terms: LaneTerms = {}): LaneTarget {
  const major = majorOf(query.current) + 1;
  if (deployable(channel, major).length === 0) return pathless(channel, major);
  const found = nextLineTarget(channel, { major, line: query.lines.find((line) => line.major === major), ...terms }, now);
  if (query.maxMajor === undefined || query.maxMajor >= major) return found;
  const pinned = tenantHold("PinnedBelow", query.tenant, `spec.upgrades.maxMajor keeps the tenant at ${query.maxMajor}`);
  return { ...found, holds: [...found.holds, pinned] };
}

interface NextLine extends LaneTerms {
  readonly major: number;
  readonly line: LineState | undefined;
}

function nextLineTarget(channel: Channel, { major, line, pin, wave }: NextLine, now: Instant): LaneTarget {
  const releases = deployable(channel, major).filter((release) => release.minor >= channel.major.firstMinor);
  const usable = dated(releases, (release) => dueDate(channel, release, { pin, wave }));
  const found = newestEligible(channel, { releases, usable, now, wave });
  const opening = openingOf(line, pin);
  if (opening.at !== undefined && opening.at <= now) {
    return found.target === undefined ? found : { ...found, target: { version: found.target.version, class: "Major" } };
  }
  const message = line?.open === true ? `line ${major} opened after this opening began` : `line ${major} has not opened`;
  // The releases are asked about all the same: the line's opening must not uncover another reason to wait.
  const holds = [channelHold("LineNotOpen", channel.name, message, opening.at), ...(found.target === undefined ? found.holds : [])];
  const next = releaseAfter(usable, opening.at);
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
function releaseAfter(usable: readonly Dated[], opensAt: Instant | undefined): LaneTarget["next"] {
  const newest = usable.at(-1);
  if (newest === undefined) return undefined;
  if (opensAt === undefined) return { version: newest.release.version };
  const ready = usable.findLast(({ due }) => instantOf(due) <= opensAt);
  if (ready !== undefined) return { version: ready.release.version, eligibleAt: opensAt };
  return soonest(usable).next;
}

function pathless(channel: Channel, major: number): LaneTarget {
  const later = channel.releases.some((release) => release.major > major && deployable(channel, release.major).length > 0);
  if (!later) return NOTHING;
  return { holds: [channelHold("NoPath", channel.name, `line ${major} is missing from the channel, though a later one exists`)] };
}

interface Candidates {
  readonly releases: readonly Release[];
  readonly usable: readonly Dated[];
  readonly now: Instant;
  readonly wave: WaveTerms | undefined;
}

/** A release that may become a target, and when it is due. */
interface Dated {
  readonly release: Release;
  readonly due: Due;
}

function dated(releases: readonly Release[], dueOf: (release: Release) => Due): readonly Dated[] {
  return releases.filter(isUsable).map((release) => ({ release, due: dueOf(release) }));
}

function newestEligible(channel: Channel, { releases, usable, now, wave }: Candidates): LaneTarget {
  const index = usable.findLastIndex(({ due }) => instantOf(due) <= now);
  const target = usable[index];
  if (target !== undefined) {
    const newer = usable.slice(index + 1); // they are in order
    const next = newer.length === 0 ? undefined : soonest(newer).next;
    return { target: { version: target.release.version, class: "Patch" }, ...(next && { next }), holds: [] };
  }
  const unvouched = usable.findLast(({ due }) => (due.unvouchedFrom ?? Number.POSITIVE_INFINITY) <= now);
  if (unvouched !== undefined) return { next: { version: unvouched.release.version }, holds: [notVouched(channel, unvouched.release, wave)] };
  if (usable.length > 0) return coming(channel, usable, now);
  const halted = releases.findLast((release) => release.halted && !release.withdrawn);
  if (halted !== undefined) return { holds: [haltedHold(channel, halted.version)] };
  if (releases.length === 0) return NOTHING;
  return withdrawn(channel, "every newer release of the line was withdrawn");
}

/** The release that becomes eligible first, and whether it is its age, the cut or the next opening that is waited for. */
function coming(channel: Channel, usable: readonly Dated[], now: Instant): LaneTarget {
  const { release, due, next } = soonest(usable);
  return { ...(due.cutAt !== undefined && { fromCutAt: due.cutAt }), next, holds: [notDue(channel, { release, due }, now)] };
}

function notVouched({ name }: Channel, { version }: Release, wave: WaveTerms | undefined): Hold {
  return channelHold("WaveNotReached", name, `wave ${wave?.before ?? ""} has not vouched for ${version} yet`);
}

/** What a release waits for that is not due yet. */
export function notDue(channel: Channel, { release, due, wave }: { readonly release: Release; readonly due: Due; readonly wave?: WaveTerms | undefined }, now: Instant): Hold {
  if ((due.unvouchedFrom ?? Number.POSITIVE_INFINITY) <= now) return notVouched(channel, release, wave);
  if (now < oldEnoughAt(channel, release)) return channelHold("TooYoung", channel.name, `${release.version} is too young`, due.at);
  const hasCut = due.cutAt !== undefined && due.cutAt <= now;
  const message = hasCut ? `${release.version} came after this opening began and waits for the next` : `${release.version} waits for the next patch cut`;
  return channelHold("AwaitingCut", channel.name, message, due.at);
}

/** The release that is due first. */
function soonest(usable: readonly Dated[]) {
  const first = usable.reduce((best, each) => (isDueBefore(each.due, best.due) ? each : best));
  const { at } = first.due;
  return { ...first, next: { version: first.release.version, ...(at !== undefined && { eligibleAt: at }) } };
}

/**
 * Of those due together the later one, which is newer, because that one will be the target; so of those that begin together to
 * wait for a wave alone. Of those of which nothing is known it is the oldest: that one comes first.
 */
function isDueBefore(each: Due, best: Due): boolean {
  if (each.at !== undefined || best.at !== undefined) return instantOf(each) <= instantOf(best);
  return each.unvouchedFrom !== undefined && each.unvouchedFrom <= (best.unvouchedFrom ?? Number.POSITIVE_INFINITY);
}

export function haltedHold({ name }: Channel, version: string): Hold {
  return channelHold("ReleaseHalted", name, `${version} failed on too many tenants`);
}

function withdrawn(channel: Channel, message: string): LaneTarget {
  return { holds: [channelHold("ReleaseWithdrawn", channel.name, message)] };
}

function isUsable(release: Release): boolean {
  return !release.withdrawn && !release.halted;
}
