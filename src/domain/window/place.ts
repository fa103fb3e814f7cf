import type { Instant } from "../time.ts";
import { openingAt, openingsFrom, windowStateAt, type Opening, type WindowState } from "./opening.ts";
import type { Window } from "./window.ts";

/** Where `now` lies among the openings of some windows. */
export interface Place {
  /** The one that a decision belongs to. */
  readonly opening: Opening | undefined;
  /** The first start after `now`, within 400 days. */
  readonly next: Instant | undefined;
  readonly state: WindowState;
}

interface Known {
  readonly windows: readonly Window[];
  readonly now: Instant;
  readonly place: Place;
}

/** Tenants share windows, and are looked at together: of each set of windows the last place is remembered. */
const known = new WeakMap<Window, Known>();

/** Whether the windows are open at `now`, and when they open next. */
export function placeAt(windows: readonly Window[], now: Instant): Place {
  const [first] = windows;
  if (first === undefined) return { opening: undefined, next: undefined, state: { open: false } };
  const last = known.get(first);
  if (last !== undefined && last.now === now && areSame(last.windows, windows)) return last.place;
  const place = { opening: openingAt(windows, now), next: nextStart(windows, now), state: windowStateAt(windows, now) };
  known.set(first, { windows, now, place });
  return place;
}

function areSame(a: readonly Window[], b: readonly Window[]): boolean {
  return a.length === b.length && a.every((window, index) => window === b[index]);
}

function nextStart(windows: readonly Window[], after: Instant): Instant | undefined {
  for (const { opensAt } of openingsFrom(windows, after)) return opensAt;
  return undefined;
}
