import type { Instant } from "../../src/domain/time.ts";

/** When every plan's domain time begins. */
export const FROM: Instant = Date.parse("2026-12-02T01:50:00Z");
export const DAY_MS = 86_400_000;
/** The opening of every plan's window, and a cut. */
export const OPENS_AT: Instant = Date.parse("2026-12-02T02:00:00Z");
/** From here on time no longer leaps. */
export const UNTIL: Instant = Date.parse("2026-12-02T02:30:00Z");
