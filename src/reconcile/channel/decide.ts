import type { ReleaseChannelStatus } from "../../api/index.ts";
import { keepLedger } from "../../domain/fleet/ledger.ts";
import type { Claim } from "../../domain/fleet/claim.ts";
import { vouch } from "../../domain/fleet/promotions.ts";
import { planAmong } from "../../domain/fleet/plan-fleet.ts";
import type { Channel } from "../../domain/release/channel.ts";
import { lineStates } from "../../domain/release/lines.ts";
import { majorOf } from "../../domain/release/version.ts";
import { channelStatus } from "../../domain/status/channel-status.ts";
import type { Instant } from "../../domain/time.ts";
import type { GatheredChannel } from "./gather.ts";

/** What a channel's reconcile will write, and when it looks again. */
export interface ChannelDecision {
  readonly status: ReleaseChannelStatus;
  readonly claims: readonly Claim[];
  /** Tenants whose inventory has to be read before a major may be claimed. */
  readonly refresh: readonly string[];
  readonly nextCheckAt: Instant | undefined;
}

/** Plans the channel at `now` and brings its ledger up to date; pure. */
export function decideChannel(gathered: GatheredChannel, now: Instant): ChannelDecision {
  const { channel, parsed, object } = gathered;
  const report = { previous: parsed?.status, generation: object.metadata.generation, channel, tenants: gathered.followers, now };
  if (channel.kind === "invalid" || parsed === undefined) {
    return { status: channelStatus(report), claims: [], refresh: [], nextCheckAt: undefined };
  }
  const views = gathered.tenants.flatMap(({ view }) => view ?? []);
  // Whoever had nothing to start still has not: only the others are asked again at this very instant.
  const candidates = gathered.tenants.flatMap(({ view, lanes }) => (view === undefined || lanes?.start === undefined ? [] : [view]));
  const { claims, refresh } = planAmong(channel, { views, candidates }, now);
  const members = gathered.tenants.flatMap(({ view, lanes }) => (view === undefined || lanes === undefined ? [] : [{ view, lanes }]));
  const vouching = vouch(channel, members, now);
  const runs = new Set(views.flatMap(({ version }) => (version === undefined ? [] : [majorOf(version)])));
  const ledger = keepLedger({
    spec: parsed.spec,
    status: parsed.status,
    tenants: gathered.tenants.map(({ ledger }) => ledger),
    lines: lineStates(channel, runs, now),
    claims,
    freed: gathered.freed,
    vouched: vouching.promotions,
    approvals: gathered.approvals,
    now,
  });
  return { status: channelStatus({ ...report, ledger, waves: vouching.waves }), claims, refresh, nextCheckAt: earliest(channel, gathered, { now, soakedAt: vouching.nextAt }) };
}

/** The next cut, or the next instant at which something may change for any tenant of the channel. */
function earliest(channel: Channel, { tenants }: GatheredChannel, { now, soakedAt }: { readonly now: Instant; readonly soakedAt: Instant | undefined }): Instant | undefined {
  const cuts = [channel.patch.cut.firstFrom(now + 1), channel.major.cut.firstFrom(now + 1)];
  let first = Math.min(soakedAt ?? Number.POSITIVE_INFINITY, ...cuts.map((cut) => cut ?? Number.POSITIVE_INFINITY));
  for (const { checkAt = first } of tenants) first = Math.min(first, checkAt);
  return Number.isFinite(first) ? first : undefined;
}
