import { stampOf, instantOf, MINUTE, type Instant } from "../time.ts";
import { compareVersions, majorOf, parseVersion } from "../release/version.ts";

/** How long after its last heartbeat an agent is listed (facts §2): one in a reading was seen that recently. */
export const LISTED_FOR_MS = 20 * MINUTE;

/** One row of `tctl inventory ls --format=json`, its shape checked, its contents not yet believed (facts §2). */
export interface InventoryRow {
  readonly id: string;
  readonly version?: string | undefined;
  readonly hostname?: string | undefined;
  readonly services?: readonly string[] | undefined;
  readonly lastSeenAt?: string | undefined;
}

/** An agent, in the words of status. */
export interface Agent {
  readonly id: string;
  readonly hostname: string;
  readonly version: string;
  readonly major: number;
  readonly lastSeenAt: Instant;
}

/** What a reading says: every agent, or why it cannot be relied on. */
export type Reading =
  | { readonly kind: "complete"; readonly agents: readonly Agent[]; readonly readAt: Instant }
  | { readonly kind: "unknown"; readonly message: string; readonly unknownCount: number; readonly readAt: Instant };

/** How a reading is to be judged. */
export interface ReadingTerms {
  readonly readAt: Instant;
  /** Read by Exec: an Auth row at this version must be there, or the list is not complete (design §5). */
  readonly authVersion?: string | undefined;
}

/** Judges the rows: complete only if each one is understood. The provider's own rows are left out (row F10). */
export function readInventory(rows: readonly InventoryRow[], { readAt, authVersion }: ReadingTerms): Reading {
  const foreign = rows.filter((row) => !isProviders(row));
  const agents = foreign.map((row) => agentOf(row, readAt));
  const known = agents.filter((agent) => agent !== undefined);
  const unknownCount = agents.length - known.length;
  if (unknownCount > 0) return { kind: "unknown", message: "the inventory has agents without a readable version", unknownCount, readAt };
  if (authVersion !== undefined && !rows.some((row) => isAuthAt(row, authVersion))) {
    return { kind: "unknown", message: `the inventory has no Auth Service at ${authVersion}`, unknownCount, readAt };
  }
  return { kind: "complete", agents: newestOfEach(known), readAt };
}

function isProviders(row: InventoryRow): boolean {
  return (row.services ?? []).some((service) => /^(auth|proxy)$/i.test(service));
}

function isAuthAt(row: InventoryRow, version: string): boolean {
  return (row.services ?? []).some((service) => /^auth$/i.test(service)) && parseVersion(row.version ?? "") === version;
}

function agentOf(row: InventoryRow, readAt: Instant): Agent | undefined {
  const version = parseVersion(row.version ?? "");
  const id = plain(row.id, 128);
  if (version === undefined || version.length > 64 || id === "") return undefined;
  return {
    id,
    hostname: plain(row.hostname ?? "", 253),
    version,
    major: majorOf(version),
    lastSeenAt: Math.max(Math.min(instantOf(row.lastSeenAt) ?? readAt, readAt), readAt - LISTED_FOR_MS),
  };
}

/** Two rows of one id: the later heartbeat counts, and of two at once the lower version, which holds sooner. */
function newestOfEach(agents: readonly Agent[]): readonly Agent[] {
  const byId = new Map<string, Agent>();
  for (const agent of agents) {
    const known = byId.get(agent.id);
    if (known === undefined || outranks(agent, known)) byId.set(agent.id, agent);
  }
  return [...byId.values()];
}

function outranks(a: Agent, b: Agent): boolean {
  const order = a.lastSeenAt - b.lastSeenAt || compareVersions(b.version, a.version) || Number(a.hostname > b.hostname) - Number(a.hostname < b.hostname);
  return order > 0;
}

/** Text from agents is the customer's: control characters go, lengths are bounded (design §5). */
function plain(text: string, max: number): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is removed
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, "").slice(0, max).toWellFormed();
}

/** The agent as status writes it. */
export function agentRef({ id, hostname, version, lastSeenAt }: Agent) {
  return { id, hostname, version, lastSeenAt: stampOf(lastSeenAt) };
}
