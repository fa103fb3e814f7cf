import { upgradeClasses, type HistoryEntry, type StuckOn, type TenantStatus, type UpgradeClass } from "../../api/index.ts";
import type { Images } from "../release/channel.ts";
import { compareVersions, parseVersion } from "../release/version.ts";
import { instantOf, type Instant } from "../time.ts";
import { allOf, liveVersions, type Workload, type Workloads } from "../upgrade/workloads.ts";

/** The attempt as it is recorded on the workloads it changed, beside status (design §9). */
export interface AttemptRecord {
  readonly id: string;
  readonly class: UpgradeClass;
  readonly from: string;
  readonly to: string;
  readonly claimedAt: string;
  readonly disruptiveAt: string;
  readonly predictedEndAt: string;
  readonly opening: { readonly window: string; readonly opensAt: string; readonly closesAt: string };
  /** The digests it began with: an edit of the catalogue does not give one attempt two provenances (design §3.2). */
  readonly images?: Images;
  /** The releases that it got stuck on and left for a newer one. */
  readonly stuckOn?: StuckOn[] | undefined;
  /** A restore took the workload away from it: the attempt is over. */
  readonly restored?: true;
}

/** What the objects that a tenant owns say of its state. */
export interface Recorded {
  /** The version last settled on, as its namespace records it. */
  readonly settledVersion?: string;
  readonly workloads: Workloads;
  /** Versions that the workloads' annotations record. */
  readonly recordedVersions: readonly string[];
  readonly lastAttempt?: AttemptRecord;
  /** The tenant has a volume, so it has data. */
  readonly hasData: boolean;
  /** Every workload is available now. */
  readonly available: boolean;
}

export interface RunningState {
  readonly version?: string;
  readonly provisioned: boolean;
}

/**
 * The version a tenant runs: what status says, and when status is lost what its objects record (design §9). While its
 * workloads differ an attempt was under way; the version is then the one it left.
 */
export function runningState(status: TenantStatus | undefined, recorded: Recorded): RunningState {
  const known = parseVersion(status?.version ?? "") ?? parseVersion(recorded.settledVersion ?? "");
  if (known !== undefined) return { version: known, provisioned: true };
  // Without a settled version the tenant may never have been Active: its recorded version counts once all is available.
  const [lowest] = [...recorded.recordedVersions].sort(compareVersions);
  if (lowest !== undefined) return recorded.available ? { version: lowest, provisioned: true } : { version: lowest, provisioned: false };
  // Without any record only what runs tells of it. Data of whatever age is never given another version as if it were new.
  const runs = unrecordedVersion(recorded.workloads.auth);
  return { ...(runs !== undefined && { version: runs }), provisioned: recorded.hasData };
}

/** What Auth runs although no record is left: the version that its data is at, unless it is between two. */
function unrecordedVersion(auth: Workload): string | undefined {
  const [only, ...others] = new Set(auth.exists ? liveVersions(auth) : []);
  return others.length === 0 ? only : undefined;
}

/**
 * The attempt that was claimed last of those that the workloads record, as it was when it had come furthest: one of them may have
 * been removed by hand, and Auth too.
 */
export function latestAttempt(records: readonly AttemptRecord[]): AttemptRecord | undefined {
  const claimedAt = (record: AttemptRecord): Instant => instantOf(record.claimedAt) ?? 0;
  return records.toSorted((a, b) => claimedAt(b) - claimedAt(a) || compareVersions(b.to, a.to))[0];
}

/** The newest attempt that disrupted the tenant, for Auth to record that lost its own record or was removed since. Of its opening only the name is known. */
export function endedAttempt(history: readonly HistoryEntry[]): AttemptRecord | undefined {
  const entry = history.find(({ disruptiveAt }) => disruptiveAt !== undefined);
  if (entry?.disruptiveAt === undefined) return undefined;
  const { id, class: upgradeClass, from, to, claimedAt, disruptiveAt, finishedAt, stuckOn, window } = entry;
  const opening = { window, opensAt: claimedAt, closesAt: finishedAt };
  return { id, class: upgradeClass, from, to, claimedAt, disruptiveAt, predictedEndAt: finishedAt, opening, ...(stuckOn && { stuckOn }) };
}

/**
 * An attempt that status has lost but whose workloads are still half way: it goes on (design §9). So does one that has rolled all of
 * them, until the namespace says that it has ended: whether they came up is known to nobody.
 */
