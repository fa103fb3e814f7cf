import { playAll, summed, type Batch, type Tally } from "./batch.ts";
import { Restarter } from "./kinds/restart.ts";
import { seeded, type SeededKind, type SeededTerms } from "./orders.ts";
import { inParallel } from "./pool.ts";
import { startFaultStage, type FaultStage, type FaultStageOptions } from "./stage.ts";
import { Suite } from "./suite.ts";

/** Two replicas need a cluster of their own, one plan at a time: a cluster records one leader. */
const PARTITION_CLUSTERS = 4;
/** Plans that suffer one restart together; most of their time they wait for controllers that find back. */
const RESTART_ROUND = 15;

/** Which plans of a kind. */
export interface Share {
  /** The first seed. */
  readonly first: number;
  readonly count: number;
  readonly isVerbose: boolean;
}

export function batchOf(kind: SeededKind, { first, count }: Share, terms: SeededTerms): Batch {
  const orders = Array.from({ length: count }, (_, n) => seeded(kind, first + n, terms));
  return { name: kind, orders, again: (order, tries) => seeded(kind, order.seed, terms, tries) };
}

/** A restart strikes all that runs: on a cluster of their own, in rounds; those whose places come early before others. */
export async function playRestarts(share: Share, { suite: learned }: Pick<SeededTerms, "suite">): Promise<{ readonly tally: Tally; readonly restarts: number }> {
  return onOwnCluster(learned, {}, async (suite, { cluster }) => {
    const restarter = new Restarter(cluster);
    const orders = batchOf("restart", share, { suite, restarter }).orders.toSorted((a, b) => (a.leadMs ?? 0) - (b.leadMs ?? 0));
    const tallies: Tally[] = [];
    for (let n = 0; n < orders.length; n += RESTART_ROUND) {
      const round = orders.slice(n, n + RESTART_ROUND);
      restarter.expect(round.length);
      tallies.push(...(await playAll([{ name: "restart", orders: round, isOnce: true }], { suite, width: () => round.length, isVerbose: share.isVerbose })));
    }
    return { tally: summed("restart", tallies), restarts: restarter.restarts };
  });
}

/** One plan at a time on each of several clusters. */
export async function playPartitions(share: Share, terms: SeededTerms): Promise<Tally> {
  const { orders, ...batch } = batchOf("partition", share, terms);
  const shares = Array.from({ length: PARTITION_CLUSTERS }, (_, n) => orders.filter((_, m) => m % PARTITION_CLUSTERS === n)).filter(({ length }) => length > 0);
  const tallies: Tally[] = [];
  await inParallel(shares, () => PARTITION_CLUSTERS, (part) =>
    onPartitionCluster(terms.suite, async (suite) => {
      tallies.push(...(await playAll([{ ...batch, orders: part }], { suite, width: () => 1, isVerbose: share.isVerbose })));
    }),
  );
  return summed("partition", tallies);
}

/** On a cluster in which replicas compete. */
export function onPartitionCluster<T>(learned: Suite, play: (suite: Suite) => Promise<T>): Promise<T> {
  return onOwnCluster(learned, { isLed: false }, play);
}

/** On a cluster for this alone, with what was learned on another. */
async function onOwnCluster<T>({ lessons }: Suite, options: Pick<FaultStageOptions, "isLed">, play: (suite: Suite, stage: FaultStage) => Promise<T>): Promise<T> {
  const stage = await startFaultStage({ profile: "full", ...options });
  try {
    return await play(new Suite(stage, lessons), stage);
  } finally {
    await stage.stop();
  }
}
