import { LEAST_MS } from "../fleet/durations.ts";
import type { Lane } from "../hold.ts";
import type { Channel } from "../release/channel.ts";
import type { Instant } from "../time.ts";
import { nextStarts } from "./eligible.ts";
import type { Room } from "./first-fit.ts";

/** The attempt that asks again at its disruptive instant. */
export interface AskingAttempt {
  readonly id: string;
  readonly predictedEndAt: Instant | undefined;
}

/** How long an upgrade of a lane may be thought to take, in milliseconds (design §7). */
export interface Lengths {
  /** As people expect it. */
  readonly expectedMs: number;
  /** As it was measured, if often enough: what is asked for now, and from the claim to the end. */
  readonly learned: { readonly askedMs: number; readonly wholeMs: number } | undefined;
}

export interface LaneQuestion {
  readonly lane: Lane;
  readonly now: Instant;
  readonly attempt: AskingAttempt | undefined;
}

/** What is known of the lane: at the claim from there to the end, at the disruptive instant what remains (design §3.2, §7). */
export function lengthsOf({ expectedMs, predictions }: Channel, { lane, now, attempt }: LaneQuestion): Lengths {
  const [expected, learned] = lane === "Major" ? [expectedMs.major, predictions.major] : [expectedMs.patch, predictions.patch];
  return {
    expectedMs: attempt === undefined ? expected : remaining(expected, { now, attempt }),
    learned: learned && { askedMs: attempt === undefined ? learned.fromClaimMs : learned.fromDisruptionMs, wholeMs: learned.fromClaimMs },
  };
}

/** Of what was predicted at the claim, the rest. */
function remaining(expectedMs: number, { now, attempt }: { readonly now: Instant; readonly attempt: AskingAttempt }): number {
  // Past its prediction nothing is known of how long it takes: it takes as long as any.
  if (attempt.predictedEndAt === undefined || attempt.predictedEndAt <= now) return expectedMs;
  return Math.min(expectedMs, Math.max(LEAST_MS, attempt.predictedEndAt - now));
}

/** Whether some opening within the horizon is long enough: for what was measured, or only for what is expected. */
export type Fit = "Fits" | "ExpectedOnly" | "None";

/** Where and when a lane's upgrade fits, by the length that counts. */
export interface Fitting {
  readonly room: Room;
  readonly fitting?: Instant;
  readonly fit: Fit;
}

/**
 * The length that counts, and where it fits: what was measured, unless no opening is long enough for it and one is for what is
 * expected. Freezes are left out of that: one that takes away the long openings must not make an upgrade shorter (invariant I6).
 */
export function fittingOf({ learned, expectedMs }: Lengths, place: Omit<Room, "predictedMs">): Fitting {
  const by = (predictedMs: number) => ({ room: { ...place, predictedMs }, ...nextStarts({ ...place, predictedMs }) });
  const hasOpening = (predictedMs: number) => nextStarts({ ...place, closures: [], predictedMs }).fitting !== undefined;
  const usual = by(learned?.askedMs ?? expectedMs);
  const wholeMs = learned?.wholeMs ?? expectedMs;
  // What fits around freezes fits without them.
  const fits = (usual.fitting !== undefined && usual.room.predictedMs >= wholeMs) || hasOpening(wholeMs);
  if (fits) return { ...usual, fit: "Fits" };
  if (learned === undefined || expectedMs >= wholeMs || !hasOpening(expectedMs)) return { ...usual, fit: "None" };
  return { ...by(expectedMs), fit: "ExpectedOnly" };
}
