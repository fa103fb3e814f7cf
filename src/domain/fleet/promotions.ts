import type { HoldCode } from "../../api/index.ts";
import { deployable, type Channel, type Release } from "../release/channel.ts";
import { eligibleFrom } from "../release/due.ts";
import type { LineState } from "../release/lines.ts";
import { compareVersions, isNewer, majorOf } from "../release/version.ts";
import type { Promotion, Wave } from "../release/waves.ts";
import type { LaneDecision } from "../tenant/decide.ts";
import type { TenantView } from "../tenant/view.ts";
import type { Instant } from "../time.ts";

/** A tenant as its wave sees it. */
export interface WaveMember {
  readonly view: TenantView;
  readonly lanes: HeldLanes;
}

/** All that a wave asks of a tenant's lanes. */
export interface HeldLanes {
  readonly patch: Pick<LaneDecision, "holds">;
  readonly major: Pick<LaneDecision, "holds">;
}

/** Who is in the waves, and which lines are on trial in them. */
export interface WaveStanding {
  /** The members of each wave, in order of the waves. */
  readonly members: readonly (readonly WaveMember[])[];
  readonly lines: readonly LineState[];
}

/** What the waves say at an instant. */
export interface Vouching {
  /** What is vouched for from now on, and was not. */
  readonly promotions: readonly Promotion[];
  /** When they may say something else by themselves: enough of a wave will have soaked, its patience ends, a line opens, a release becomes eligible. */
  readonly nextAt?: Instant;
  readonly waves: readonly WaveProgress[];
}

/** How far a wave is, in order of the waves. */
export interface WaveProgress {
  readonly name: string;
  readonly tenants: number;
  /** The newest release of each line that it vouches for, the lowest line first. */
  readonly vouchesFor: readonly string[];
  /** The newest release of each line that it may take and has not vouched for. */
  readonly onTrial: readonly string[];
  /** Those of them that it has had for longer than its `timeout`. */
  readonly stalled: readonly string[];
}

/** Holds for which a tenant is not waited for: nobody knows when it would go (design §4). */
export const EXCUSING: ReadonlySet<HoldCode> = new Set(["Suspended", "NoWindow", "WindowInvalid", "PinnedBelow", "ApprovalRequired", "AgentsBehind", "InventoryUnknown"]);

/**
 * The releases that each wave but the last vouches for, the newest of each line (design §4): enough of its members run it, or a
 * newer one of its line, and have been Ready for `soak` since. A later upgrade does not restart that.
 */
export function vouch(channel: Channel, { members, lines: states }: WaveStanding, now: Instant): Vouching {
  const found: Promotion[] = [];
  const dueAt: Instant[] = [...states.flatMap((line) => (line.open ? [] : (line.opensAt ?? []))), ...channel.releases.flatMap((release) => eligibleFrom(channel, release) ?? [])];
  const progress: WaveProgress[] = [];
  const lines = [...new Set(channel.releases.map(({ major }) => major))];
  const openings = new Map(states.flatMap((line) => (line.open ? [[line.major, line.openedAt] as const] : [])));
  for (const [index, wave] of channel.waves.entries()) {
    const isLast = index === channel.waves.length - 1;
    const trials: Trial[] = [];
    const own = members[index] ?? [];
    for (const line of isLast ? [] : lines) {
      const releases = candidates(channel, { line, index, known: [...channel.promotions, ...found] }, now);
      const judged = releases.map((release) => ({ release, ...stateOf(own, { release, wave }, now) }));
      const newest = judged.findIndex(({ vouches }) => vouches);
      const vouched = judged[newest]?.release;
      if (vouched !== undefined) found.push({ line, version: vouched.version, wave: wave.name, at: now });
      const open = newest === -1 ? judged : judged.slice(0, newest);
      dueAt.push(...open.flatMap(({ vouchesAt }) => vouchesAt ?? []));
      const openedAt = openings.get(line);
      if (openedAt !== undefined) trials.push(...open.slice(0, 1).map(({ release }) => ({ version: release.version, until: Math.max(openedAt, trialFrom(channel, release, { index, found })) + wave.timeoutMs })));
    }
    dueAt.push(...trials.map(({ until }) => until));
    progress.push(progressOf(wave, { own, trials, known: [...channel.promotions, ...found] }, now));
  }
  const later = dueAt.filter((at) => at > now && Number.isFinite(at));
  return { promotions: found, waves: progress, ...(later.length > 0 && { nextAt: Math.min(...later) }) };
}

/** A release that a wave has and does not vouch for yet, and how long it may take. */
interface Trial {
  readonly version: string;
  readonly until: Instant;
}

/** Since when the wave may take the release: since the wave before vouches for it, or since it is eligible. */
function trialFrom(channel: Channel, release: Release, { index, found }: { readonly index: number; readonly found: readonly Promotion[] }): Instant {
  const before = channel.waves[index - 1];
  if (before === undefined) return eligibleFrom(channel, release) ?? Number.POSITIVE_INFINITY;
  const promotion = [...channel.promotions, ...found].find(({ wave, version }) => wave === before.name && version === release.version);
  return promotion?.at ?? Number.POSITIVE_INFINITY;
}

interface Seen {
  readonly own: readonly WaveMember[];
  readonly trials: readonly Trial[];
  readonly known: readonly Promotion[];
}

