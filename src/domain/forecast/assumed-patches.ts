import type { ReleaseChannelSpec } from "../../api/index.ts";
import type { Channel } from "../release/channel.ts";
import { compareVersions, isPrerelease, majorOf, minorOf } from "../release/version.ts";
import { isoOf, type Instant } from "../time.ts";

/**
 * The channel with a patch of the newest minor of each line for every patch cut to come: published so that it is just old
 * enough. A catalogue names what there is, and a quarter is about what will be.
 */
export function withAssumedPatches(spec: ReleaseChannelSpec, channel: Channel, { from, until }: { readonly from: Instant; readonly until: Instant }): ReleaseChannelSpec {
  const releases = newestOfEachLine(channel).flatMap((newest) => {
    const patch = Number(newest.split(".")[2]);
    const stem = `${majorOf(newest)}.${minorOf(newest)}`;
    return cutsBetween(channel, from, until).map((cut, index) => ({ version: `${stem}.${patch + index + 1}`, releasedAt: isoOf(cut - channel.patch.minAgeMs), security: false }));
  });
  return { ...spec, releases: [...spec.releases, ...releases] };
}

function newestOfEachLine({ releases }: Channel): readonly string[] {
  const byLine = Map.groupBy(releases.filter(({ version }) => !isPrerelease(version)), ({ major }) => major);
  return [...byLine.values()].flatMap((line) => line.map(({ version }) => version).sort(compareVersions).at(-1) ?? []);
}

function cutsBetween({ patch }: Channel, from: Instant, until: Instant): readonly Instant[] {
  const cuts: Instant[] = [];
  for (let cut = patch.cut.firstFrom(from + 1); cut !== undefined && cut <= until; cut = patch.cut.firstFrom(cut + 1)) cuts.push(cut);
  return cuts;
}
