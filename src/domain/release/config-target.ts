import { channelHold, type Hold } from "../hold.ts";
import type { Channel } from "./channel.ts";
import { haltedHold, type LaneTarget } from "./lane-target.ts";

/**
 * The patch lane of a tenant whose pods' template is not as it would be rendered now (class Config, design §9). Without a newer
 * version it leads to the one that runs, in pods of the newer template: whatever cut, age or wave a release waits for. A newer
 * version takes the template along.
 */
export function configTarget(usual: LaneTarget, { channel, version }: { readonly channel: Channel; readonly version: string }): LaneTarget {
  if (usual.target !== undefined) return usual;
  return { target: { version, class: "Config" }, ...(usual.next && { next: usual.next }), holds: unfit(channel, version) };
}

/** More pods of a release that does not work, or that nobody is to run, are started by nothing (invariant I5); one that the catalogue no longer lists still runs. */
function unfit(channel: Channel, version: string): readonly Hold[] {
  const release = channel.releases.find((each) => each.version === version);
  if (release?.withdrawn === true) return [channelHold("ReleaseWithdrawn", channel.name, `${version}, which the tenant runs, was withdrawn and nothing newer exists`)];
  return release?.halted === true ? [haltedHold(channel, version)] : [];
}
