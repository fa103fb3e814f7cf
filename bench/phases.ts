import { setTimeout as sleep } from "node:timers/promises";
import type { OperatorProcess } from "../test/support/operator.ts";
import { allowRehearsal } from "../test/support/chart.ts";
import { endOf, tallyOf, writesBetween, type AuditedWrite, type Tally } from "./audit.ts";
import { createTenants, endCuts, isReady, publish, runs, untilTenants } from "./fleet.ts";
import { forwarder } from "./forwarder.ts";
import type { Ground } from "./ground.ts";
import { tenantName, tenantOf } from "./names.ts";
import { Gauge, requestsOf, type Usage } from "./measure.ts";

/** What a phase did, and what it cost the operator. */
export interface Phase {
  readonly seconds: number;
  readonly writes: Tally;
  readonly usage: Usage;
}

/** The one that tenants begin with, and a patch for each of two phases. */
const VERSIONS = ["17.2.1", "17.2.3", "17.2.4"] as const;
const [FIRST, PATCH, SECOND_PATCH] = VERSIONS;
/** A phase is over when no key has been worked on for so long: freeing a thousand slots takes a look at each of their tenants. */
const QUIET_SECONDS = 5;
/** Every tenant's status shows when its window opens: that is written before. */
const leadFor = (tenants: number): number => 10_000 + 10 * tenants;

/** From nothing to so many tenants that are Ready. */
export async function burst(ground: Ground, operator: OperatorProcess, tenants: number): Promise<Phase> {
  await publish(ground.admin, [FIRST], { maxParallel: tenants, leadMs: 12 * 3_600_000 });
  return measured(ground, operator, async () => {
    await Promise.all([createTenants(ground.admin, tenants), untilTenants(ground.admin, tenants, isReady)]);
  });
}

/** A patch for all of them, from the first claim to the last tenant that runs it. */
export async function wave(ground: Ground, operator: OperatorProcess, tenants: number): Promise<Phase> {
  await publish(ground.admin, [FIRST, PATCH], { maxParallel: tenants, leadMs: leadFor(tenants) });
  await operator.waitForLog(({ message, to }) => message === "upgrade claimed" && to === PATCH, 300_000);
  return measured(ground, operator, () => untilTenants(ground.admin, tenants, runs(PATCH)));
}

/** A start with everything in place, until nothing is done any more. */
export async function coldStart(ground: Ground): Promise<Phase & { readonly operator: OperatorProcess; readonly syncedSeconds: number }> {
  const start = endOf(ground.cluster.auditLog);
  const from = performance.now();
  const operator = ground.operator();
  await operator.metricsPort;
  const syncedSeconds = (performance.now() - from) / 1000;
  const gauge = new Gauge(operator);
  await untilIdle(gauge);
  const seconds = (performance.now() - from) / 1000;
  return { operator, syncedSeconds, seconds, writes: await collect(ground, start), usage: await gauge.look() };
}

/** Nothing happens for so long: what does it cost? */
export async function idle(ground: Ground, operator: OperatorProcess, seconds: number): Promise<Phase & { readonly requests: Readonly<Record<string, number>>; readonly rssMb: readonly number[] }> {
  const gauge = new Gauge(operator);
  const before = requestsOf(await gauge.metrics());
  await gauge.look();
  const start = endOf(ground.cluster.auditLog);
  const rssMb: number[] = [];
  const total = { cpuSeconds: 0, loopMaxMs: 0, loopP99Ms: 0 };
  for (let n = 0; n < 10; n += 1) {
    await sleep((seconds * 1000) / 10);
    const { rssMb: now, cpuSeconds, loopMaxMs, loopP99Ms } = await gauge.look();
    rssMb.push(now);
    total.cpuSeconds += cpuSeconds;
    total.loopMaxMs = Math.max(total.loopMaxMs, loopMaxMs);
    total.loopP99Ms = Math.max(total.loopP99Ms, loopP99Ms);
  }
  const after = requestsOf(await gauge.metrics());
  const requests = Object.fromEntries(Object.entries(after).map(([method, count]) => [method, count - (before[method] ?? 0)]));
  return { seconds, writes: await collect(ground, start), usage: { ...(await gauge.look()), ...total }, requests, rssMb };
}

const OUTAGE_MS = 60_000;

/** The API server is out of reach for a minute in the middle of a patch for all; from its return to the last tenant. */
export async function outage(ground: Ground, tenants: number): Promise<Phase> {
  const way = await forwarder(ground.cluster, ground.kubeconfig);
  const operator = ground.operator({ kubeconfig: way.kubeconfig });
  await operator.metricsPort;
  await publish(ground.admin, VERSIONS, { maxParallel: tenants, leadMs: leadFor(tenants) });
  await operator.waitForLog(({ message, to }) => message === "upgrade claimed" && to === SECOND_PATCH, 300_000);
  await way.cut();
  await sleep(OUTAGE_MS);
  const phase = await measured(ground, operator, async () => {
    await way.restore();
    await untilTenants(ground.admin, tenants, runs(SECOND_PATCH));
  });
  await operator.stop();
  await way.cut();
  return phase;
}

const WEEK_MS = 7 * 24 * 3_600_000;

/** A week without cuts, rehearsed: windows open and close every day, and nothing else happens. */
export async function week(ground: Ground): Promise<Pick<Phase, "seconds" | "writes">> {
  await allowRehearsal(ground.cluster);
  const before = ground.operator();
  await before.metricsPort;
  await endCuts(ground.admin, VERSIONS);
  await untilIdle(new Gauge(before));
  await before.stop();
  const start = endOf(ground.cluster.auditLog);
  const now = Date.now();
  const operator = ground.operator({ rehearseFrom: new Date(now).toISOString(), rehearseUntil: new Date(now + WEEK_MS).toISOString(), exitAtEnd: true });
  const { code } = await operator.exited;
  if (code !== 0) throw new Error(`rehearse a week: exit ${code}; it said last:\n${operator.tail()}`);
  return { seconds: (Date.now() - now) / 1000, writes: await collect(ground, start) };
}

async function measured(ground: Ground, operator: OperatorProcess, action: () => Promise<void>): Promise<Phase> {
  const gauge = new Gauge(operator);
  await gauge.look();
  const start = endOf(ground.cluster.auditLog);
  const from = performance.now();
  await action();
  const seconds = (performance.now() - from) / 1000;
  const usage = await gauge.look();
  await untilIdle(gauge, QUIET_SECONDS);
  return { seconds, writes: await collect(ground, start), usage };
}

async function collect({ cluster, replayed }: Ground, start: number): Promise<Tally> {
  // What is about no tenant goes along.
  const isSampled = (write: AuditedWrite) => (tenantOf(write) ?? "") < tenantName(replayed);
  return tallyOf(writesBetween(cluster.auditLog, start, endOf(cluster.auditLog)), isSampled);
}

/** Until no key has been worked on for a while. */
async function untilIdle(gauge: Gauge, quietSeconds = 1): Promise<void> {
  const worked = async () => [...(await gauge.metrics()).matchAll(/^controller_runtime_reconcile_total\{.*\} (\S+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
  let last = await worked();
  for (let quiet = 0; quiet < quietSeconds; ) {
    await sleep(1_000);
    const now = await worked();
    quiet = now === last ? quiet + 1 : 0;
    last = now;
  }
}
