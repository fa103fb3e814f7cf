/**
 * `npm run test:churn`: tenants are made and deleted at random while the operator crashes; nothing is ever shared, and nothing is
 * left behind (invariants I15, I16). `--seed n` plays another story, `--real` plays on a real cluster with fewer of them.
 */
import { parseArgs } from "node:util";
import { startCluster } from "../../../tools/cluster/cluster.ts";
import { readAudit } from "../../support/audit.ts";
import { auditedWrites, violationIn } from "../../support/audited-writes.ts";
import { churn, leftBehind } from "../../support/churn.ts";
import { apply, channel, release } from "../../support/fleet.ts";
import { installChart } from "../../support/operator.ts";
import { random } from "../../support/random.ts";
import { runScenario } from "../run.ts";
import { churnOf } from "./scenario.ts";

const { values } = parseArgs({
  options: {
    lives: { type: "string" },
    names: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    real: { type: "boolean", default: false },
    tell: { type: "boolean", default: false },
  },
});

const FINE = "nothing shared, nothing left behind";
/** Tenants at a time on a real cluster: it has two cores. */
const AT_ONCE = 10;

const begin = performance.now();
const tell = values.tell ? (line: string) => console.log(line) : undefined;
process.exitCode = values.real ? await onRealServer(Number(values.lives ?? 200)) : await simulated(Number(values.lives ?? 2400));

async function simulated(lives: number): Promise<number> {
  const scenario = churnOf(Number(values.seed), { lives, names: Number(values.names) });
  const { failure, writes, operatorWrites, counts } = await runScenario(scenario, tell ? { tell } : {});
  const times = (what: string): number => counts[what] ?? 0;
  console.log(`${times("tenant born")} tenants made under ${values.names} names, ${times("tenant provisioned")} of them whole, ${times("tenant deleted")} deleted, ${times("crash")} crashes, ${times("answer lost")} answers lost, ${times("lease lost")} times the lease`);
  console.log(`${writes} simulated writes (${operatorWrites} of the operator), ${failure?.message ?? FINE}, ${seconds()} s`);
  return failure === undefined ? 0 : 1;
}

async function onRealServer(lives: number): Promise<number> {
  const cluster = await startCluster({ profile: "full", audit: true, log: () => undefined });
  try {
    await installChart(cluster, { isLed: false });
    await apply(cluster, channel([release("17.2.1")]));
    const { made, kills } = await churn({ cluster, lives, atOnce: AT_ONCE, random: random(Number(values.seed)), tell: tell ?? (() => undefined) });
    const left = await leftBehind(cluster);
    const writes = auditedWrites(readAudit(cluster), (real) => real);
    const violation = violationIn(writes);
    console.log(`${made} tenants made and deleted on a real API server, ${kills} kills, ${writes.length} writes of people and the operator`);
    console.log(`${violation ?? (left.length === 0 ? FINE : `left behind: ${left.join(", ")}`)}, ${seconds()} s`);
    return violation === undefined && left.length === 0 ? 0 : 1;
  } finally {
    await cluster.stop();
  }
}

function seconds(): string {
  return ((performance.now() - begin) / 1000).toFixed(1);
}
