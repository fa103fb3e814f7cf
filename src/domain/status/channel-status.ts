import type { ReleaseChannelStatus } from "../../api/index.ts";
import type { Ledger } from "../fleet/ledger.ts";
import { haltedVersions } from "../fleet/plan-fleet.ts";
import type { Channel, InvalidChannel } from "../release/channel.ts";
import { isoOf, type Instant } from "../time.ts";
import { conditionsOf, stalledWish, type ConditionWish } from "./conditions.ts";

export interface ChannelReport {
  readonly previous: ReleaseChannelStatus | undefined;
  readonly generation: number | undefined;
  readonly channel: Channel | InvalidChannel;
  /** Absent while the channel is invalid: the ledger then stays as it was. */
  readonly ledger?: Ledger | undefined;
  readonly tenants: number;
  readonly now: Instant;
}

/** The status of a channel: the ledger, the next cuts, and what stands in the way. */
export function channelStatus(report: ChannelReport): ReleaseChannelStatus {
  const { previous, generation, channel, ledger, tenants, now } = report;
  const memory = ledger ?? previous ?? {};
  const cuts = channel.kind === "valid" ? cutsOf(channel, now) : {};
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    ...(memory.slots && { slots: memory.slots }),
    ...(memory.lines && { lines: memory.lines }),
    ...(memory.halts && { halts: memory.halts }),
    ...(memory.promotions && memory.promotions.length > 0 && { promotions: memory.promotions }),
    ...(memory.releases && { releases: memory.releases }),
    ...cuts,
    tenants,
    conditions: conditionsOf(wishes(channel), { previous: previous?.conditions, generation, now }),
  };
}

function cutsOf(channel: Channel, now: Instant): Pick<ReleaseChannelStatus, "nextPatchCutAt" | "nextMajorCutAt"> {
  const patch = channel.patch.cut.firstFrom(now + 1);
  const major = channel.major.cut.firstFrom(now + 1);
  return { ...(patch !== undefined && { nextPatchCutAt: isoOf(patch) }), ...(major !== undefined && { nextMajorCutAt: isoOf(major) }) };
}

function wishes(channel: Channel | InvalidChannel): readonly ConditionWish[] {
  if (channel.kind === "invalid") {
    const message = channel.problems.join("; ");
    return [{ type: "Ready", status: "False", reason: "ChannelInvalid", message }, ...stalledWish([{ reason: "ChannelInvalid", message }])];
  }
  const halted = haltedVersions(channel);
  const ready: ConditionWish = { type: "Ready", status: "True", reason: "Valid", message: "The channel can be followed" };
  if (halted.length === 0) return [ready];
  return [ready, { type: "Halted", status: "True", reason: "ReleaseHalted", message: `Failed on too many tenants: ${[...halted].sort().join(", ")}` }];
}
