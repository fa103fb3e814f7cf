import { DAY, type Instant } from "../time.ts";

/** The starts of a window, remembered in pieces, because every decision asks about the same weeks. */
export interface Timetable {
  /** Every start in `[from, to)`, ascending, each once. */
  startsBetween(from: Instant, to: Instant): readonly Instant[];
  /** Every start in `(after, after + horizonDays]`, ascending, found only as far as it is read. */
  startsFrom(after: Instant, horizonDays: number): Iterable<Instant>;
  /** The latest start ≤ at. It looks back 32 days at least: farther than an opening can last. */
  lastStartAtOrBefore(at: Instant): Instant | undefined;
}

/** What a timetable is made of: all starts in `[from, to)`, ascending; and the instant from which there are none. */
export interface StartSource {
  readonly startsBetween: (from: Instant, to: Instant) => readonly Instant[];
  readonly endsAt: Instant;
}

const CHUNK_MS = 32 * DAY;

/** Enough for a walk over 400 days; a window of every minute then holds some six megabytes, a weekly one nothing worth counting. */
const MAX_CHUNKS = 16;

/** A timetable over the source; it asks for each stretch of 32 days once while it stays in use. */
export function timetableOf(source: StartSource): Timetable {
  const chunkAt = memoizeChunks(source);
  return {
    startsBetween: (from, to) => collect(chunkAt, from, to),
    startsFrom: (after, horizonDays) => walk(chunkAt, after, Math.min(after + horizonDays * DAY, source.endsAt - 1)),
    lastStartAtOrBefore: (at) => {
      const index = indexOf(at);
      const chunk = chunkAt(index);
      const passed = countUpTo(chunk, at);
      return passed > 0 ? chunk[passed - 1] : chunkAt(index - 1).at(-1);
    },
  };
}

type ChunkAt = (index: number) => readonly Instant[];

function indexOf(instant: Instant): number {
  return Math.floor(instant / CHUNK_MS);
}

function collect(chunkAt: ChunkAt, from: Instant, to: Instant): readonly Instant[] {
  const starts: Instant[] = [];
  for (let index = indexOf(from); index * CHUNK_MS < to; index += 1) {
    const chunk = chunkAt(index);
    starts.push(...chunk.slice(countUpTo(chunk, from - 1), countUpTo(chunk, to - 1)));
  }
  return starts;
}

function* walk(chunkAt: ChunkAt, after: Instant, last: Instant): Iterable<Instant> {
  for (let index = indexOf(after); index * CHUNK_MS <= last; index += 1) {
    const chunk = chunkAt(index);
    yield* chunk.slice(countUpTo(chunk, after), countUpTo(chunk, last));
  }
}

/** How many of the ascending starts are ≤ at. */
function countUpTo(starts: readonly Instant[], at: Instant): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Number(starts[middle]) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function memoizeChunks(source: StartSource): ChunkAt {
  const known = new Map<number, readonly Instant[]>();
  return (index) => {
    const found = known.get(index);
    if (found !== undefined) return found;
    if (known.size >= MAX_CHUNKS) forgetOldest(known);
    const chunk = source.startsBetween(index * CHUNK_MS, (index + 1) * CHUNK_MS);
    known.set(index, chunk);
    return chunk;
  };
}

function forgetOldest(known: Map<number, readonly Instant[]>): void {
  for (const index of known.keys()) {
    known.delete(index);
    return;
  }
}
