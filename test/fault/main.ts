/** `node test/fault/main.ts`: faults at every write, and by chance, against a real API server (docs/reliability.md). */
import { parseArgs } from "node:util";
import { batchOf, onPartitionCluster, playPartitions, playRestarts, type Share } from "./apart.ts";
import { playAll, type Batch, type Playing, type Tally } from "./batch.ts";
import { cpuSeconds } from "./cost.ts";
import { STRIKES } from "./kinds/strike.ts";
import { Restarter } from "./kinds/restart.ts";
import { holdings, leaksBetween } from "./leaks.ts";
import { exhaustive, orderOf, scenariosFor, scenarioOf, SEEDED, type SeededKind } from "./orders.ts";
import { inParallel, underPressure } from "./pool.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";
import { startFaultStage } from "./stage.ts";
import { Suite } from "./suite.ts";
import { table } from "./table.ts";

const USAGE = `Usage: node test/fault/main.ts [options]
  --only A,B     scenarios (every fault at every write) and kinds (by seed) to play; all by default
                 scenarios: ${SCENARIOS.map(({ name }) => name).join(", ")}
                 kinds: ${SEEDED.join(", ")}
  --plan ID      one plan, told in full
  --parallel N   plans at a time (18)
  --seed N       the first seed (1)
  --seeds N      plans of each kind (43: a few never find their place)
  --kills N      plans in which the operator is a process that is killed (12)
  --every N      of the exhaustive plans only each N-th (1)
  --verbose      what the operator of a failed plan said last`;

const REFERENCES = 3;
/** Kinds that are not played together on the cluster of all others. */
const APART: ReadonlySet<SeededKind> = new Set(["kill", "restart", "partition"]);

