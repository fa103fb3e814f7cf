import { Anchors, type Anchor } from "../../src/runtime/anchors.ts";

/** One run of an operator on the rehearsal clock: when it was started, really, and its changes of pace. */
export interface Rehearsal {
  readonly startedAt: number;
  readonly anchors: readonly Anchor[];
}

/**
 * Turns real instants, such as those of the audit log, into rehearsed ones, across runs that followed each other; what lies
 * before the first is as far before it as in reality.
 */
export function rehearsedTime(runs: readonly Rehearsal[]): (real: number) => number {
  const converters = runs.map(({ startedAt, anchors }) => ({ startedAt, anchors: anchorsOf(anchors) }));
  return (real) => {
    const run = converters.findLast(({ startedAt }) => startedAt <= real) ?? converters[0];
    if (run === undefined) throw new Error(`no operator ran, before or after ${new Date(real).toISOString()}`);
    return run.anchors.toRehearsed(real);
  };
}

function anchorsOf(list: readonly Anchor[]): Anchors {
  const anchors = new Anchors(() => undefined);
  for (const anchor of list) anchors.add(anchor);
  return anchors;
}

/** Half-open, as an opening is: `2026-12-01T02:00:00Z/2026-12-01T06:00:00Z`. */
export function isWithin(instant: number, opening: string): boolean {
  const [opens = "", closes = ""] = opening.split("/");
  return Date.parse(opens) <= instant && instant < Date.parse(closes);
}
