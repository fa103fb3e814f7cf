import { inParallel, type Width } from "./pool.ts";
import type { Order, Result, Suite } from "./suite.ts";

/** Plans that belong together in the tables. */
export interface Batch {
  readonly name: string;
  readonly orders: readonly Order[];
  /** The same plan with another place to strike, for one whose place was not reached. */
  readonly again?: (order: Order, tries: number) => Order;
  /** Its plans share a fault, which comes once. */
  readonly isOnce?: boolean;
}

export interface Tally {
  readonly name: string;
  plans: number;
  failures: number;
  /** Plans whose fault never found its place. */
  unreached: number;
  seconds: number;
  slowest: number;
}

export interface Playing {
  readonly suite: Suite;
  readonly width: Width;
  readonly isVerbose: boolean;
}

const MOST_TRIES = 4;
const TELL_EVERY_MS = 60_000;

/** Plays batches together, so many plans at a time; tells every failure as it comes. */
export async function playAll(batches: readonly Batch[], playing: Playing): Promise<readonly Tally[]> {
  const tallies = batches.map(({ name }): Tally => ({ name, plans: 0, failures: 0, unreached: 0, seconds: 0, slowest: 0 }));
  const start = performance.now();
  const progress = setInterval(() => {
    const done = tallies.reduce((sum, tally) => sum + tally.plans, 0);
    console.log(`… ${done} of ${jobs.length} plans after ${Math.round((performance.now() - start) / 1000)} s`);
  }, TELL_EVERY_MS);
  // In turn: plans that wait and plans that work share the machine better.
  const longest = Math.max(0, ...batches.map(({ orders }) => orders.length));
  const jobs = Array.from({ length: longest }, (_, m) => batches.flatMap((batch, n) => batch.orders.slice(m, m + 1).map((order) => ({ order, batch, tally: tallies[n] })))).flat();
  await inParallel(jobs, playing.width, async ({ order, batch, tally }) => {
    if (tally === undefined) return;
    const result = await reach(order, batch, playing);
    tally.plans += 1;
    tally.seconds += result.seconds;
    tally.slowest = Math.max(tally.slowest, result.seconds);
    if (!result.hasStruck) tally.unreached += 1;
    if (result.problems.length === 0) return;
    tally.failures += 1;
    tell(result, playing);
  }).finally(() => clearInterval(progress));
  return tallies;
}

/** What was played in parts, as one row. */
export function summed(name: string, parts: readonly Tally[]): Tally {
  const sum = (of: (tally: Tally) => number) => parts.reduce((total, tally) => total + of(tally), 0);
  return { name, plans: sum((each) => each.plans), failures: sum((each) => each.failures), unreached: sum((each) => each.unreached), seconds: sum((each) => each.seconds), slowest: Math.max(0, ...parts.map((each) => each.slowest)) };
}

async function reach(order: Order, batch: Batch, { suite }: Playing): Promise<Result> {
  let result = await suite.play(order);
  const mostTries = batch.isOnce === true ? 1 : MOST_TRIES;
  for (let tries = 1; tries < mostTries && !result.hasStruck && result.problems.length === 0; tries += 1) {
    result = await suite.play(batch.again?.(order, tries) ?? order);
  }
  return result;
}

const MOST_TOLD = 4;

function tell({ id, problems, lastWords }: Result, { isVerbose }: Playing): void {
  const told = problems.slice(0, MOST_TOLD).join("; ");
  const more = problems.length > MOST_TOLD ? ` (and ${problems.length - MOST_TOLD} more)` : "";
  console.log(`FAIL ${id}: ${told}${more} — replay: node test/fault/main.ts --plan '${id}'`);
  if (isVerbose) console.log(lastWords);
}
