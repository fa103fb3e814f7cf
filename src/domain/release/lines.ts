import type { Instant } from "../time.ts";
import { deployable, type Channel } from "./channel.ts";
import { isPrerelease } from "./version.ts";

/** Whether a major line may be entered, and since or from when. */
export type LineState =
  | { readonly major: number; readonly open: true; readonly openedAt: Instant; readonly fromStart: boolean }
  | { readonly major: number; readonly open: false; readonly opensAt?: Instant };

/**
 * The state of every line of the catalogue, lowest first (design §4: "Lines open once").
 *
 * A line qualifies once a release with minor ≥ firstMinor is `major.minAge` old, opens at the first patch cut from
 * then on, and at most one opens between two major cuts. The oldest line and those that tenants run are open from the
 * start and use no turn; what was recorded stays open. `runs` are the majors that tenants run.
 */
export function lineStates(channel: Channel, runs: ReadonlySet<number>, now: Instant): readonly LineState[] {
  const majors = [...new Set(channel.releases.filter((release) => !isPrerelease(release.version)).map((release) => release.major))];
  const recorded = new Map(channel.lines.map((line) => [line.major, line]));
  const isFromStart = (major: number) => channel.overrides.get(major) === "Always" || major === majors[0] || runs.has(major);
  const isNever = (major: number) => channel.overrides.get(major) === "Never";
  const waiting = majors.filter((major) => !isNever(major) && !recorded.has(major) && !isFromStart(major));
  const turns = turnsOf(channel, waiting);

  return majors.map((major): LineState => {
    if (isNever(major)) return { major, open: false };
    const record = recorded.get(major);
    if (record !== undefined) return { major, open: true, openedAt: record.openedAt, fromStart: record.fromStart };
    if (isFromStart(major)) return { major, open: true, openedAt: channel.patch.cut.lastAt(now) ?? now, fromStart: true };
    const opensAt = turns.get(major);
    if (opensAt === undefined) return { major, open: false };
    return opensAt <= now ? { major, open: true, openedAt: opensAt, fromStart: false } : { major, open: false, opensAt };
  });
}

/**
 * The patch cut at which each waiting line's turn comes, taken one after the other: at every cut that has a turn to
 * give, the lowest line that qualifies by then. A line that does not qualify yet keeps no other from its turn.
 */
function turnsOf(channel: Channel, majors: readonly number[]): ReadonlyMap<number, Instant> {
  const turns = new Map<number, Instant>();
  const qualified = majors.flatMap((major) => {
    const at = qualifiesAt(channel, major);
    return at === undefined ? [] : [{ major, at }];
  });
  const used = channel.lines.filter((line) => !line.fromStart).map((line) => line.openedAt);
  let turnFrom = used.length === 0 ? Number.NEGATIVE_INFINITY : channel.major.cut.firstFrom(Math.max(...used) + 1);
  while (turnFrom !== undefined) {
    const next = nextTurn(channel, qualified.filter(({ major }) => !turns.has(major)), turnFrom);
    if (next === undefined) break;
    turns.set(next.major, next.at);
    turnFrom = channel.major.cut.firstFrom(next.at + 1);
  }
  return turns;
}

interface Turn {
  readonly major: number;
  readonly at: Instant;
}

/** The first cut at which any of the lines may open, and the lowest line that opens there. */
function nextTurn(channel: Channel, lines: readonly Turn[], turnFrom: Instant): Turn | undefined {
  const turns = lines.flatMap(({ major, at: qualifiesFrom }) => {
    const at = channel.patch.cut.firstFrom(Math.max(qualifiesFrom, turnFrom));
    return at === undefined ? [] : [{ major, at }];
  });
  return turns.sort((a, b) => a.at - b.at || a.major - b.major)[0];
}

/** From when a line's releases let it open; undefined if they never do. */
function qualifiesAt(channel: Channel, major: number): Instant | undefined {
  const births = deployable(channel, major)
    .filter((release) => release.minor >= channel.major.firstMinor && !release.withdrawn)
    .map((release) => release.bornAt);
  return births.length === 0 ? undefined : Math.min(...births) + channel.major.minAgeMs;
}
