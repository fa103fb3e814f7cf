import type { Ending } from "./oracle/reference.ts";
import { endingOf, Reference } from "./oracle/reference.ts";
import type { Plan } from "./plan.ts";
import { STRIKES, type StrikeAt } from "./kinds/strike.ts";
import type { LoggedWrite } from "./write-log.ts";

/** What the undisturbed runs of a scenario taught. */
export interface Lesson {
  readonly reference: Reference;
  /** The signatures of the writes that changed something, Events and Leases left out, in order. */
  readonly writes: readonly string[];
  /** How long after the plan's arming each of them came, in milliseconds. */
  readonly leadsMs: readonly number[];
}

/** From the plans of several undisturbed runs; the writes are those of the first. */
export function lessonOf(plans: readonly Plan[]): Lesson {
  const endings: readonly Ending[] = plans.map(({ world, region }) => endingOf(world, region?.world));
  const [first] = plans;
  const writes = first === undefined ? [] : effectiveWrites(first);
  return { reference: new Reference(endings), writes: writes.map(({ signature }) => signature), leadsMs: writes.map(({ realAt }) => realAt - (first?.armedAt ?? 0)) };
}

/** A write that changed nothing answers with a resourceVersion that was there before it was sent. */
function effectiveWrites({ log, world, region, armedAt }: Plan): readonly LoggedWrite[] {
  const seenIn = (record: typeof world.record) => new Map(record.map(({ revision, at }) => [revision, at]));
  const seenAt = { home: seenIn(world.record), abroad: seenIn(region?.world.record ?? []) };
  // The patch that takes away the last finalizer answers with the object as it was before.
  const isEffective = ({ where, signature, status = 0, revision, realAt }: LoggedWrite) =>
    status >= 200 && status < 300 && (revision === undefined || (seenAt[where].get(revision) ?? Infinity) >= realAt || signature.startsWith("MERGE tenants/"));
  return log.writes.filter((write) => write.realAt >= armedAt && !write.isChatter && isEffective(write));
}

/** Every fault at every write. A 500 and a hang are carried out by turns. */
export function strikesAt(writes: readonly string[]): readonly StrikeAt[] {
  return writes.flatMap((signature, n) => STRIKES.map((kind, m) => ({ signature, kind, isCarriedOut: kind === "crash-after" || kind === "lost" || ((kind === "500" || kind === "hang") && (n + m) % 2 === 0) })));
}
