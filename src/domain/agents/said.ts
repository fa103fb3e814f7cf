import type { AgentRef, AgentStatus } from "../../api/index.ts";

/** What status says of the agents: instants alone are no news, they move with what they belong to (invariant I17). */
export function saidAgents(previous: AgentStatus | undefined, known: AgentStatus | undefined): AgentStatus | undefined {
  if (previous === undefined || known === undefined) return known;
  return contentOf(previous) === contentOf(known) ? previous : known;
}

function contentOf({ total, byMajor = {}, behind = [], behindCount, behindUntil, tooNew = [], unknownCount }: AgentStatus): string {
  const counts = Object.entries(byMajor).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([total, counts, behind.map(who), behindCount, behindUntil === undefined, tooNew.map(who), unknownCount]);
}

function who({ id, hostname, version }: AgentRef): readonly string[] {
  return [id, hostname, version];
}