const { values: flags } = parseArgs({
  options: {
    only: { type: "string" },
    plan: { type: "string" },
    parallel: { type: "string", default: "18" },
    seed: { type: "string", default: "1" },
    seeds: { type: "string", default: "43" },
    kills: { type: "string", default: "12" },
    every: { type: "string", default: "1" },
    verbose: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const rejections: string[] = [];
process.on("unhandledRejection", (reason) => rejections.push(reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)));

process.exitCode = flags.help ? help() : await main().catch(failed);

function failed(error: unknown): number {
  console.error(error instanceof Error ? error.message : String(error));
  return 2;
}

function help(): number {
  console.log(USAGE);
  return 0;
}

async function main(): Promise<number> {
  const started = performance.now();
  const only = flags.only?.split(",") ?? [];
  const kinds = SEEDED.filter((kind) => only.length === 0 || only.includes(kind));
  const scenarios = only.filter((name) => !SEEDED.some((kind) => kind === name)).map(scenarioOf);
  const chosen = only.length === 0 ? SCENARIOS : scenarios;
  const learned = flags.plan !== undefined ? scenariosFor(flags.plan) : kinds.length > 0 ? SCENARIOS : chosen;

  const stage = await startFaultStage({ profile: "full" });
  const suite = new Suite(stage);
  const restarter = new Restarter(stage.cluster);
  const terms: Terms = { suite, restarter, cost: () => cpuSeconds(stage.cluster) };
  try {
    await learn(suite, learned);
    if (flags.plan !== undefined) return await playOne(flags.plan, terms);
    say(`learned ${learned.length} scenarios from ${REFERENCES} undisturbed runs each`, started);
    return await playChosen({ ...terms, chosen, kinds, started });
  } finally {
    await stage.stop();
  }
}

async function learn(suite: Suite, scenarios: readonly Scenario[]): Promise<void> {
  await inParallel(scenarios, () => 3, async (scenario) => {
    const { writes, reference } = await suite.learn(scenario, REFERENCES);
    if (flags.plan === undefined) console.log(`${scenario.name}: ${writes.length} writes; not compared, as undisturbed runs differ in it: ${[...reference.masked].sort().join(", ") || "nothing"}`);
  });
}

interface Terms {
  readonly suite: Suite;
  readonly cost: () => ReadonlyMap<string, number>;
  readonly restarter: Restarter;
}

async function playOne(id: string, terms: Terms): Promise<number> {
  const order = id.startsWith("partition|") ? undefined : orderOf(id, terms);
  const result = order === undefined ? await onPartitionCluster(terms.suite, (suite) => suite.play(orderOf(id, { ...terms, suite }))) : await terms.suite.play(order);
  console.log(result.lastWords);
  for (const problem of result.problems) console.log(`FAIL ${problem}`);
  console.log(`${id}: ${result.problems.length} problems, ${result.hasStruck ? "struck" : "NOT REACHED"}, ${result.seconds.toFixed(1)} s`);
  return result.problems.length > 0 || !result.hasStruck ? 1 : 0;
}

async function playChosen({ chosen, kinds, started, ...terms }: Terms & Choice): Promise<number> {
  const before = await holdings();
  // Those wait for most of their time, and so take none from the others.
  const [played, restarted] = await Promise.all([playOnMainCluster({ ...terms, chosen, kinds, started }), kinds.includes("restart") ? playRestarts(share(), terms) : undefined]);
  const partitioned = kinds.includes("partition") ? [await playPartitions(share(), terms)] : [];
  const leaks = leaksBetween(before, await holdings());
  const { everyWrite } = played;
  const bySeed = [...played.bySeed, ...(restarted === undefined ? [] : [restarted.tally]), ...partitioned];

  if (everyWrite.length > 0) console.log(`\n${scenarioTable(everyWrite, terms.suite)}\nEach write × ${STRIKES.join(", ")}; Events and Leases are no writes here.`);
  if (bySeed.length > 0) console.log(`\n${kindTable(bySeed)}`);
  if (restarted !== undefined) console.log(`An API server was restarted ${restarted.restarts} times.`);
  console.log(leaks.length === 0 ? "No socket, timer or listener was left behind." : `LEAKED: ${leaks.join("; ")}`);
  for (const rejection of rejections) console.log(`UNHANDLED REJECTION: ${rejection}`);
  const all = [...everyWrite, ...bySeed];
  const failures = all.reduce((sum, tally) => sum + tally.failures, 0);
  console.log(`CPU, but for clusters of restarts and partitions: ${[...terms.cost()].map(([name, seconds]) => `${name} ${Math.round(seconds)} s`).join(", ")}.`);
  say(`${all.reduce((sum, tally) => sum + tally.plans, 0)} plans, ${failures} failures`, started);
  return failures + leaks.length + rejections.length === 0 ? 0 : 1;
}

interface Choice {
  readonly chosen: readonly Scenario[];
  readonly kinds: readonly SeededKind[];
  readonly started: number;
}

async function playOnMainCluster({ suite, restarter, chosen, kinds, started }: Terms & Choice): Promise<{ readonly everyWrite: readonly Tally[]; readonly bySeed: readonly Tally[] }> {
  const playing: Playing = { suite, width: underPressure(Number(flags.parallel), () => suite.latencyMs), isVerbose: flags.verbose };
  const thin = Number(flags.every);
  const batches = chosen.filter(({ isBySeedAlone }) => isBySeedAlone !== true).map((scenario): Batch => ({ name: scenario.name, orders: exhaustive(scenario, suite).filter((_, n) => n % thin === 0) }));
  const everyWrite = await playAll(batches, playing);
  if (everyWrite.length > 0) say("played every fault at every write", started);
  const terms = { suite, restarter };
  const together = await playAll(kinds.filter((kind) => !APART.has(kind)).map((kind) => batchOf(kind, share(), terms)), playing);
  // Each is a process of its own or two, which take long to start.
  const killed = kinds.includes("kill") ? await playAll([batchOf("kill", { ...share(), count: Number(flags.kills) }, terms)], { ...playing, width: () => Math.min(playing.width(), 4) }) : [];
  return { everyWrite, bySeed: [...together, ...killed] };
}

function share(): Share {
  return { first: Number(flags.seed), count: Number(flags.seeds), isVerbose: flags.verbose };
}

function scenarioTable(tallies: readonly Tally[], suite: Suite): string {
  const rows = tallies.map(({ name, plans, failures, unreached, seconds, slowest }) => [name, suite.lessonOf(scenarioOf(name)).writes.length, plans, unreached, failures, Math.round(seconds), slowest.toFixed(1)]);
  const sum = (column: number) => rows.reduce((total, row) => total + Number(row[column]), 0);
  const all = ["all", sum(1), sum(2), sum(3), sum(4), sum(5), Math.max(...rows.map((row) => Number(row[6]))).toFixed(1)];
  return table(["scenario", "writes", "plans", "not reached", "failures", "seconds", "slowest"], [...rows, all]);
}

function kindTable(tallies: readonly Tally[]): string {
  const rows = tallies.map(({ name, plans, failures, unreached, seconds, slowest }) => [name, plans, unreached, failures, Math.round(seconds), slowest.toFixed(1)]);
  return table(["kind", "plans", "not reached", "failures", "seconds", "slowest"], rows);
}

function say(what: string, started: number): void {
  console.log(`${what} after ${Math.round((performance.now() - started) / 1000)} s`);
}
