import type { LapseStatus, TenantSpec } from "../../api/index.ts";
import { DAY, HOUR, instantOf, isoOf, MINUTE, parseDuration, SECOND, type Instant } from "../time.ts";

/** What a subscription has come to (design §9, row F6). */
export type Lapse =
  /** It runs. */
  | { readonly kind: "none" }
  /** It has lapsed, by a clock that cannot be believed: nothing follows from that yet. */
  | { readonly kind: "unseen" }
  /** It lapses later. */
  | { readonly kind: "coming"; readonly lapsesAt: Instant; readonly suspendAt: Instant; readonly purgeAt: Instant }
  | Lapsed
  | Purging;

export interface Lapsed {
  readonly kind: "lapsed";
  /** When Slacktide first saw it lapsed; it does not move as long as it stays so. */
  readonly observedAt: Instant;
  /** What the namespace is to record of that; if it records nothing yet, now: a status alone is no witness. */
  readonly notedAt: Instant | undefined;
  readonly suspendAt: Instant;
  readonly purgeAt: Instant;
  /** The tenant is to be switched off by now. */
  readonly isOff: boolean;
  /** Its data may be deleted by now, as far as the clock can be believed. */
  readonly isDue: boolean;
  /** It would be, if the namespace recorded the lapse. */
  readonly isUnrecorded: boolean;
}

/** Its data is being deleted, or nothing of it is left. */
export interface Purging {
  readonly kind: "purging";
  /** What status says of it; the same in other words if it was lost. */
  readonly said: LapseStatus;
  readonly startedAt: Instant;
  /** The subscription runs again, too late. */
  readonly isRenewed: boolean;
}

/** What a lapse is judged by, besides the instant. */
export interface LapseSight {
  readonly subscription: TenantSpec["subscription"];
  /** What status says; undefined: it was lost, or never written. */
  readonly said: LapseStatus | undefined;
  readonly isStatusLost: boolean;
  /** The annotation on the tenant's namespace. */
  readonly noted: string | undefined;
  /** Since when its data is being deleted by the Tenant's own annotation, and whether its namespace is no more. */
  readonly marked: Instant | undefined;
  readonly isEmptied: boolean;
  readonly graceMs: number;
  readonly clockTrusted: boolean;
  /** Whether any of its workloads is switched off. */
  readonly isSwitchedOff: boolean;
}

/** Whatever a spec says, no data goes earlier than this after its lapse was first seen (invariant I16, row F6). */
export const KEPT_AT_LEAST_MS = 7 * DAY;
/** The longest retention; also of one that cannot be read. */
const KEPT_AT_MOST_MS = 720 * HOUR;

/**
 * Judges a lapse at `now`; pure. A lapse is seen once, by a clock that can be believed, and what was seen is believed
 * afterwards wherever it was recorded; but nothing is due that the namespace does not record, nor sooner than by its record. A
 * clock that cannot be believed changes nothing: neither does it switch a tenant off or on, nor is anything due by it.
 */
export function lapseOf(sight: LapseSight, now: Instant): Lapse {
  const { subscription, said, marked, isEmptied, graceMs, clockTrusted } = sight;
  const lapsedAt = instantOf(subscription.lapsedAt);
  const [seenBefore, recordedAt] = recordsOf(sight);
  const startedAt = saidStart(sight, now) ?? (isEmptied ? marked : undefined);
  if (startedAt !== undefined) return { kind: "purging", said: { ...said, purgeStartedAt: said?.purgeStartedAt ?? isoOf(startedAt) }, startedAt, isRenewed: lapsedAt === undefined || lapsedAt > startedAt };
  if (lapsedAt === undefined) return { kind: "none" };
  const hasLapsed = lapsedAt <= Math.max(now, seenBefore ?? now, recordedAt ?? now);
  const retentionMs = retentionOf(subscription);
  if (!hasLapsed) return { kind: "coming", lapsesAt: lapsedAt, suspendAt: lapsedAt + graceMs, purgeAt: lapsedAt + retentionMs };
  // Up to the whole second, as statuses tell it: never shorter than it was.
  const seenAt = clockTrusted ? Math.ceil(now / SECOND) * SECOND : undefined;
  const observedAt = seenBefore ?? seenAt;
  if (observedAt === undefined) return { kind: "unseen" };
  const from = Math.max(lapsedAt, observedAt);
  const suspendAt = from + graceMs;
  const purgeAt = Math.max(from, recordedAt ?? from) + retentionMs;
  const isOver = clockTrusted && now >= purgeAt;
  const isRecorded = recordedAt !== undefined || isEmptied;
  return {
    kind: "lapsed",
    observedAt,
    notedAt: recordedAt === undefined ? seenAt : Math.max(recordedAt, observedAt),
    suspendAt,
    purgeAt,
    isOff: clockTrusted ? now >= suspendAt : sight.isSwitchedOff,
    isDue: isOver && isRecorded,
    isUnrecorded: isOver && !isRecorded,
  };
}

/**
 * When status says that the deletion began. Once the Tenant itself is marked things have gone already; before that it is believed
 * only if status and namespace both tell of a lapse seven days earlier (invariant I16), or nothing is there to go.
 */
function saidStart({ said, noted, marked, isEmptied, clockTrusted }: LapseSight, now: Instant): Instant | undefined {
  const startedAt = instantOf(said?.purgeStartedAt);
  if (startedAt === undefined || marked !== undefined) return startedAt;
  // The clock of whoever wrote it may have been ahead of this one; beyond that it was not written at the time.
  const at = clockTrusted ? Math.min(startedAt, now + MINUTE) : startedAt;
  const isWeekAfter = (iso: string | undefined): boolean => at >= (instantOf(iso) ?? Number.POSITIVE_INFINITY) + KEPT_AT_LEAST_MS;
  return (isEmptied || isWeekAfter(noted)) && isWeekAfter(said?.observedAt) ? startedAt : undefined;
}

/**
 * When the lapse was seen before, and when by the namespace's record, which stands in for a status that was lost. Beside a status that
 * tells of no lapse it is an earlier one's.
 */
function recordsOf({ said, isStatusLost, noted }: LapseSight): readonly [seenBefore: Instant | undefined, recordedAt: Instant | undefined] {
  const [bySaid, byNote] = [instantOf(said?.observedAt), instantOf(noted)];
  return bySaid === undefined && !isStatusLost ? [undefined, undefined] : [bySaid ?? byNote, byNote];
}

/** Milliseconds; what a schema should have refused is taken for the nearest that it lets in. */
function retentionOf({ retention }: TenantSpec["subscription"]): number {
  return Math.min(Math.max(parseDuration(retention) ?? KEPT_AT_MOST_MS, KEPT_AT_LEAST_MS), KEPT_AT_MOST_MS);
}

/** Whether the tenant is to be switched off because of it. */
export function isOffFor(lapse: Lapse): boolean {
  return lapse.kind === "purging" || (lapse.kind === "lapsed" && lapse.isOff);
}

/** Whether nothing may start because of it: a tenant that goes is not upgraded. */
export function holdsFor(lapse: Lapse): boolean {
  return lapse.kind === "purging" || lapse.kind === "lapsed";
}

/** The instants at which a lapse comes to mean something else. */
export function lapseInstants(lapse: Lapse): readonly Instant[] {
  if (lapse.kind === "coming") return [lapse.lapsesAt];
  return lapse.kind === "lapsed" ? [lapse.suspendAt, lapse.purgeAt] : [];
}
