import type { AgentRef, AgentStatus } from "../../api/index.ts";
import { tenantHold, type Hold } from "../hold.ts";
import { majorOf } from "../release/version.ts";
import { instantOf, type Instant } from "../time.ts";
import { isHolding, type MemoryTerms } from "./memory.ts";

/** What is known of a tenant's agents: what status remembers, and how the last attempt to read ended. */
export interface AgentKnowledge {
  readonly status: AgentStatus | undefined;
  readonly lastRead: LastRead;
  readonly rememberForMs: number;
  readonly maxAgeMs: number;
}

/** Freshness lives in memory: a new process starts with `never` and reads again before it decides (design §5). */
export type LastRead =
  | { readonly kind: "never" }
  | { readonly kind: "complete"; readonly readAt: Instant; readonly askedAt: Instant }
  | {
      readonly kind: "failed";
      readonly message: string;
      readonly askedAt: Instant;
      /** When the last complete reading was taken: it stands until it is older than `maxAge`. */
      readonly standing?: Instant;
    };

const NAMED = 3;

/** The holds that agents put on a major (row F10). The patch lane does not look at agents. */
export function agentHolds(tenant: string, knowledge: AgentKnowledge, terms: MemoryTerms): readonly Hold[] {
  const { status, lastRead } = knowledge;
  // Whoever has not read anything yet believes what the process before has written, to the last agent.
  const believed = lastRead.kind === "never" ? { ...terms, rememberForMs: Number.POSITIVE_INFINITY } : terms;
  const behind = holdingAgents(status, { ...believed, readAt: readAtOf(lastRead) });
  const overflowing = (instantOf(status?.behindUntil) ?? 0) > terms.now;
  const majorsBelow = listedBelow(status, terms.currentMajor);
  return [
    ...(behind.length > 0 || overflowing || majorsBelow.length > 0 ? [tenantHold("AgentsBehind", tenant, behindMessage({ behind, overflowing, majorsBelow }, terms.currentMajor))] : []),
    ...(lastRead.kind === "complete" || stands(lastRead, knowledge.maxAgeMs, terms.now) ? [] : [tenantHold("InventoryUnknown", tenant, unknownMessage(lastRead))]),
  ];
}

/** When the reading that counts was taken; undefined if none does. */
export function readAtOf(lastRead: LastRead): Instant | undefined {
  if (lastRead.kind === "never") return undefined;
  return lastRead.kind === "complete" ? lastRead.readAt : lastRead.standing;
}

/**
 * A reading that failed is no news while the last complete one is young enough. How old one is that was taken by a clock
 * which has been set back since, nobody knows.
 */
function stands(lastRead: LastRead, maxAgeMs: number, now: Instant): boolean {
  const readAt = readAtOf(lastRead);
  return readAt !== undefined && readAt <= now && now - readAt <= maxAgeMs;
}

/** Agents that still hold, remembered ones included. */
export function holdingAgents(status: AgentStatus | undefined, terms: MemoryTerms): readonly AgentRef[] {
  return (status?.behind ?? []).filter((agent) => isHolding(agent, terms));
}

/** Majors in the last reading that nobody called behind, since the tenant has come to its own only afterwards. */
function listedBelow(status: AgentStatus | undefined, currentMajor: number): readonly string[] {
  if (status?.behindUntil !== undefined) return [];
  const judged = new Set((status?.behind ?? []).map(({ version }) => String(majorOf(version))));
  const below = Object.entries(status?.byMajor ?? {}).filter(([major, count]) => count > 0 && Number(major) < currentMajor);
  return below.map(([major]) => major).filter((major) => !judged.has(major));
}

/** Whether the inventory has to be read again before a start may rest on it. */
export function isStale(lastRead: LastRead, maxAgeMs: number, now: Instant): boolean {
  return !stands(lastRead, maxAgeMs, now);
}

interface Behind {
  readonly behind: readonly AgentRef[];
  readonly overflowing: boolean;
  readonly majorsBelow: readonly string[];
}

function behindMessage({ behind, overflowing, majorsBelow }: Behind, currentMajor: number): string {
  const named = behind.slice(0, NAMED).map(({ id, hostname, version }) => `${id} (${hostname === "" ? "no hostname" : hostname}) at ${version}`);
  const unnamed = behind.length > NAMED || overflowing ? " and others" : "";
  const nameless = overflowing ? "agents that no longer fit the list" : `agents at ${majorsBelow.join(" and ")}`;
  return `agents must run ${currentMajor} first: ${named.length === 0 ? nameless : `${named.join(", ")}${unnamed}`}`;
}

function unknownMessage(lastRead: Exclude<LastRead, { kind: "complete" }>): string {
  return lastRead.kind === "failed" ? lastRead.message : "the inventory has not been read yet";
}
