import { isoOf } from "../domain/time.ts";
import type { Clock } from "../runtime/clock.ts";

/** Now as metav1.MicroTime, which has exactly six decimals. */
export function microTime(clock: Clock): string {
  const iso = isoOf(clock.now()).replace("Z", "");
  return `${iso.includes(".") ? iso : `${iso}.000`}000Z`;
}
