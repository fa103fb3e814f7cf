import type { ConditionWish } from "../status/conditions.ts";
import { DAY, isoOf, type Instant } from "../time.ts";
import type { Channel, InvalidChannel } from "./channel.ts";

/** How long before the end of life of its release a tenant is warned about, in days, the first warning first (design §9, row F12). */
const WARNED_DAYS = [60, 30, 7] as const;

export type SupportReason = "Supported" | `EndOfLifeWithin${(typeof WARNED_DAYS)[number]}Days` | "EndOfLife";

/** What is known of the support of the release that a tenant runs. */
export interface Support {
  readonly endOfLife?: Instant;
  /** The oldest client that works with it. */
  readonly minimumClient?: string;
}

/** The support window of a release; undefined if the catalogue tells nothing of it. */
export function supportOf(channel: Channel | InvalidChannel | undefined, version: string | undefined): Support | undefined {
  const release = channel?.kind === "valid" ? channel.releases.find((each) => each.version === version) : undefined;
  if (release === undefined || (release.endOfLife === undefined && release.minimumClient === undefined)) return undefined;
  const { endOfLife, minimumClient } = release;
  return { ...(endOfLife !== undefined && { endOfLife }), ...(minimumClient !== undefined && { minimumClient }) };
}

/** How near its end is. Nothing is ever forced by it. */
export function supportReason(endOfLife: Instant, now: Instant): SupportReason {
  if (now >= endOfLife) return "EndOfLife";
  const near = WARNED_DAYS.findLast((days) => now >= endOfLife - days * DAY);
  return near === undefined ? "Supported" : `EndOfLifeWithin${near}Days`;
}

/** The instants at which the reason changes. */
export function supportInstants(support: Support | undefined): readonly Instant[] {
  const { endOfLife } = support ?? {};
  return endOfLife === undefined ? [] : [...WARNED_DAYS.map((days) => endOfLife - days * DAY), endOfLife];
}

/** As status writes it. */
export function supportSaid(support: Support | undefined): { readonly endOfLife?: string; readonly minimumClient?: string } | undefined {
  if (support === undefined) return undefined;
  const { endOfLife, minimumClient } = support;
  return { ...(endOfLife !== undefined && { endOfLife: isoOf(endOfLife) }), ...(minimumClient !== undefined && { minimumClient }) };
}

/** Whether the tenant's release is supported, where it has an end that is known. */
export function supportWish(support: Support | undefined, version: string | undefined, now: Instant): readonly ConditionWish[] {
  if (support?.endOfLife === undefined || version === undefined) return [];
  const reason = supportReason(support.endOfLife, now);
  if (reason === "EndOfLife") return [{ type: "Supported", status: "False", reason, message: `${version} is past its end of life: no release will mend it; let the tenant go to a newer line` }];
  const message = reason === "Supported" ? `${version} is supported` : `${version} is near its end of life, which is status.support.endOfLife: let the tenant go to a newer line before`;
  return [{ type: "Supported", status: "True", reason, message }];
}
