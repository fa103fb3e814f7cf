import type { AttemptResult, HoldCode, UpgradeClass } from "../../api/index.ts";
import type { Candidate } from "../fleet/order.ts";
import type { Hold, Lane } from "../hold.ts";
import type { Channel } from "../release/channel.ts";
import { eligibleFrom } from "../release/due.ts";
import type { LanesDecision, Start } from "../tenant/decide.ts";
import type { TenantView } from "../tenant/view.ts";
import type { Instant } from "../time.ts";
import type { Opening } from "../window/opening.ts";
import { placeAt } from "../window/place.ts";
import type { Underway } from "./underway.ts";

/** An upgrade that will start. */
export interface ForecastStart {
  readonly tenant: string;
  readonly channel: string;
  readonly class: UpgradeClass;
  readonly from: string;
  readonly to: string;
  readonly claimedAt: Instant;
  /** Its disruptive instant. */
  readonly startsAt: Instant;
  /** When it ends; one that gets stuck is given up then. */
  readonly endsAt: Instant;
  readonly opening: Opening;
  /** Absent: the channel has no waves. */
  readonly wave?: string | undefined;
  /** The hold that was the last to clear; absent: nothing held it. */
  readonly lastHold?: HoldCode | undefined;
  readonly approvals: readonly string[];
  readonly result: Extract<AttemptResult, "Succeeded" | "RolledBack"> | "Stuck";
}

/** A lane that had somewhere to go when an opening began, and stayed. */
export interface ForecastWait {
  readonly at: Instant;
  readonly tenant: string;
  readonly lane: Lane;
  readonly window: string;
  readonly version: string;
  readonly codes: readonly HoldCode[];
}

/** Something that happens to a whole channel, or shows that it is short of something. */
export type ForecastEvent = { readonly at: Instant; readonly channel: string } & (
  | { readonly kind: "vouched"; readonly wave: string; readonly version: string }
  | { readonly kind: "waveStalled"; readonly wave: string; readonly version: string }
  | { readonly kind: "lineOpened"; readonly major: number }
  | { readonly kind: "halted"; readonly version: string }
  /** For want of slots alone the tenant does not get the release within two cuts (design §7). */
  | { readonly kind: "capacityShort"; readonly tenant: string; readonly version: string }
);

/** A tenant at the end of a forecast: what it runs then, and what holds it. */
export interface ForecastTenant {
  readonly view: TenantView;
  readonly lanes: LanesDecision;
  /** The upgrade that runs then, stuck ones included. */
  readonly underway?: Underway | undefined;
}

/** What will happen to the tenants of one channel. */
export interface ChannelForecast {
  /** As it is at the end. */
  readonly channel: Channel;
  readonly from: Instant;
  readonly until: Instant;
  /** In the order in which they start. */
  readonly starts: readonly ForecastStart[];
  readonly waits: readonly ForecastWait[];
  readonly events: readonly ForecastEvent[];
  readonly tenants: readonly ForecastTenant[];
}

/** A tenant that has come to its disruptive instant. */
export function startOf({ view, held }: { readonly view: TenantView; readonly held: LanesDecision | undefined }, { claim, disruptiveAt, nextAt, fails }: Underway): ForecastStart {
  const { tenant, class: upgradeClass, from, to, claimedAt, opening, approvals } = claim;
  return {
    tenant,
    channel: view.channel.name,
    class: upgradeClass,
    from,
    to,
    claimedAt,
    startsAt: disruptiveAt ?? claimedAt,
    endsAt: nextAt,
    opening,
    wave: view.channel.waves[view.wave]?.name,
    lastHold: lastToClear((upgradeClass === "Major" ? held?.major : held?.patch)?.holds ?? []),
    approvals,
    result: !fails ? "Succeeded" : upgradeClass === "Major" ? "Stuck" : "RolledBack",
  };
}

/** Of the holds at the last look the one that lasted longest: without a known end, or with the latest. */
function lastToClear(holds: readonly Hold[]): HoldCode | undefined {
  const end = ({ until }: Hold) => until ?? Number.POSITIVE_INFINITY;
  return holds.reduce<Hold | undefined>((last, hold) => (last === undefined || end(hold) > end(last) ? hold : last), undefined)?.code;
}

/** What its lanes wait for as an opening begins. */
export function waitsOf(tenant: string, { patch, major }: LanesDecision, now: Instant): readonly ForecastWait[] {
  return [patch, major].flatMap(({ lane, opening, target, next, holds }) => {
    const version = target ?? next?.version;
    if (opening?.opensAt !== now || version === undefined || holds.length === 0) return [];
    return [{ at: now, tenant, lane, window: opening.window, version, codes: codesOf(holds) }];
  });
}

/** A long forecast has hundreds of thousands of waits, and few combinations of codes. */
const combinations = new Map<string, readonly HoldCode[]>();

function codesOf(holds: readonly Hold[]): readonly HoldCode[] {
  const codes = holds.map(({ code }) => code);
  const key = codes.join();
  const known = combinations.get(key) ?? codes;
  combinations.set(key, known);
  return known;
}

/** What could have started in an opening that has gone by, or of which too little is left: no slot was free. */
export function missedOf({ start, view }: Candidate, lanes: LanesDecision, now: Instant): readonly ForecastEvent[] {
  // No release waits for new pods of the same version.
  if (start.class === "Config" || !isOverFor(start, lanes)) return [];
  const { channel, windows } = view;
  const release = channel.releases.find(({ version }) => version === start.to);
  const eligibleAt = release && eligibleFrom(channel, release);
  const secondCut = eligibleAt === undefined ? undefined : channel.patch.cut.firstFrom((channel.patch.cut.firstFrom(eligibleAt + 1) ?? now) + 1);
  const next = lanes.start?.opening.opensAt ?? placeAt(windows.valid, now).next;
  if (secondCut === undefined || (next !== undefined && next < secondCut)) return [];
  return [{ at: now, channel: channel.name, kind: "capacityShort", tenant: view.name, version: start.to }];
}

const OVER: ReadonlySet<HoldCode> = new Set(["OutsideWindow", "WindowTooShort"]);

/** Whether time alone has taken the start away: whatever else holds it now is no want of slots. */
function isOverFor(start: Start, { patch, major, start: now }: LanesDecision): boolean {
  if (now !== undefined) return now.opening.opensAt !== start.opening.opensAt;
  return (start.class === "Major" ? major : patch).holds.every(({ code }) => OVER.has(code));
}
