import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../../tools/cluster/cluster.ts";
import { type AuditEvent, hasSucceeded, isOperators, readAudit } from "./audit.ts";
import { apply, channel, release, tenant } from "./fleet.ts";
import { electionArgs, operatorKubeconfig, type OperatorProcess, startOperator } from "./operator.ts";

const POD_NAME = "authentication.kubernetes.io/pod-name";
const LOOK_EVERY_MS = 100;
const WRITES_WITHIN_MS = 60_000;
/** So many tenants are a few seconds of work. */
const TENANTS = 60;

/** A replica with the chart's identity, in a pod of its own as far as the API server knows. */
export interface Replica {
  readonly pod: string;
  readonly kubeconfig: string;
  readonly process: OperatorProcess;
}

export async function startReplica(cluster: Cluster, pod: string, timing?: readonly string[]): Promise<Replica> {
  const kubeconfig = await operatorKubeconfig(cluster, pod);
  return { pod, kubeconfig, process: startOperator({ cluster, kubeconfig, args: electionArgs(pod, timing) }) };
}

/** A machine that is busy for two seconds costs a short lease: then another leader is tried. */
const MOST_TRIES = 4;

/** A leader in the middle of its work, and a standby whose caches are filled; both pods are named after `name`. */
export async function leaderAtWork(cluster: Cluster, name: string, timing?: readonly string[]): Promise<readonly [Replica, Replica]> {
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const leader = await startReplica(cluster, `first-${name}-${tries}`, timing);
    await leader.process.waitForLog(({ message }) => message === "running");
    const standby = await startReplica(cluster, `second-${name}-${tries}`, timing);
    await standby.process.waitForLog(({ message }) => message === "lease observed");
    await giveWork(cluster, `${name}-${tries}`);
    const isAtWork = await Promise.race([untilWrites(cluster, leader, 20).then(() => true), leader.process.exited.then(() => false)]);
    if (isAtWork) return [leader, standby];
    await standby.process.stop();
  }
  throw new Error(`start a leader: ${MOST_TRIES} lost their lease by themselves: is this machine busy?`);
}

/** What a pod's operator has changed so far, in order; what it needs in order to lead is not counted. */
export function writesOf(cluster: Cluster, pod: string): readonly AuditEvent[] {
  const isChange = ({ objectRef, requestURI }: AuditEvent) =>
    objectRef?.resource !== "leases" && objectRef?.resource !== "leaderships" && objectRef?.subresource !== "exec" && !requestURI.includes("dryRun=All");
  return readAudit(cluster).filter((event) => isOperators(event) && event.user.extra?.[POD_NAME]?.[0] === pod && hasSucceeded(event) && isChange(event));
}

/** The place of a write in the order of all writes to the cluster. */
export function revisionOf({ responseObject }: AuditEvent): number {
  return Number(responseObject?.metadata?.resourceVersion ?? Number.NaN);
}

/** Gives whoever leads a few seconds of work: tenants whose names begin with `prefix`. */
export async function giveWork(cluster: Cluster, prefix: string): Promise<void> {
  const tenants = Array.from({ length: TENANTS }, (_, n) => tenant(`${prefix}-${n}`, { initialVersion: "17.2.1" }));
  await apply(cluster, channel([release("17.2.1")]), ...tenants);
}

/** Resolves once a pod's operator has changed more than it had by then. */
export async function untilWrites(cluster: Cluster, { pod, process }: Replica, more = 1): Promise<void> {
  const before = writesOf(cluster, pod).length;
  for (const end = Date.now() + WRITES_WITHIN_MS; Date.now() < end; await sleep(LOOK_EVERY_MS)) {
    if (writesOf(cluster, pod).length >= before + more) return;
  }
  throw new Error(`wait for a write of ${pod}: none in ${WRITES_WITHIN_MS / 1000} s; it said last:\n${process.tail()}`);
}

export interface Failover {
  /** From the blow to the new leader's first accepted write, in milliseconds. */
  readonly ms: number;
  /** Accepted writes of the old leader after that. */
  readonly late: readonly AuditEvent[];
  /** Accepted writes of the old leader at all. */
  readonly before: number;
}

/** What became of a change of leader from one pod to another, both of which led only once. */
export function failover(cluster: Cluster, { from, to, at }: { readonly from: Replica; readonly to: Replica; readonly at: number }): Failover {
  const [first] = writesOf(cluster, to.pod);
  if (first === undefined) throw new Error(`judge a change of leader: ${to.pod} has written nothing`);
  const old = writesOf(cluster, from.pod);
  return { ms: Date.parse(first.requestReceivedTimestamp) - at, late: old.filter((event) => revisionOf(event) > revisionOf(first)), before: old.length };
}