export function attemptToResume(status: TenantStatus | undefined, { lastAttempt, recordedVersions, settledVersion }: Recorded): AttemptRecord | undefined {
  if (status?.upgrade !== undefined || lastAttempt === undefined) return undefined;
  if ((status?.history ?? []).some((entry) => entry.id === lastAttempt.id)) return undefined;
  // Of class Config nothing is half way: every pod runs the version, and whoever has still another template gets it in a later opening.
  if (lastAttempt.class === "Config") return undefined;
  const halfWay = recordedVersions.some((version) => version !== lastAttempt.to);
  const isUnsettled = status?.version === undefined && settledVersion !== undefined && settledVersion !== lastAttempt.to;
  return (halfWay || isUnsettled) && recordedVersions.includes(lastAttempt.to) ? lastAttempt : undefined;
}

/** History with the attempt that only the workloads remember: a lost status repeats no disruption (invariant I12). */
export function knownHistory(status: TenantStatus | undefined, { lastAttempt, workloads, recordedVersions }: Recorded): readonly HistoryEntry[] {
  const history = status?.history ?? [];
  const known = lastAttempt === undefined || status?.upgrade?.id === lastAttempt.id || history.some((entry) => entry.id === lastAttempt.id);
  return known ? history : inserted(entryOf(lastAttempt, hasArrived(lastAttempt, status, { workloads, recordedVersions })), history);
}

/** All that is there: by its version, or by who rolled it last where that tells nothing. */
function hasArrived({ id, class: upgradeClass, to, restored }: AttemptRecord, status: TenantStatus | undefined, { workloads, recordedVersions }: Pick<Recorded, "workloads" | "recordedVersions">): boolean {
  if (restored === true) return false;
  if (upgradeClass === "Config") return allOf(workloads).every(({ attempt, rolledBack = false }) => attempt === id && !rolledBack);
  return (status?.version === undefined ? recordedVersions : [status.version]).every((version) => version === to);
}

/** In its place, newest first: one that is known only from the workloads may be older than all that status lists. */
function inserted(entry: HistoryEntry, history: readonly HistoryEntry[]): readonly HistoryEntry[] {
  const endOf = ({ finishedAt }: HistoryEntry) => instantOf(finishedAt) ?? 0;
  const older = history.findIndex((each) => endOf(each) <= endOf(entry));
  return older < 0 ? [...history, entry] : history.toSpliced(older, 0, entry);
}

/** It worked if all that is there arrived; else it went back, and holds its lane until the next opening. */
function entryOf(attempt: AttemptRecord, arrived: boolean): HistoryEntry {
  const { id, class: upgradeClass, from, to, claimedAt, disruptiveAt, opening, stuckOn } = attempt;
  const result = arrived ? "Succeeded" : "RolledBack";
  return { id, class: upgradeClass, from, to, result, claimedAt, disruptiveAt, finishedAt: disruptiveAt, ...(stuckOn && { stuckOn }), window: opening.window };
}

/** Parses the annotation; anything unexpected in it counts as none. */
export function isAttemptRecord(value: unknown): value is AttemptRecord {
  if (typeof value !== "object" || value === null) return false;
  const field = (key: keyof AttemptRecord): unknown => Reflect.get(value, key);
  const isKnown = typeof field("id") === "string" && upgradeClasses.some((each) => each === field("class")) && isOpening(field("opening")) && isImages(field("images")) && isStuckOn(field("stuckOn")) && (field("restored") ?? true) === true;
  return isKnown && [field("from"), field("to")].every(isVersion) && [field("claimedAt"), field("disruptiveAt"), field("predictedEndAt")].every(isInstant);
}

function isOpening(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const field = (key: keyof AttemptRecord["opening"]): unknown => Reflect.get(value, key);
  return typeof field("window") === "string" && [field("opensAt"), field("closesAt")].every(isInstant);
}

function isImages(value: unknown): boolean {
  if (value === undefined) return true;
  return typeof value === "object" && value !== null && Object.values(value).every((digest) => typeof digest === "string");
}

function isStuckOn(value: unknown): boolean {
  if (value === undefined) return true;
  return Array.isArray(value) && value.every((each: unknown) => typeof each === "object" && each !== null && isVersion(Reflect.get(each, "version")) && isInstant(Reflect.get(each, "since")));
}

function isVersion(value: unknown): boolean {
  return typeof value === "string" && parseVersion(value) !== undefined;
}

function isInstant(value: unknown): boolean {
  return typeof value === "string" && instantOf(value) !== undefined;
}