function progressOf(wave: Wave, { own, trials, known }: Seen, now: Instant): WaveProgress {
  const vouched = known.filter((each) => each.wave === wave.name).map(({ version }) => version);
  const newest = [...new Set(vouched.map(majorOf))].map((line) => vouched.filter((version) => majorOf(version) === line).sort(compareVersions).at(-1) ?? "");
  const stalled = trials.filter(({ until }) => until <= now).map(({ version }) => version);
  return { name: wave.name, tenants: own.length, vouchesFor: newest.sort(compareVersions), onTrial: trials.map(({ version }) => version), stalled };
}

/** Whether the member still tells its wave the same, but for what time brings. */
export function tellsTheSame(a: WaveMember, b: WaveMember): boolean {
  const isSame = a.view.version === b.view.version && a.view.readySince === b.view.readySince && a.view.upgrade?.to === b.view.upgrade?.to && a.view.upgrade?.disruptiveAt === b.view.upgrade?.disruptiveAt;
  return isSame && isExcused(a.lanes.patch) === isExcused(b.lanes.patch) && isExcused(a.lanes.major) === isExcused(b.lanes.major) && haveSamePast(a.view, b.view);
}

function haveSamePast({ history: a }: TenantView, { history: b }: TenantView): boolean {
  return a.length === b.length && a.every(({ succeeded, to, finishedAt }, index) => b[index]?.to === to && b[index].finishedAt === finishedAt && b[index].succeeded === succeeded);
}

/** Whether nobody knows when the lane would go. */
function isExcused({ holds }: Pick<LaneDecision, "holds">): boolean {
  return holds.some(({ code }) => EXCUSING.has(code));
}

interface Place {
  readonly line: number;
  /** Of the wave. */
  readonly index: number;
  readonly known: readonly Promotion[];
}

/** Eligible releases of a line, neither withdrawn nor halted, that the wave before has vouched for and this one has not, nor a newer one; the newest first. */
function candidates(channel: Channel, { line, index, known }: Place, now: Instant): readonly Release[] {
  const vouchedBy = (wave: Wave | undefined, { version }: Release) => known.some((each) => each.wave === wave?.name && each.line === line && each.version === version);
  const usable = deployable(channel, line).filter((release) => !release.withdrawn && !release.halted && (eligibleFrom(channel, release) ?? now + 1) <= now);
  const newest = usable.findLast((release) => vouchedBy(channel.waves[index], release));
  const newer = usable.filter(({ version }) => newest === undefined || isNewer(version, newest.version));
  return newer.filter((release) => index === 0 || vouchedBy(channel.waves[index - 1], release)).toReversed();
}

interface Question {
  readonly release: Release;
  readonly wave: Wave;
}

interface State {
  readonly vouches: boolean;
  /** When enough members will have soaked, if as many run it by now. */
  readonly vouchesAt?: Instant | undefined;
}

function stateOf(own: readonly WaveMember[], { release, wave }: Question, now: Instant): State {
  const members = own.filter(({ view }) => isMember(view, release));
  if (members.length === 0) return { vouches: !own.some(isComing) };
  const running = members.filter(({ view }) => runs(view, release));
  const waiting = members.filter(({ view }) => !runs(view, release));
  const waitedFor = waiting.filter((member) => !isExcused(laneTowards(member, release.major)));
  const needed = Math.max(1, neededOf(wave, running.length + waitedFor.length));
  const vouchesAt = running.map(({ view }) => soakEnd(view, release, wave)).sort((a, b) => a - b)[needed - 1];
  return { vouches: vouchesAt !== undefined && vouchesAt <= now, vouchesAt };
}

/** One that is not up yet may begin below the release: a wave of such tenants is not empty. */
function isComing({ view, lanes }: WaveMember): boolean {
  return view.version === undefined && !isExcused(lanes.patch) && !isExcused(lanes.major);
}

/** The tenants on the release's line or the one below, less those that began at it or above. */
function isMember(view: TenantView, release: Release): boolean {
  if (view.version === undefined) return false;
  const line = majorOf(view.upgrade?.disruptiveAt === undefined ? view.version : view.upgrade.to);
  if (line !== release.major && line !== release.major - 1) return false;
  return !runs(view, release) || reachedAt(view, release) !== undefined;
}

function runs({ version }: TenantView, release: Release): boolean {
  return version !== undefined && majorOf(version) === release.major && !isNewer(release.version, version);
}

/** When an upgrade first brought the tenant to the release or above it; undefined: it was provisioned there. Class Config brings nobody anywhere. */
function reachedAt({ history }: TenantView, release: Release): Instant | undefined {
  return history.findLast(({ class: upgradeClass, succeeded, to }) => succeeded && upgradeClass !== "Config" && majorOf(to) === release.major && !isNewer(release.version, to))?.finishedAt;
}

function soakEnd(view: TenantView, release: Release, { soakMs }: Wave): Instant {
  const { readySince = Number.POSITIVE_INFINITY } = view;
  return Math.max(reachedAt(view, release) ?? Number.POSITIVE_INFINITY, readySince) + soakMs;
}

function laneTowards({ view, lanes }: WaveMember, line: number): Pick<LaneDecision, "holds"> {
  return view.version !== undefined && majorOf(view.version) === line ? lanes.patch : lanes.major;
}

/** Percentages round up; nobody needs more than there are. */
function neededOf({ required }: Wave, count: number): number {
  return Math.min(count, typeof required === "number" ? required : Math.ceil((Number.parseInt(required, 10) * count) / 100));
}
