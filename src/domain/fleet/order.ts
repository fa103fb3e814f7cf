import type { Start } from "../tenant/decide.ts";
import type { TenantView } from "../tenant/view.ts";
import type { Instant } from "../time.ts";

/** An upgrade that could start if there is a slot for it, and its place among the others. */
export interface Candidate {
  readonly view: TenantView;
  readonly start: Start;
  readonly place: Place;
}

interface Place {
  readonly rank: number;
  readonly wave: number;
  readonly waitingSince: Instant;
  readonly hash: number;
}

export function candidate(view: TenantView, start: Start): Candidate {
  return { view, start, place: { rank: start.class === "Security" ? 0 : 1, wave: view.wave, waitingSince: waitingSince(view), hash: hashOf(view.uid) } };
}

/** Security first, then wave, longest since its last success or its creation, then a hash: total and fair (design §7). */
export function inOrder(a: Candidate, b: Candidate): number {
  return (
    a.place.rank - b.place.rank ||
    a.place.wave - b.place.wave ||
    a.place.waitingSince - b.place.waitingSince ||
    a.place.hash - b.place.hash ||
    (a.view.uid < b.view.uid ? -1 : 1)
  );
}

function waitingSince(view: TenantView): Instant {
  const successes = view.history.filter((past) => past.succeeded).map((past) => past.finishedAt);
  return successes.length === 0 ? view.createdAt : Math.max(...successes);
}

/** FNV-1a over the uid: spreads tenants that waited equally long, the same way every time. */
function hashOf(uid: string): number {
  let hash = 0x811c9dc5;
  for (const char of uid) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
}
