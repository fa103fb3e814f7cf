import type { Instant } from "../time.ts";
import { deployable, type Channel } from "./channel.ts";

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
  const majors = [...new Set(channel.releases.map((release) => release.major))];
  const oldest = majors[0];
  const recorded = new Map(channel.lines.map((line) => [line.major, line]));
  let lastTurnAt = latest(channel.lines.filter((line) => !line.fromStart).map((line) => line.openedAt));

  return majors.map((major): LineState => {
    const override = channel.overrides.get(major);
    if (override === "Never") return { major, open: false };
    const record = recorded.get(major);
    if (record !== undefined) return { major, open: true, openedAt: record.openedAt, fromStart: record.fromStart };
    if (override === "Always" || major === oldest || runs.has(major)) {
      return { major, open: true, openedAt: channel.patch.cut.lastAt(now) ?? now, fromStart: true };
    }
    const opensAt = turnOf(channel, major, lastTurnAt);
    if (opensAt === undefined) return { major, open: false };
    lastTurnAt = opensAt;
    return opensAt <= now ? { major, open: true, openedAt: opensAt, fromStart: false } : { major, open: false, opensAt };
  });
}

/** The patch cut at which a line's turn comes, if its releases let it qualify at all. */
function turnOf(channel: Channel, major: number, lastTurnAt: Instant | undefined): Instant | undefined {
  const births = deployable(channel, major)
    .filter((release) => release.minor >= channel.major.firstMinor && !release.withdrawn)
    .map((release) => release.bornAt);
  if (births.length === 0) return undefined;
  const qualifiesAt = Math.min(...births) + channel.major.minAgeMs;
  const turnFrom = lastTurnAt === undefined ? qualifiesAt : channel.major.cut.firstFrom(lastTurnAt + 1);
  if (turnFrom === undefined) return undefined;
  return channel.patch.cut.firstFrom(Math.max(qualifiesAt, turnFrom));
}

function latest(instants: readonly Instant[]): Instant | undefined {
  return instants.length === 0 ? undefined : Math.max(...instants);
}
