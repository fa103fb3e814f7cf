import type { HistoryEntry, ReleaseChannelStatus } from "../../api/index.ts";
import { instantOf, MINUTE, SECOND } from "../time.ts";

/** What a channel remembers of how long upgrades took, by class. Config and Security take after Patch (design §7). */
export type Durations = NonNullable<ReleaseChannelStatus["durations"]>;
type LaneDurations = NonNullable<Durations["patch"]>;
type Measured = LaneDurations["fromClaim"];

/** How long an upgrade is thought to take by what was measured, in milliseconds. */
export interface Prediction {
  readonly fromClaimMs: number;
  /** No longer than from the claim. */
  readonly fromDisruptionMs: number;
}

/** By class; undefined where too few have succeeded to tell. */
export interface Predictions {
  readonly patch: Prediction | undefined;
  readonly major: Prediction | undefined;
}

/** The shortest that an upgrade is thought to take (design §7). */
export const LEAST_MS = 5 * MINUTE;

/** How many of a class are remembered, and with how many something is known. */
const KEPT = 50;
const NEEDED = 5;
/** What is added to the 95th percentile. */
const MARGIN = 1.25;

export interface DurationsInput {
  readonly status: ReleaseChannelStatus | undefined;
  readonly tenants: readonly { readonly uid: string; readonly history: readonly HistoryEntry[] }[];
  /** Attempts whose slot is freed with the same write. */
  readonly freed: ReadonlySet<string>;
}

/**
 * What is known of durations once these slots are freed. An attempt counts in the one write that frees the slot it was claimed
 * with: once, whatever is read again later. Where the ledger knows of no durations it learns from all that history tells.
 */
export function keptDurations(input: DurationsInput): Durations {
  const known = input.status?.durations;
  if (known !== undefined && input.freed.size === 0) return known;
  const news = newEntries(input);
  return { ...learned("patch", news, known), ...learned("major", news, known) };
}

/** What is known of durations once one more has taken so long, in seconds. */
export function learnedLength(lane: "patch" | "major", { fromClaim, fromDisruption }: Lengths, known: Durations | undefined): Durations {
  const before = known?.[lane];
  return { ...known, [lane]: { fromClaim: withNews(before?.fromClaim, [fromClaim]), fromDisruption: withNews(before?.fromDisruption, [fromDisruption]) } };
}

interface Lengths {
  readonly fromClaim: number;
  readonly fromDisruption: number;
}

/** How long half of the upgrades took at most, in milliseconds; undefined where too few have succeeded to tell. */
export function usualOf(lane: LaneDurations | undefined): Prediction | undefined {
  const [claim = [], disruption = []] = [lane?.fromClaim.seconds, lane?.fromDisruption.seconds];
  if (claim.length < NEEDED || disruption.length < NEEDED) return undefined;
  return { fromClaimMs: median(claim) * SECOND, fromDisruptionMs: Math.min(median(claim), median(disruption)) * SECOND };
}

function median(seconds: readonly number[]): number {
  return seconds.toSorted((a, b) => a - b)[Math.ceil(seconds.length / 2) - 1] ?? 0;
}

/** What upgrades are thought to take, given what people expect of them: `clamp(1.25 × p95, 5m, 2 × expected)` (design §7). */
export function predictionsOf(durations: Durations | undefined, expectedMs: { readonly patch: number; readonly major: number }): Predictions {
  return { patch: predictionOf(durations?.patch, expectedMs.patch), major: predictionOf(durations?.major, expectedMs.major) };
}

/** What of the durations concerns every tenant: it changes seldom. Status as it was read, not judged. */
export function predictedSeconds(durations: Durations | undefined): readonly (number | undefined)[] {
  return [durations?.patch, durations?.major].flatMap((lane) => [lane?.fromClaim?.predicted, lane?.fromDisruption?.predicted]);
}

function newEntries({ status, tenants, freed }: DurationsInput): readonly HistoryEntry[] {
  const slots = status?.slots ?? [];
  if (status?.durations === undefined) {
    const held = new Set(slots.filter(({ attempt }) => !freed.has(attempt)).map(({ attempt }) => attempt));
    return tenants.flatMap(({ history }) => history.filter(({ id }) => !held.has(id)));
  }
  const ended = new Map(slots.filter(({ attempt, recovered }) => freed.has(attempt) && recovered !== true).map(({ uid, attempt }) => [uid, attempt]));
  return tenants.flatMap(({ uid, history }) => (ended.has(uid) ? history.filter(({ id }) => id === ended.get(uid)) : []));
}

