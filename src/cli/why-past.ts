import type { Tenant } from "../api/index.ts";
import { HISTORY_KEPT } from "../domain/status/tenant-status.ts";
import { instantOf, stampOf, type Instant } from "../domain/time.ts";
import { attemptsOf, beginOf, endOf, type Attempt } from "./attempts.ts";
import { item } from "./text.ts";

/** What status still knows of a tenant at an instant that has gone by. */
export interface Past {
  /** Absent: it cannot be told. */
  readonly version?: string | undefined;
  readonly underWay?: Attempt | undefined;
  /** The last to end before. */
  readonly last?: Attempt | undefined;
  /** The first to be claimed after. */
  readonly next?: Attempt | undefined;
  /** What is not known, and why. */
  readonly notes: readonly string[];
}

/** Looks an instant up in status.history. */
export function pastOf(tenant: Tenant, at: Instant): Past {
  const oldestFirst = attemptsOf(tenant).toReversed();
  const following = oldestFirst.find((attempt) => endOf(attempt) > at);
  const isOnRecord = recordBegins(tenant, oldestFirst) <= at;
  return {
    // An attempt leaves what ran since the one before it; after the last nothing has changed.
    version: isOnRecord ? (following?.from ?? tenant.status?.version) : undefined,
    underWay: following !== undefined && beginOf(following) <= at ? following : undefined,
    last: oldestFirst.findLast((attempt) => endOf(attempt) <= at),
    next: oldestFirst.find((attempt) => beginOf(attempt) > at),
    notes: [...(isOnRecord ? [] : [unknownNote(tenant, oldestFirst, at)]), HOLDS_NOTE],
  };
}

const HOLDS_NOTE = "holds of the past are not recorded in status: what held a lane then cannot be told";

/** Since when what is recorded is all there was. */
function recordBegins({ metadata, status }: Tenant, [oldest]: readonly Attempt[]): Instant {
  const isCut = (status?.history?.length ?? 0) >= HISTORY_KEPT && oldest !== undefined;
  return isCut ? beginOf(oldest) : (instantOf(metadata.creationTimestamp) ?? Number.NEGATIVE_INFINITY);
}

function unknownNote({ metadata }: Tenant, [oldest]: readonly Attempt[], at: Instant): string {
  const createdAt = instantOf(metadata.creationTimestamp);
  if (createdAt !== undefined && at < createdAt) return `there was no such Tenant yet: it was created ${stampOf(createdAt)}`;
  return `status keeps the newest ${HISTORY_KEPT} attempts, of which the oldest was claimed ${oldest?.claimedAt ?? ""}: what ran before cannot be told`;
}

/** The same for people. */
export function pastText(name: string, at: Instant, { past, width }: { readonly past: Past; readonly width: number }): string {
  const { version, underWay, last, next, notes } = past;
  const line = (title: string, text: string) => item(title, text, { indent: 2, width });
  const parts = [
    `Tenant ${name} at ${stampOf(at)}, in the past`,
    "",
    line("ran:", version === undefined ? "not known" : `${version}${wayText(underWay, at)}`),
    line("under way:", underWay === undefined ? "nothing" : attemptText(underWay)),
    line("last before:", last === undefined ? "nothing that is recorded" : attemptText(last)),
    line("next:", next === undefined ? "nothing up to now" : attemptText(next)),
    "",
    ...notes.map((note) => item("Not known:", note, { indent: 0, width })),
  ];
  return `${parts.join("\n")}\n`;
}

/** From its first write on a tenant runs neither version alone. */
function wayText(underWay: Attempt | undefined, at: Instant): string {
  const startedAt = instantOf(underWay?.disruptiveAt);
  return underWay === undefined || startedAt === undefined || startedAt > at ? "" : `, on its way to ${underWay.to}`;
}

function attemptText({ class: upgradeClass, from, to, claimedAt, disruptiveAt, finishedAt, result, window, approvals = [], message }: Attempt): string {
  const parts = [
    `${upgradeClass} from ${from} to ${to} in ${window}`,
    `claimed ${claimedAt}`,
    ...(disruptiveAt === undefined ? [] : [`started ${disruptiveAt}`]),
    finishedAt === undefined ? `not ended yet (${result})` : `ended ${finishedAt} (${result})`,
    ...(approvals.length === 0 ? [] : [`by ${approvals.join(", ")}`]),
  ];
  return `${parts.join(", ")}${message === undefined ? "" : `: ${message}`}`;
}

/** The same as data. */
export function pastData(name: string, at: Instant, { version, underWay, last, next, notes }: Past) {
  return { name, at: stampOf(at), version: version ?? null, underWay: underWay ?? null, last: last ?? null, next: next ?? null, notes };
}
