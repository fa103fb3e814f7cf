import { stampOf, instantOf, MINUTE, type Instant } from "../time.ts";
import { majorOf, parseVersion } from "../release/version.ts";

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

/** The agents of one major, as much of them as is ever told. */
export interface AgentGroup {
  readonly major: number;
  readonly count: number;
  /** The first by id, at most `LISTED`. */
  readonly first: readonly Agent[];
  /** When the last of them was seen. */
  readonly newestSeenAt: Instant;
}

/** What a complete list of agents comes to, however long it is. */
export interface AgentSummary {
  readonly total: number;
  /** Lowest major first. */
  readonly groups: readonly AgentGroup[];
  /** Of every agent. */
  readonly ids: ReadonlySet<string>;
}

/** What a reading says: all that matters of every agent, or why it cannot be relied on. */
export type Reading =
  | ({ readonly kind: "complete"; readonly readAt: Instant } & AgentSummary)
  | { readonly kind: "unknown"; readonly message: string; readonly unknownCount: number; readonly readAt: Instant };

/** How a reading is to be judged. */
export interface ReadingTerms {
  readonly readAt: Instant;
  /** Read by Exec: an Auth row at this version must be there, or the list is not complete (design §5). */
  readonly authVersion?: string | undefined;
}

/** How many agents of one major are kept by name: as many as status lists. */
export const LISTED = 50;
/** Agents of more different majors than this are in no fleet. */
const MOST_MAJORS = 50;
const LONGEST_VERSION = 64;
const LONGEST_ID = 128;

/** Judges rows that are at hand. */
export function readInventory(rows: readonly InventoryRow[], terms: ReadingTerms): Reading {
  const tally = new InventoryTally(terms);
  for (const row of rows) tally.take(row);
  return tally.reading();
}

/**
 * Takes in an inventory row by row and keeps what is told of it. Complete only if each row is understood and none is there
 * twice. The provider's own rows are left out (row F10).
 */
export class InventoryTally {
  readonly #terms: ReadingTerms;
  readonly #groups = new Map<number, Group>();
  readonly #ids = new Set<string>();
  /** The provider's. */
  readonly #others = new Set<string>();
  #unknownCount = 0;
  #twiceCount = 0;
  #hasAuth = false;

  constructor(terms: ReadingTerms) {
    this.#terms = terms;
  }

  take(row: InventoryRow): void {
    const { authVersion, readAt } = this.#terms;
    const id = plain(row.id, LONGEST_ID);
    if (this.#ids.has(id) || this.#others.has(id)) this.#twiceCount += 1;
    if (isProviders(row)) {
      this.#others.add(id);
      if (isAuthAt(row, authVersion)) this.#hasAuth = true;
      return;
    }
    const agent = agentOf(id, row, readAt);
    if (agent === undefined) this.#unknownCount += 1;
    else this.#count(agent);
  }

  reading(): Reading {
    const { readAt, authVersion } = this.#terms;
    const unknown = (message: string): Reading => ({ kind: "unknown", message, unknownCount: this.#unknownCount + this.#twiceCount, readAt });
    if (this.#unknownCount > 0) return unknown("the inventory has agents without a readable version");
    if (this.#twiceCount > 0) return unknown("the inventory has several rows with the same id");
    if (this.#groups.size > MOST_MAJORS) return unknown(`the inventory has agents of more than ${MOST_MAJORS} majors`);
    if (authVersion !== undefined && !this.#hasAuth) return unknown(`the inventory has no Auth Service at ${authVersion}`);
    const groups = [...this.#groups.values()].sort((a, b) => a.major - b.major);
    return { kind: "complete", readAt, total: this.#ids.size, groups, ids: this.#ids };
  }

  #count(agent: Agent): void {
    this.#ids.add(agent.id);
    const group = this.#groups.get(agent.major) ?? { major: agent.major, count: 0, first: [], newestSeenAt: agent.lastSeenAt };
    group.count += 1;
    group.newestSeenAt = Math.max(group.newestSeenAt, agent.lastSeenAt);
    keepFirst(group.first, agent);
    // One more than there may be says all.
    if (this.#groups.size <= MOST_MAJORS) this.#groups.set(agent.major, group);
  }
}

type Group = { -readonly [Field in keyof AgentGroup]: AgentGroup[Field] } & { readonly first: Agent[] };

/** Puts the agent where its id belongs, if that is among the first. */
function keepFirst(first: Agent[], agent: Agent): void {
  const last = first.at(-1);
  if (first.length === LISTED && last !== undefined && agent.id >= last.id) return;
  const index = first.findIndex(({ id }) => id > agent.id);
  first.splice(index < 0 ? first.length : index, 0, agent);
  if (first.length > LISTED) first.pop();
}

function isProviders(row: InventoryRow): boolean {
  return (row.services ?? []).some((service) => /^(auth|proxy)$/i.test(service));
}

function isAuthAt(row: InventoryRow, version: string | undefined): boolean {
  return version !== undefined && (row.services ?? []).some((service) => /^auth$/i.test(service)) && versionOf(row) === version;
}

/** Texts of versions are remembered once they are read: only those of a sensible length are. */
function versionOf({ version = "" }: InventoryRow): string | undefined {
  return version.length > LONGEST_VERSION ? undefined : parseVersion(version);
}

function agentOf(id: string, row: InventoryRow, readAt: Instant): Agent | undefined {
  const version = versionOf(row);
  if (version === undefined || id === "") return undefined;
  return {
    id,
    hostname: plain(row.hostname ?? "", 253),
    version,
    major: majorOf(version),
    lastSeenAt: Math.max(Math.min(instantOf(row.lastSeenAt) ?? readAt, readAt), readAt - LISTED_FOR_MS),
  };
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
