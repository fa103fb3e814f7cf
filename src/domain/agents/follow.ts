import type { AgentStatus, HistoryEntry } from "../../api/index.ts";
import { majorOf } from "../release/version.ts";
import { DAY, instantOf, stampOf, type Instant } from "../time.ts";

/** How long before the end agents that have not followed are warned about. */
const SOON_MS = 14 * DAY;

/** What says until when agents must follow. */
export interface FollowTerms {
  readonly version: string | undefined;
  /** The newest first. */
  readonly history: readonly HistoryEntry[];
  /** What was said before, of which version. */
  readonly previous: { readonly version?: string | undefined; readonly agents?: AgentStatus | undefined } | undefined;
  /** Milliseconds that agents have from the end of a major. */
  readonly withinMs: number;
}

/**
 * Until when the agents that are still below the tenant's major must follow it (row F13): so long after the major ended,
 * RFC 3339 in UTC. Absent while none is behind, and for a tenant that came to its major in no way that is remembered.
 */
export function mustFollowBy(agents: AgentStatus | undefined, { version, history, previous, withinMs }: FollowTerms): string | undefined {
  if (version === undefined || ((agents?.behindCount ?? 0) === 0 && agents?.behindUntil === undefined)) return undefined;
  const major = majorOf(version);
  const entry = history.find(({ class: upgradeClass, result, to }) => upgradeClass === "Major" && result === "Succeeded" && majorOf(to) === major);
  const endedAt = instantOf(entry?.finishedAt);
  if (endedAt !== undefined && Number.isFinite(withinMs)) return stampOf(endedAt + withinMs);
  // The history is short; what it said once goes on as long as the tenant stays in its line.
  return previous?.version !== undefined && majorOf(previous.version) === major ? previous.agents?.mustFollowBy : undefined;
}

export type FollowState = "AgentsBehind" | "FollowDueSoon" | "FollowOverdue";

/** How near the end is. */
export function followState(by: string, now: Instant): FollowState {
  const until = instantOf(by) ?? now;
  if (now >= until) return "FollowOverdue";
  return now >= until - SOON_MS ? "FollowDueSoon" : "AgentsBehind";
}

/** The instants at which the state changes. */
export function followInstants(by: string | undefined): readonly Instant[] {
  const until = instantOf(by);
  return until === undefined ? [] : [until - SOON_MS, until];
}
