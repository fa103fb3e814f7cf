import type { ReleaseChannelSpec, ReleaseChannelStatus } from "../../api/index.ts";
import type { Lane } from "../hold.ts";
import { selects, type Labels, type LabelSelector } from "../selector.ts";
import { instantOf, parseDuration, type Instant } from "../time.ts";
import type { Channel, Release } from "./channel.ts";

/** A group of tenants that takes a release after the group before it has vouched for it (design §4). */
export interface Wave {
  readonly name: string;
  /** Undefined: all that are left. */
  readonly selector: LabelSelector | undefined;
  /** How many must run a release well: a number or a percentage. */
  readonly required: number | string;
  readonly soakMs: number;
  readonly timeoutMs: number;
}

/** That a wave has vouched for a release, and since when. */
export interface Promotion {
  readonly line: number;
  readonly version: string;
  readonly wave: string;
  readonly at: Instant;
}

/** The wave of whoever no other matches; no listed wave can have this name. */
const REST = "(rest)";

/** The channel's waves in order, the last of which takes all that are left; none if it lists none: all tenants are one. */
export function compileWaves({ rollout }: ReleaseChannelSpec): readonly Wave[] {
  const waves = rollout.waves.map(({ name, tenantSelector, required, soak, timeout }) => ({
    name,
    selector: tenantSelector,
    required,
    soakMs: parseDuration(soak) ?? Number.POSITIVE_INFINITY,
    timeoutMs: parseDuration(timeout) ?? Number.POSITIVE_INFINITY,
  }));
  const last = waves.at(-1);
  if (last === undefined || last.selector === undefined) return waves;
  return [...waves, { name: REST, selector: undefined, required: "100%", soakMs: 0, timeoutMs: Number.POSITIVE_INFINITY }];
}

export function compilePromotions(status: ReleaseChannelStatus | undefined): readonly Promotion[] {
  return (status?.promotions ?? []).flatMap(({ at, ...rest }) => {
    const instant = instantOf(at);
    return instant === undefined ? [] : [{ ...rest, at: instant }];
  });
}

/** The wave that a tenant belongs to: the first that matches; 0 if the channel has none. */
export function waveOf({ waves }: Pick<Channel, "waves">, { name, labels }: { readonly name: string; readonly labels?: Labels | undefined }): number {
  const found = waves.findIndex(({ selector }) => selector === undefined || selects(selector, labels, name));
  return found === -1 ? 0 : found;
}

/** How a release reaches a tenant's lane by way of the waves. */
export interface WaveTerms {
  /** The wave that vouches for it. */
  readonly before: string;
  /** Since when that wave has; -Infinity: it need not. Undefined: it has not. */
  vouchedAt(release: Release): Instant | undefined;
}

/** Undefined: the tenant is in the first wave, which waits for nobody. */
export function waveTerms({ waves, promotions, security }: Channel, wave: number, lane: Lane): WaveTerms | undefined {
  const before = waves[wave - 1];
  if (before === undefined) return undefined;
  const isSkipped = (release: Release) => lane === "Patch" && release.security && security.skipsWaves;
  const promotedAt = ({ major, version }: Release) => promotions.find((each) => each.wave === before.name && each.line === major && each.version === version)?.at;
  return { before: before.name, vouchedAt: (release) => (isSkipped(release) ? Number.NEGATIVE_INFINITY : promotedAt(release)) };
}
