import { DAY, stampOf, type Instant } from "../domain/time.ts";
import { UsageError } from "./errors.ts";

const LONGEST_WEEKS = 104;

/** Refuses what is further away than any forecast goes. Throws UsageError. */
export function checkForeseeable(from: Instant, at: Instant): void {
  const last = from + LONGEST_WEEKS * 7 * DAY;
  if (at > last) throw new UsageError(`${stampOf(at)} is too far away: ${LONGEST_WEEKS} weeks can be foreseen, until ${stampOf(last)}`);
}