/** As many of them as are kept, in order. A ledger that was lost has 20 entries of every tenant to go through. */
function newestOf(entries: readonly HistoryEntry[]): readonly HistoryEntry[] {
  let newest: HistoryEntry[] = [];
  for (const entry of entries) {
    const [oldest] = newest;
    if (newest.length === KEPT && oldest !== undefined && byEnd(entry, oldest) < 0) continue;
    if (isTelling(entry)) newest = [...newest, entry].sort(byEnd).slice(-KEPT);
  }
  return newest;
}

/** One that was paused or stuck, and one of which only the workloads still told, says nothing of how long the next will take. */
function isTelling(entry: HistoryEntry): boolean {
  if (entry.result !== "Succeeded" || entry.pausedAt !== undefined || entry.stuckSince !== undefined) return false;
  const { fromClaim, fromDisruption } = secondsOf(entry);
  return fromDisruption > 0 && fromClaim >= fromDisruption;
}

function secondsOf({ claimedAt, disruptiveAt, finishedAt }: HistoryEntry): Lengths {
  const end = instantOf(finishedAt) ?? Number.NaN;
  const since = (iso: string | undefined) => Math.round((end - (instantOf(iso) ?? Number.NaN)) / SECOND);
  return { fromClaim: since(claimedAt), fromDisruption: since(disruptiveAt) };
}

/** In the order in which they ended, then of their ids: of more than are kept, the same ones stay whoever is listed first. */
function byEnd(a: HistoryEntry, b: HistoryEntry): number {
  // As texts: all of them are stamps of ours.
  if (a.finishedAt !== b.finishedAt) return a.finishedAt < b.finishedAt ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

function learned(lane: "patch" | "major", news: readonly HistoryEntry[], known: Durations | undefined): Durations {
  const own = newestOf(news.filter((entry) => entry.class === (lane === "major" ? "Major" : "Patch"))).map(secondsOf);
  const before = known?.[lane];
  if (own.length === 0) return before === undefined ? {} : { [lane]: before };
  return {
    [lane]: {
      fromClaim: withNews(before?.fromClaim, own.map(({ fromClaim }) => fromClaim)),
      fromDisruption: withNews(before?.fromDisruption, own.map(({ fromDisruption }) => fromDisruption)),
    },
  };
}

function withNews(before: Measured | undefined, news: readonly number[]): Measured {
  const seconds = [...(before?.seconds ?? []), ...news].slice(-KEPT);
  return seconds.length < NEEDED ? { seconds } : { seconds, predicted: predicted(seconds, before?.predicted) };
}

/** The part of a prediction below which what is measured makes it shorter. */
const SLACK = 0.8;

/**
 * 1.25 × p95 in whole minutes, rounded up. It stays while it suffices and is not far too long: every tenant of the channel is
 * judged by it, and is not to be judged anew after each upgrade of any other.
 */
function predicted(seconds: readonly number[], before: number | undefined): number {
  const wanted = Math.max(MARGIN * p95(seconds), LEAST_MS / SECOND);
  if (before !== undefined && wanted <= before && wanted > SLACK * before) return before;
  return (Math.ceil((wanted * SECOND) / MINUTE) * MINUTE) / SECOND;
}

/** The nearest rank: a duration that was measured, which 95 of 100 did not exceed. */
function p95(seconds: readonly number[]): number {
  return seconds.toSorted((a, b) => a - b)[Math.ceil(0.95 * seconds.length) - 1] ?? 0;
}

function predictionOf(durations: LaneDurations | undefined, expectedMs: number): Prediction | undefined {
  const [claim, disruption] = [durations?.fromClaim.predicted, durations?.fromDisruption.predicted];
  if (claim === undefined || disruption === undefined) return undefined;
  // Each of the two stays for a while: what fits at the claim is not to be too long at once after it.
  return { fromClaimMs: clamped(claim, expectedMs), fromDisruptionMs: clamped(Math.min(disruption, claim), expectedMs) };
}

/** The upper bound counts where the two cross: people know that it takes less. */
function clamped(seconds: number, expectedMs: number): number {
  // An expectation that is no length is endless, and so is what rests on it: nothing starts.
  if (!Number.isFinite(expectedMs)) return expectedMs;
  return Math.min(2 * expectedMs, Math.max(LEAST_MS, seconds * SECOND));
}
