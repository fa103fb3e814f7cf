import { pluralOf } from "../knowledge.ts";
import type { LoggedWrite, Where } from "../write-log.ts";

/** Something that happened in one of two clusters. */
export interface Happening {
  readonly revision: number;
  readonly kind: string;
  /** Real time at which it was seen, which is a little later than it happened. */
  readonly at: number;
  /** The operator's write that made it, if one did. */
  readonly writer?: Pick<LoggedWrite, "known"> | undefined;
}

/** One thing that happened, and where. */
export interface Placed<T> {
  readonly where: Where;
  readonly happening: T;
}

/**
 * What happened in two clusters as one story. Each keeps the order of its etcd; between them it is the time at which things were
 * seen, except that nothing that an operator had been told of when it sent a write comes after that write.
 */
export function inOneOrder<T extends Happening>(home: readonly T[], abroad: readonly T[]): readonly Placed<T>[] {
  const story: Placed<T>[] = [];
  let here = 0;
  for (const happening of abroad) {
    // Never back: what is left of an earlier one's past is past for this one too.
    const past = Math.max(here, pastOf(happening, home), seenBy(happening, home, here));
    for (const each of home.slice(here, past)) story.push({ where: "home", happening: each });
    here = past;
    story.push({ where: "abroad", happening });
  }
  return [...story, ...home.slice(here).map((happening) => ({ where: "home" as const, happening }))];
}

/** How many of the others come before it, by what its writer had been told. */
function pastOf({ writer }: Happening, others: readonly Happening[]): number {
  const known = writer?.known;
  if (known === undefined) return 0;
  return others.findLastIndex(({ kind, revision }) => revision <= (known.get(pluralOf(kind)) ?? 0)) + 1;
}

/** How many of the others were seen before it, up to one whose writer had been told of it; those before `from` come first anyway. */
function seenBy(happening: Happening, others: readonly Happening[], from: number): number {
  let past = from;
  for (const other of others.slice(from)) {
    if (other.at > happening.at || knows(other, happening)) break;
    past += 1;
  }
  return past;
}

function knows({ writer }: Happening, { kind, revision }: Happening): boolean {
  return revision <= (writer?.known?.get(pluralOf(kind)) ?? 0);
}
