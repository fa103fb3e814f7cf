import type { Instant } from "../time.ts";
import { deployable, type Channel, type Release } from "./channel.ts";
import { eligibleFrom } from "./lane-target.ts";
import type { LineState } from "./lines.ts";
import { parseVersion } from "./version.ts";

/** What a new tenant asks for. */
export interface InitialQuery {
  readonly initialVersion?: string | undefined;
  readonly maxMajor?: number | undefined;
  readonly lines: readonly LineState[];
}

/**
 * The version a tenant is provisioned at (design §9): what it asks for, else the newest eligible release of the newest
 * open line it may reach, else the newest of the oldest line, eligible or not; never one withdrawn or halted.
 * Undefined if the channel offers nothing.
 */
export function initialVersion(channel: Channel, query: InitialQuery, now: Instant): string | undefined {
  if (query.initialVersion !== undefined) return parseVersion(query.initialVersion);
  const allowed = (major: number) => query.maxMajor === undefined || major <= query.maxMajor;
  const open = query.lines.filter((line) => line.open && allowed(line.major)).toReversed();
  for (const line of open) {
    const eligible = offered(channel, line.major).findLast((release) => isEligible(channel, release, now));
    if (eligible !== undefined) return eligible.version;
  }
  const oldest = query.lines.find((line) => allowed(line.major));
  return oldest === undefined ? undefined : offered(channel, oldest.major).at(-1)?.version;
}

function offered(channel: Channel, major: number): readonly Release[] {
  return deployable(channel, major).filter((release) => !release.withdrawn && !release.halted);
}

function isEligible(channel: Channel, release: Release, now: Instant): boolean {
  const supported = release.endOfLife === undefined || release.endOfLife > now;
  return supported && (eligibleFrom(channel, release) ?? Number.POSITIVE_INFINITY) <= now;
}
