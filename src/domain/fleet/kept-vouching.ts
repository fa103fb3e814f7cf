import type { Channel } from "../release/channel.ts";
import type { LineState } from "../release/lines.ts";
import type { Instant } from "../time.ts";
import type { Fleet } from "./fleet.ts";
import { vouch, type Vouching } from "./promotions.ts";

/** What a channel's waves say, asked again only when it may have changed: a wave may have thousands of members. */
export class KeptVouching {
  #kept: { readonly key: string; readonly from: Instant; readonly until: Instant; readonly vouching: Vouching } | undefined;

  /** `rules` stays the same as long as what the channel asks of its waves does. */
  of(channel: Channel, { fleet, lines, rules }: { readonly fleet: Fleet; readonly lines: readonly LineState[]; readonly rules: string }, now: Instant): Vouching {
    const key = `${fleet.wavesTurn(channel.waves.length)} ${rules}`;
    const kept = this.#kept;
    if (kept !== undefined && kept.key === key && now >= kept.from && now < kept.until) return kept.vouching;
    const vouching = vouch(channel, { members: fleet.waves(channel.waves.length), lines }, now);
    // What is vouched for from now on is so from when it is written: until then it is asked again.
    this.#kept = vouching.promotions.length > 0 ? undefined : { key, from: now, until: vouching.nextAt ?? Number.POSITIVE_INFINITY, vouching };
    return vouching;
  }
}
