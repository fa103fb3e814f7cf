import type { Instant } from "../time.ts";
import type { Channel, Release } from "./channel.ts";
import type { WaveTerms } from "./waves.ts";

/** The opening that a lane is in: what a cut brings after its start waits until it is over (design §4). */
export interface Pin {
  readonly opensAt: Instant;
  /** When the next opening begins or this one closes, whichever comes first. */
  readonly endsAt: Instant;
}

/** What a lane adds to a release's own due date. */
export interface LaneTerms {
  readonly pin?: Pin | undefined;
  readonly wave?: WaveTerms | undefined;
}

/** From when something counts, and the cut it rests on, if it rests on one. Undefined: not as far as is known. */
export interface Due {
  readonly at: Instant | undefined;
  readonly cutAt?: Instant;
  /** It waits for the wave before, from this instant on for nothing else. */
  readonly unvouchedFrom?: Instant | undefined;
}

export function instantOf({ at }: Due): Instant {
  return at ?? Number.POSITIVE_INFINITY;
}

/** When a release is due in a lane: a security one by age alone, any other by the cut, and by the next opening; and by the waves. */
export function dueDate(channel: Channel, release: Release, { pin, wave }: LaneTerms): Due {
  const at = eligibleFrom(channel, release);
  return vouched(release.security ? { at } : pinned(at, pin), release, { pin, wave });
}

/** A release that the wave before has not vouched for is not due; one that it vouched for after the opening's start, when that is over. */
export function vouched(due: Due, release: Release, { pin, wave }: LaneTerms): Due {
  if (wave === undefined) return due;
  const at = wave.vouchedAt(release);
  if (at === undefined) return { at: undefined, unvouchedFrom: due.at };
  const promoted = at === Number.NEGATIVE_INFINITY ? at : instantOf(pinned(at, pin));
  return due.at === undefined || promoted <= due.at ? due : { at: promoted, cutAt: at };
}

/** A cut after the opening's start counts when the opening is over. */
export function pinned(cutAt: Instant | undefined, pin: Pin | undefined): Due {
  if (cutAt === undefined) return { at: undefined };
  if (pin === undefined || cutAt <= pin.opensAt) return { at: cutAt, cutAt };
  return { at: Math.max(cutAt, pin.endsAt), cutAt };
}

/** From when a release is eligible: security ones by age alone, the others at the first patch cut that finds them old enough. */
export function eligibleFrom(channel: Channel, release: Release): Instant | undefined {
  const kept = eligible.get(release);
  if (kept !== undefined && kept.patch === channel.patch && kept.security === channel.security) return kept.at;
  const oldEnough = known(oldEnoughAt(channel, release));
  const at = oldEnough === undefined || release.security ? oldEnough : channel.patch.cut.firstFrom(oldEnough);
  eligible.set(release, { patch: channel.patch, security: channel.security, at });
  return at;
}

/** Every look at every tenant asks it of every release, and it stays the same as long as the channel does. */
const eligible = new WeakMap<Release, Pick<Channel, "patch" | "security"> & { readonly at: Instant | undefined }>();

/** An age that is no length is endless: the release never gets there. */
export function known(at: Instant): Instant | undefined {
  return Number.isFinite(at) ? at : undefined;
}

/** When a release's age is enough, whatever the cuts. */
export function oldEnoughAt(channel: Channel, release: Release): Instant {
  return release.bornAt + (release.security ? channel.security.minAgeMs : channel.patch.minAgeMs);
}
