import type { ReleaseChannelSpec, ReleaseChannelStatus, Slot } from "../../api/index.ts";
import { predictionsOf, type Predictions } from "../fleet/durations.ts";
import { instantOf, parseDuration, type Instant } from "../time.ts";
import { compileCut, type Cut } from "./cut.ts";
import { compilePromotions, compileWaves, type Promotion, type Wave } from "./waves.ts";
import { compareVersions, isPrerelease, majorOf, minorOf, parseVersion } from "./version.ts";

/** Digests that pin a release's images; without one the tag is used. */
export interface Images {
  readonly auth?: string;
  readonly proxy?: string;
}

/** A release as the rules see it. */
export interface Release {
  readonly version: string;
  readonly major: number;
  readonly minor: number;
  /** From when its age counts: the later of releasedAt and firstSeenAt (design §4). */
  readonly bornAt: Instant;
  readonly security: boolean;
  readonly withdrawn: boolean;
  readonly halted: boolean;
  readonly endOfLife?: Instant;
  /** The oldest client that works with it. */
  readonly minimumClient?: string;
  readonly images: Images;
}

export interface Halt {
  readonly version: string;
  readonly failed: readonly string[];
  readonly failedCount: number;
  readonly since: Instant;
  /** The Approval that let it go on. */
  readonly acknowledgedBy?: string;
}

export interface RecordedLine {
  readonly major: number;
  readonly openedAt: Instant;
  readonly fromStart: boolean;
}

/** A channel, compiled: catalogue sorted by version, cadence in milliseconds, the ledger as values. */
export interface Channel {
  readonly kind: "valid";
  readonly name: string;
  readonly releases: readonly Release[];
  readonly overrides: ReadonlyMap<number, "Auto" | "Always" | "Never">;
  readonly patch: { readonly cut: Cut; readonly minAgeMs: number; readonly minIntervalMs: number };
  readonly major: { readonly cut: Cut; readonly minAgeMs: number; readonly firstMinor: number; readonly minIntervalMs: number; readonly approval: boolean; readonly followWithinMs: number };
  readonly security: { readonly minAgeMs: number; readonly skipsWaves: boolean };
  readonly waves: readonly Wave[];
  readonly promotions: readonly Promotion[];
  readonly maxParallel: number | string;
  readonly maxFailures: number;
  readonly maxAttempts: number;
  readonly expectedMs: { readonly patch: number; readonly major: number };
  readonly predictions: Predictions;
  readonly slots: readonly Slot[];
  readonly halts: readonly Halt[];
  readonly lines: readonly RecordedLine[];
}

/** A channel that cannot be used: nothing starts, and each problem says field and remedy. */
export interface InvalidChannel {
  readonly kind: "invalid";
  readonly name: string;
  readonly problems: readonly string[];
}

/** Compiles a ReleaseChannel; `now` stands in for firstSeenAt of releases that status does not list yet. */
export function compileChannel(
  name: string,
  { spec, status }: { spec: ReleaseChannelSpec; status?: ReleaseChannelStatus | undefined },
  now: Instant,
): Channel | InvalidChannel {
  const patchCut = compileCut("spec.patch", spec.patch);
  const majorCut = compileCut("spec.major", spec.major);
  const releases = spec.releases.map((release) => compileRelease(release, { spec, status, now }));
  const problems = [
    ...(patchCut.kind === "invalid" ? [patchCut.problem] : []),
    ...(majorCut.kind === "invalid" ? [majorCut.problem] : []),
    ...releases.flatMap((release) => (typeof release === "string" ? [release] : [])),
    ...repeated(releases.flatMap((release) => (typeof release === "string" ? [] : [release.version]))),
  ];
  if (patchCut.kind === "invalid" || majorCut.kind === "invalid" || problems.length > 0) return { kind: "invalid", name, problems };
  const expectedMs = { patch: length(spec.rollout.expectedDuration.patch), major: length(spec.rollout.expectedDuration.major) };
  return {
    kind: "valid",
    name,
    releases: releases.filter((r) => typeof r !== "string").sort((a, b) => compareVersions(a.version, b.version)),
    overrides: new Map(spec.lines.map((line) => [line.major, line.open])),
    patch: { cut: patchCut, minAgeMs: length(spec.patch.minAge), minIntervalMs: length(spec.patch.minInterval) },
    major: {
      cut: majorCut,
      minAgeMs: length(spec.major.minAge),
      firstMinor: spec.major.firstMinor,
      minIntervalMs: length(spec.major.minInterval),
      approval: spec.major.approval,
      followWithinMs: length(spec.major.followWithin),
    },
    security: { minAgeMs: length(spec.security.minAge), skipsWaves: spec.security.waves === "Skip" },
    waves: compileWaves(spec),
    promotions: compilePromotions(status),
    maxParallel: spec.rollout.maxParallel,
    maxFailures: spec.rollout.maxFailures,
    maxAttempts: spec.rollout.maxAttempts,
    expectedMs,
    predictions: predictionsOf(status?.durations, expectedMs),
    slots: status?.slots ?? [],
    halts: haltsOf(status),
    lines: (status?.lines ?? []).map((line) => ({
      major: line.major,
      openedAt: instantOf(line.openedAt) ?? now,
      fromStart: line.fromStart ?? false,
    })),
  };
}

