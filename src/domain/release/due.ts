import type { Instant } from "../time.ts";
import type { Channel, Release } from "./channel.ts";

/** The opening that a lane is in: what a cut brings after its start waits until it is over (design §4). */
export interface Pin {
  readonly opensAt: Instant;
  /** When the next opening begins or this one closes, whichever comes first. */
  readonly endsAt: Instant;
}

/** From when something counts, and the cut it rests on, if it rests on one. Undefined: not as far as is known. */
export interface Due {
  readonly at: Instant | undefined;
  readonly cutAt?: Instant;
}

export function instantOf({ at }: Due): Instant {
  return at ?? Number.POSITIVE_INFINITY;
}

/** When a release is due in a lane: a security one by age alone, any other by the cut, and by the next opening. */
export function dueDate(channel: Channel, release: Release, pin: Pin | undefined): Due {
  const at = eligibleFrom(channel, release);
  return release.security ? { at } : pinned(at, pin);
}

/** A cut after the opening's start counts when the opening is over. */
export function pinned(cutAt: Instant | undefined, pin: Pin | undefined): Due {
  if (cutAt === undefined) return { at: undefined };
  if (pin === undefined || cutAt <= pin.opensAt) return { at: cutAt, cutAt };
  return { at: Math.max(cutAt, pin.endsAt), cutAt };
}

/** From when a release is eligible: security ones by age alone, the others at the first patch cut that finds them old enough. */
export function eligibleFrom(channel: Channel, release: Release): Instant | undefined {
  const at = known(oldEnoughAt(channel, release));
  return at === undefined || release.security ? at : channel.patch.cut.firstFrom(at);
}

/** An age that is no length is endless: the release never gets there. */
export function known(at: Instant): Instant | undefined {
  return Number.isFinite(at) ? at : undefined;
}

/** When a release's age is enough, whatever the cuts. */
export function oldEnoughAt(channel: Channel, release: Release): Instant {
  return release.bornAt + (release.security ? channel.security.minAgeMs : channel.patch.minAgeMs);
}
