import type { ReleaseChannelStatus } from "../../api/index.ts";
import type { Claim } from "../../domain/fleet/claim.ts";
import type { Fleet } from "../../domain/fleet/fleet.ts";
import { haltsAfter, keepLedger } from "../../domain/fleet/ledger.ts";
import { freeSlots, planAmong } from "../../domain/fleet/plan-fleet.ts";
import { isHalted, type Channel } from "../../domain/release/channel.ts";
import { lineStates } from "../../domain/release/lines.ts";
import { channelStatus } from "../../domain/status/channel-status.ts";
import type { Instant } from "../../domain/time.ts";
import type { GatheredChannel } from "./gather.ts";

/** What a channel's reconcile will write, and when it looks again. */
export interface ChannelDecision {
  readonly status: ReleaseChannelStatus;
  readonly claims: readonly Claim[];
  /** Tenants whose inventory has to be read before a major may be claimed. */
  readonly refresh: readonly string[];
  /** Whether a slot was free as the tenants see it, and whether one is left over. */
  readonly slotFree: readonly [before: boolean, after: boolean];
  readonly nextCheckAt: Instant | undefined;
}

/** Plans the channel at `now` and brings its ledger up to date. */
export function decideChannel(gathered: GatheredChannel, now: Instant): ChannelDecision {
  const { channel, rules, parsed, object, book } = gathered;
  const { fleet } = book;
  const report = { previous: parsed?.status, generation: object.metadata.generation, channel, tenants: gathered.followers, outlook: gathered.outlook, now };
  if (channel.kind === "invalid" || parsed === undefined) {
    return { status: channelStatus(report), claims: [], refresh: [], slotFree: [false, false], nextCheckAt: undefined };
  }
  // What ended gives its slot on in the same write.
  const kept = { ...channel, slots: channel.slots.filter(({ attempt }) => !gathered.freed.has(attempt)) };
  const tenants = parsed.status?.durations === undefined ? fleet.everyLedger() : fleet.ledger(channel.slots.map(({ tenant }) => tenant));
  const { spec, status } = parsed;
  // What this very write halts is claimed for nobody: it would be given up at once, and the opening with it.
  const halted = new Set(haltsAfter({ spec, status, tenants, approvals: gathered.approvals, now }).filter((halt) => isHalted(halt, channel.maxFailures)).map(({ version }) => version));
  const candidates = fleet.candidates.filter(({ start }) => !halted.has(start.to));
  const { claims, refresh } = planAmong(kept, { size: fleet.size, running: fleet.running, candidates }, now);
  const lines = lineStates(channel, fleet.majors, now);
  const vouching = book.vouching.of(channel, { fleet, lines, rules }, now);
  const ledger = keepLedger({
    spec,
    status,
    tenants,
    lines,
    claims,
    freed: gathered.freed,
    vouched: vouching.promotions,
    approvals: gathered.approvals,
    now,
  });
  return {
    status: channelStatus({ ...report, ledger, waves: vouching.waves }),
    claims,
    refresh,
    slotFree: [isSlotFree(channel, fleet), isSlotFree({ ...channel, slots: ledger.slots ?? [] }, fleet)],
    nextCheckAt: earliest(channel, [vouching.nextAt, book.nextAt()], now),
  };
}

function isSlotFree(channel: Channel, { size, running }: Fleet): boolean {
  return freeSlots(channel, size, running) > 0;
}

/** The next cut, or the next instant at which something may change for any tenant of the channel. */
function earliest({ patch, major }: Channel, others: readonly (Instant | undefined)[], now: Instant): Instant | undefined {
  const instants = [patch.cut.firstFrom(now + 1), major.cut.firstFrom(now + 1), ...others].filter((at) => at !== undefined);
  return instants.length === 0 ? undefined : Math.min(...instants);
}
