import type { ReleaseChannelStatus } from "../../api/index.ts";
import type { Ledger } from "../fleet/ledger.ts";
import type { WaveProgress } from "../fleet/promotions.ts";
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
  /** How far the waves are; none while the channel is invalid, or all tenants are one wave. */
  readonly waves?: readonly WaveProgress[] | undefined;
  readonly tenants: number;
  /** Absent while nothing new is known: what was found before then stays. */
  readonly outlook?: Outlook | undefined;
  readonly now: Instant;
}

/** What a forecast has found. */
export interface Outlook {
  /** Stands for what it rests on. */
  readonly of: string;
  /** What slots are short for; undefined: nothing. */
  readonly shortage: string | undefined;
}

/** The status of a channel: the ledger, the next cuts, and what stands in the way. */
export function channelStatus(report: ChannelReport): ReleaseChannelStatus {
  const { previous, generation, channel, ledger, waves = [], tenants, outlook, now } = report;
  const memory = ledger ?? previous ?? {};
  const cuts = channel.kind === "valid" ? cutsOf(channel, now) : {};
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    ...(memory.slots && { slots: memory.slots }),
    ...(memory.lines && { lines: memory.lines }),
    ...(memory.halts && { halts: memory.halts }),
    ...(memory.promotions && memory.promotions.length > 0 && { promotions: memory.promotions }),
    ...(memory.releases && { releases: memory.releases }),
    ...(memory.durations && { durations: memory.durations }),
    ...cuts,
    ...(waves.length > 0 && { waves: waves.map((wave) => ({ name: wave.name, tenants: wave.tenants, message: messageOf(wave) })) }),
    tenants,
    ...(outlook === undefined ? previous?.outlook && { outlook: previous.outlook } : { outlook: outlook.of }),
    conditions: [
      ...conditionsOf([...wishes(channel), ...waveWishes(waves), ...capacityWishes(outlook)], { previous: previous?.conditions, generation, now }),
      ...(outlook === undefined ? (previous?.conditions ?? []).filter(({ type }) => type === CAPACITY_SHORT) : []),
    ],
  };
}

/** The longest that a wave's message may be. */
const MESSAGE_MAX = 256;

function messageOf({ vouchesFor, onTrial, stalled }: WaveProgress): string {
  const parts = [
    ...(vouchesFor.length > 0 ? [`vouches for ${vouchesFor.join(", ")}`] : []),
    ...(onTrial.length > 0 ? [`has ${onTrial.join(", ")} on trial`] : []),
    ...(stalled.length > 0 ? [`stalled with ${stalled.join(", ")}`] : []),
  ];
  return (parts.length === 0 ? "nothing to vouch for" : parts.join("; ")).slice(0, MESSAGE_MAX);
}

/** The last wave vouches for nobody: it is asked for nothing. */
function waveWishes(waves: readonly WaveProgress[]): readonly ConditionWish[] {
  const empty = waves.slice(0, -1).filter(({ tenants }) => tenants === 0).map(({ name }) => name);
  const stalled = waves.filter((wave) => wave.stalled.length > 0).map(({ name, stalled: versions }) => `${name} (${versions.join(", ")})`);
  return [
    ...(empty.length > 0 ? [{ type: "EmptyWave", status: "True" as const, reason: "EmptyWave", message: `No tenant is in ${empty.join(", ")}: what it should vouch for passes at once` }] : []),
    ...(stalled.length > 0 ? [{ type: "WaveStalled", status: "True" as const, reason: "WaveStalled", message: `Not done within its timeout: ${stalled.join(", ")}` }] : []),
  ];
}

const CAPACITY_SHORT = "CapacityShort";

function capacityWishes(outlook: Outlook | undefined): readonly ConditionWish[] {
  return outlook?.shortage === undefined ? [] : [{ type: CAPACITY_SHORT, status: "True", reason: CAPACITY_SHORT, message: outlook.shortage }];
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
