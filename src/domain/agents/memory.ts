import type { AgentRef, AgentStatus } from "../../api/index.ts";
import { majorOf } from "../release/version.ts";
import { instantOf, SECOND, stampOf, type Instant } from "../time.ts";
import { agentRef, LISTED, LISTED_FOR_MS, type AgentGroup, type Reading } from "./inventory.ts";

const LISTED_TOO_NEW = 20;
/** An end that is not known is written as the last instant that RFC 3339 has. */
const LAST_INSTANT = Date.UTC(9999, 11, 31, 23, 59, 59);

/** What the memory of agents depends on. */
export interface MemoryTerms {
  readonly currentMajor: number;
  readonly rememberForMs: number;
  readonly now: Instant;
  /** When the last complete reading was taken: the agents in it hold as long as it stands (design §5). */
  readonly readAt?: Instant | undefined;
  /** No complete reading was taken by this process yet: what it knows is what status said. */
  readonly isFirst?: boolean;
  /** An Approval says that an inventory which turned empty is right. */
  readonly emptyAttested?: boolean;
}

/**
 * Takes a reading into the tenant's memory of its agents (design §5): agents vanish 20 minutes after their last
 * heartbeat, so those that were behind when last seen go on holding until they come back upgraded or their time is over.
 * An inventory that is unknown, or turned empty while agents were known, changes nothing.
 */
export function rememberAgents(said: AgentStatus | undefined, reading: Reading, terms: MemoryTerms): AgentStatus | undefined {
  if (reading.kind === "unknown") return { ...said, unknownCount: reading.unknownCount };
  if (terms.emptyAttested !== true && turnedEmpty(said, reading)) return said;
  const known = seenByNow(said, terms);
  const previous = terms.isFirst === true ? seenOfLate(known, terms) : known;
  const behind = reading.groups.filter(({ major }) => major < terms.currentMajor);
  const remembered = (previous?.behind ?? []).filter((agent) => !reading.ids.has(agent.id) && isHolding(agent, terms));
  const all = [...behind.flatMap(({ first }) => first.map(agentRef)), ...remembered].sort(byAge);
  const [listed, unlisted] = [all.slice(0, LISTED), all.slice(LISTED)];
  const tooNew = reading.groups.filter(({ major }) => major > terms.currentMajor + 1).flatMap(({ first }) => first.map(agentRef));
  const behindUntil = overflowUntil(previous, [...unlistedSeenAt(behind, listed), ...unlisted.map(({ lastSeenAt }) => instantOf(lastSeenAt) ?? terms.now)], terms);
  return {
    total: reading.total,
    byMajor: Object.fromEntries(reading.groups.map(({ major, count }) => [String(major), count])),
    behind: listed,
    behindCount: behind.reduce((sum, { count }) => sum + count, remembered.length),
    ...(behindUntil !== undefined && { behindUntil: stampOf(behindUntil) }),
    tooNew: tooNew.slice(0, LISTED_TOO_NEW),
    unknownCount: 0,
  };
}

/** What was last seen at an instant that is yet to come, by a clock that was set back since, was seen now at the latest. */
function seenByNow(said: AgentStatus | undefined, { rememberForMs, now }: MemoryTerms): AgentStatus | undefined {
  const behind = said?.behind?.map((agent) => ((instantOf(agent.lastSeenAt) ?? now) > now ? { ...agent, lastSeenAt: stampOf(now) } : agent));
  const until = Math.min(instantOf(said?.behindUntil) ?? LAST_INSTANT, now + rememberForMs, LAST_INSTANT);
  return said && { ...said, ...(behind && { behind }), ...(said.behindUntil !== undefined && { behindUntil: stampOf(until) }) };
}

/** When those that are not listed were seen, at the latest: of a group that is not listed whole, whoever of it was seen last. */
function unlistedSeenAt(behind: readonly AgentGroup[], listed: readonly AgentRef[]): readonly Instant[] {
  const names = new Set(listed.map(({ id }) => id));
  return behind.filter(({ count, first }) => first.filter(({ id }) => names.has(id)).length < count).map(({ newestSeenAt }) => newestSeenAt);
}

/**
 * Status does not follow every heartbeat, so the instants of those that were listed then may be old: whoever of them is
 * gone now may have gone just now. The others, which were only remembered, keep the instant at which they vanished.
 */
function seenOfLate(said: AgentStatus | undefined, { currentMajor, rememberForMs, now }: MemoryTerms): AgentStatus | undefined {
  const listed = Object.entries(said?.byMajor ?? {}).reduce((sum, [major, count]) => sum + (Number(major) < currentMajor ? count : 0), 0);
  if (listed === 0) return said;
  const newestFirst = [...(said?.behind ?? [])].sort((a, b) => (instantOf(b.lastSeenAt) ?? now) - (instantOf(a.lastSeenAt) ?? now));
  const behind = newestFirst.map((agent, index) => (index < listed ? { ...agent, lastSeenAt: stampOf(now) } : agent));
  return { ...said, behind, ...(said?.behindUntil !== undefined && { behindUntil: stampOf(Math.min(now + rememberForMs, LAST_INSTANT)) }) };
}

/**
 * An inventory that is empty though agents were known is not believed. One that was attested to be empty, and is still, has not
 * turned: whom it left remembered goes on holding, and is forgotten in time.
 */
export function turnedEmpty(previous: AgentStatus | undefined, reading: Reading): boolean {
  const known = previous?.total ?? previous?.behindCount ?? 0;
  return reading.kind === "complete" && reading.total === 0 && known > 0;
}

/** Whether an agent that was seen behind still counts: it was in the last reading or is remembered, and below the tenant's major. */
export function isHolding(agent: AgentRef, { currentMajor, rememberForMs, now, readAt }: MemoryTerms): boolean {
  if (majorOf(agent.version) >= currentMajor) return false;
  const lastSeenAt = instantOf(agent.lastSeenAt) ?? now;
  // Status knows whole seconds: what was seen at the very beginning of the list's reach is written a moment before it.
  const isListed = readAt !== undefined && lastSeenAt > readAt - LISTED_FOR_MS - SECOND;
  return isListed || lastSeenAt + rememberForMs > now;
}

/** Agents that no longer fit the list hold together, until the newest of them would be forgotten. */
function overflowUntil(previous: AgentStatus | undefined, unlistedSeenAt: readonly Instant[], { rememberForMs, now }: MemoryTerms): Instant | undefined {
  const ends = [...unlistedSeenAt.map((seenAt) => seenAt + rememberForMs), instantOf(previous?.behindUntil) ?? 0];
  const end = Math.min(Math.max(...ends), LAST_INSTANT);
  return end > now ? end : undefined;
}

/** The oldest version first, so that the list names those that matter most; ids make the order total. */
function byAge(a: AgentRef, b: AgentRef): number {
  return majorOf(a.version) - majorOf(b.version) || (a.id < b.id ? -1 : Number(a.id > b.id));
}
