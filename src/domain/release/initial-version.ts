import type { Instant } from "../time.ts";
import { deployable, type Channel, type Release } from "./channel.ts";
import { eligibleFrom } from "./due.ts";
import type { LineState } from "./lines.ts";
import { parseVersion } from "./version.ts";

/** What a new tenant asks for. */
export interface InitialQuery {
  readonly initialVersion?: string | undefined;
  readonly maxMajor?: number | undefined;
  readonly lines: readonly LineState[];
}

/**
 * The version a tenant is provisioned at (design §9): what it asks for, else the newest supported release that is a
 * target, else the newest eligible one of the newest open line, else the newest of the oldest line, eligible or not;
 * never one withdrawn or halted. Only lines up to `maxMajor` count. Undefined if the channel offers nothing.
 */
export function initialVersion(channel: Channel, query: InitialQuery, now: Instant): string | undefined {
  if (query.initialVersion !== undefined) return parseVersion(query.initialVersion);
  const lines = query.lines.filter(({ major }) => query.maxMajor === undefined || major <= query.maxMajor);
  const eligible = lines
    .filter((line) => line.open)
    .flatMap(({ major }) => offered(channel, major).filter((release) => (eligibleFrom(channel, release) ?? Number.POSITIVE_INFINITY) <= now));
  const supported = eligible.filter(({ endOfLife }) => endOfLife === undefined || endOfLife > now);
  // A line is entered at its first minor; only in the catalogue's oldest are there tenants that never entered it.
  const target = supported.findLast(({ major, minor }) => minor >= channel.major.firstMinor || major === query.lines[0]?.major);
  const oldest = lines[0] && offered(channel, lines[0].major).at(-1);
  return (target ?? eligible.at(-1) ?? oldest)?.version;
}

function offered(channel: Channel, major: number): readonly Release[] {
  return deployable(channel, major).filter((release) => !release.withdrawn && !release.halted);
}
