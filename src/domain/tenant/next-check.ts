import { oldEnoughAt } from "../release/due.ts";
import { instantOf, type Instant } from "../time.ts";
import { openingsFrom } from "../window/opening.ts";
import type { LaneDecision, LanesDecision } from "./decide.ts";
import type { TenantView } from "./view.ts";

/** The earliest instant after now at which the decision, or what status shows of it, may change by itself. */
export function nextCheckAt(view: TenantView, decision: LanesDecision, now: Instant): Instant | undefined {
  const instants = [...laneInstants(decision.patch), ...laneInstants(decision.major), ...channelInstants(view, now), ...agentInstants(view), ...startInstants(view, now), ...freezeInstants(view, decision), ...view.approvals.flatMap(({ createdAt, expiresAt }) => [createdAt, expiresAt])];
  const later = instants.filter((instant): instant is Instant => instant !== undefined && instant > now && Number.isFinite(instant));
  return later.length === 0 ? undefined : Math.min(...later);
}

function laneInstants({ window, opening, holds, next, predictedMs }: LaneDecision): readonly (Instant | undefined)[] {
  return [
    window.closesAt,
    window.nextOpensAt,
    // One past the last instant at which the upgrade still fits, into the window or into an Approval's own opening.
    ...[window.closesAt, opening?.closesAt].map((closesAt) => (closesAt === undefined ? undefined : closesAt - predictedMs + 1)),
    ...holds.map((hold) => hold.until),
    next?.eligibleAt,
  ];
}

/** Every start counts, also inside a merged stretch: a new opening begins with it. */
function startInstants(view: TenantView, now: Instant): readonly Instant[] {
  for (const opening of openingsFrom(view.windows.valid, now)) return [opening.opensAt];
  return [];
}

/** A freeze begins and ends, and from some instant on an upgrade does not fit before it. */
function freezeInstants({ freezes }: TenantView, { patch, major }: LanesDecision): readonly Instant[] {
  return freezes.flatMap(({ from, until }) => [from, until, from - patch.predictedMs + 1, from - major.predictedMs + 1]);
}

/** Cuts, lines and ages: between them the catalogue stands still. */
function channelInstants({ channel, lines }: TenantView, now: Instant): readonly (Instant | undefined)[] {
  return [
    channel.patch.cut.firstFrom(now + 1),
    ...lines.map((line) => (line.open ? undefined : line.opensAt)),
    ...channel.releases.map((release) => oldEnoughAt(channel, release)),
  ];
}

/** Agents that are remembered hold until their time is over. */
function agentInstants({ agents: { status, rememberForMs, lastRead, maxAgeMs } }: TenantView): readonly (Instant | undefined)[] {
  const ends = (status?.behind ?? []).map(({ lastSeenAt }) => (instantOf(lastSeenAt) ?? Number.POSITIVE_INFINITY) + rememberForMs);
  // After a reading that failed the last complete one stands no longer than this.
  const standsUntil = lastRead.kind === "failed" && lastRead.standing !== undefined ? lastRead.standing + maxAgeMs + 1 : undefined;
  return [...ends, instantOf(status?.behindUntil), standsUntil];
}