/** How many slots status has room for. */
export const SLOTS_LISTED = 1000;

/** How many tenants that a release failed on status has room for; beyond them one cannot be told from the next. */
export const FAILED_LISTED = 500;

/** How many upgrades may run at once in a channel of so many tenants; percentages round up. */
export function slotLimit(maxParallel: number | string, tenants: number): number {
  const limit = typeof maxParallel === "number" ? maxParallel : Math.ceil((Number.parseInt(maxParallel, 10) * tenants) / 100);
  return Math.min(limit, SLOTS_LISTED);
}

/** Whether a release's failures have stopped it for the whole channel (design §7). */
export function isHalted(halt: Pick<Halt, "failedCount">, maxFailures: number): boolean {
  return halt.failedCount > Math.min(maxFailures, FAILED_LISTED - 1);
}

/** Dates outside of these stand for "unknown" in somebody's system; ages cannot be reckoned from them. */
const FIRST_RELEASE = Date.UTC(2000, 0);
const LAST_RELEASE = Date.UTC(3000, 0);

interface Source {
  readonly spec: ReleaseChannelSpec;
  readonly status?: ReleaseChannelStatus | undefined;
  readonly now: Instant;
}

function compileRelease(raw: ReleaseChannelSpec["releases"][number], { spec, status, now }: Source): Release | string {
  const version = parseVersion(raw.version);
  const releasedAt = instantOf(raw.releasedAt);
  if (version === undefined) return `spec.releases: version "${raw.version}" is not semantic: write it as 17.2.1`;
  if (releasedAt === undefined) return `spec.releases: releasedAt of ${version} is not an RFC 3339 time`;
  if (releasedAt < FIRST_RELEASE || releasedAt >= LAST_RELEASE) return `spec.releases: releasedAt of ${version} must lie between the years 2000 and 2999`;
  const endOfLife = instantOf(raw.endOfLife);
  return {
    version,
    major: majorOf(version),
    minor: minorOf(version),
    bornAt: Math.max(releasedAt, firstSeenAt(version, releasedAt, { spec, status, now })),
    security: raw.security,
    withdrawn: raw.withdrawn !== undefined,
    halted: haltsOf(status).some((halt) => halt.version === version && isHalted(halt, spec.rollout.maxFailures)),
    ...(endOfLife === undefined ? {} : { endOfLife }),
    ...(raw.minimumClient !== undefined && { minimumClient: parseVersion(raw.minimumClient) ?? raw.minimumClient }),
    images: { ...(raw.images?.auth && { auth: raw.images.auth }), ...(raw.images?.proxy && { proxy: raw.images.proxy }) },
  };
}

/** The same release written in two ways: nobody could say which of them counts. */
function repeated(versions: readonly string[]): readonly string[] {
  const twice = versions.filter((version, index) => versions.indexOf(version) !== index);
  return [...new Set(twice)].map((version) => `spec.releases: ${version} is listed twice: remove one of them`);
}

/** Releases that are there when the channel is first seen count from their release; later ones from their appearance. */
function firstSeenAt(version: string, releasedAt: Instant, { status, now }: Source): Instant {
  if (status?.releases === undefined) return releasedAt;
  const seen = status.releases.find((release) => parseVersion(release.version) === version);
  return instantOf(seen?.firstSeenAt) ?? now;
}

function haltsOf(status: ReleaseChannelStatus | undefined): Halt[] {
  return (status?.halts ?? []).map(({ version, failed = [], failedCount, since, acknowledgedBy }) => ({
    version,
    failed,
    failedCount,
    since: instantOf(since) ?? 0,
    ...(acknowledgedBy !== undefined && { acknowledgedBy }),
  }));
}

/** Lengths were checked at the API's edge; one that is none counts as endless, so that nothing starts. */
function length(text: string): number {
  return parseDuration(text) ?? Number.POSITIVE_INFINITY;
}

/** Releases that can be targets at all, by line. */
export function deployable(channel: Channel, major: number): readonly Release[] {
  const byLine = lines.get(channel.releases) ?? Map.groupBy(channel.releases.filter(({ version }) => !isPrerelease(version)), (release) => release.major);
  lines.set(channel.releases, byLine);
  return byLine.get(major) ?? [];
}

/** Every look at every tenant asks for them. */
const lines = new WeakMap<readonly Release[], ReadonlyMap<number, readonly Release[]>>();
