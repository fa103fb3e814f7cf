import type { AgentRef, AgentStatus } from "../../api/index.ts";
import type { AgentKnowledge, LastRead } from "../agents/gate.ts";
import { isHolding } from "../agents/memory.ts";
import { majorOf } from "../release/version.ts";
import { stampOf, type Instant } from "../time.ts";

/**
 * What will be known of a tenant's agents at `at`, once it runs `version`: they are read in time, and stay as they are. An
 * inventory that cannot be read stays so.
 */
export function foreseenAgents(known: AgentKnowledge, version: string, at: Instant): AgentKnowledge {
  const currentMajor = majorOf(version);
  const { status, lastRead } = known;
  const foreseen = { ...known, maxAgeMs: Number.POSITIVE_INFINITY, lastRead: standing(lastRead, at) };
  if (status === undefined) return foreseen;
  const remembered = rememberedOf(status).filter((agent) => isHolding(agent, { currentMajor, rememberForMs: known.rememberForMs, now: at }));
  const behind = [...listedBelow(status, { currentMajor, at }), ...remembered];
  return { ...foreseen, status: { ...status, behind, behindCount: behind.length } };
}

/** The same agents once all of them run at least the tenant's major. */
export function caughtUp(known: AgentKnowledge, version: string): AgentKnowledge {
  if (known.status === undefined) return known;
  const { total = 0 } = known.status;
  return { ...known, status: { total, byMajor: { [String(majorOf(version))]: total }, behind: [], behindCount: 0, tooNew: [], unknownCount: 0 } };
}

/** Readings go on succeeding, or failing. */
function standing(lastRead: LastRead, at: Instant): LastRead {
  return lastRead.kind === "failed" ? { kind: "failed", message: lastRead.message, askedAt: at } : { kind: "complete", readAt: at, askedAt: at };
}

/** Agents in the last reading that the tenant's major leaves behind: one for each major stands for all of them. */
function listedBelow({ byMajor = {}, behind = [] }: AgentStatus, { currentMajor, at }: { readonly currentMajor: number; readonly at: Instant }): readonly AgentRef[] {
  const below = Object.entries(byMajor).filter(([major]) => Number(major) < currentMajor);
  return below.map(([major, count]) => {
    const named = behind.find(({ version }) => majorOf(version) === Number(major));
    return { id: named?.id ?? `${count} agents`, hostname: named?.hostname ?? "", version: named?.version ?? `${major}.0.0`, lastSeenAt: stampOf(at) };
  });
}

/** Those that were behind when last seen and are not in the last reading: the oldest instants, as many as the counts leave. */
function rememberedOf({ byMajor = {}, behind = [] }: AgentStatus): readonly AgentRef[] {
  const left = new Map(Object.entries(byMajor).map(([major, count]) => [Number(major), count]));
  const newestFirst = behind.toSorted((a, b) => (a.lastSeenAt < b.lastSeenAt ? 1 : -1));
  return newestFirst.filter(({ version }) => {
    const listed = left.get(majorOf(version)) ?? 0;
    left.set(majorOf(version), listed - 1);
    return listed <= 0;
  });
}
