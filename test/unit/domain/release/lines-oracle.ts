/**
 * Lines, found the slow way: every Monday since 2025 is visited in turn, with the default cadence (patch cut on Mondays,
 * major cut on the first of each quarter, releases three weeks old, minor ≥ 1). Shares no code with what it judges.
 */
export interface OracleRelease {
  readonly major: number;
  readonly minor: number;
  readonly releasedAt: number;
  readonly withdrawn: boolean;
}

const DAY = 86_400_000;
const MONDAY = Date.UTC(2025, 0, 6);

/** When each line opened by its turn, by `now`; those open from the start are left out. */
export function replayLines(releases: readonly OracleRelease[], runs: readonly number[], now: number): Record<string, number> {
  const majors = [...new Set(releases.map((release) => release.major))].sort((a, b) => a - b);
  const waiting = majors.slice(1).filter((major) => !runs.includes(major));
  const opened: Record<string, number> = {};
  let usedIn = "";
  for (let cut = MONDAY; cut <= now; cut += 7 * DAY) {
    const old = (major: number) => releases.some((each) => each.major === major && each.minor >= 1 && !each.withdrawn && each.releasedAt + 21 * DAY <= cut);
    const lowest = waiting.find((major) => opened[major] === undefined && old(major));
    if (lowest === undefined || usedIn === quarterOf(cut)) continue;
    opened[lowest] = cut;
    usedIn = quarterOf(cut);
  }
  return opened;
}

function quarterOf(instant: number): string {
  const date = new Date(instant);
  return `${date.getUTCFullYear()}/${Math.floor(date.getUTCMonth() / 3)}`;
}
