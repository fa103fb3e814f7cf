import { setTimeout as sleep } from "node:timers/promises";
import { startCluster, type Cluster, type StartOptions } from "../../tools/cluster/cluster.ts";
import { allowRehearsal, installChart, operatorKubeconfig, startOperator, type OperatorProcess } from "./operator.ts";
import { rehearsedTime, type Rehearsal } from "./rehearsed-time.ts";

/** A full cluster with the chart installed, and the operators that ran on it. */
export interface Stage {
  readonly cluster: Cluster;
  readonly kubeconfig: string;
  /** Starts an operator with the chart's identity on the rehearsal clock; through another kubeconfig if one is given. */
  start(options: RehearseOptions): RunningOperator;
  /** Runs one from start to end, and throws with its last words if it does not end well. */
  rehearse(from: string, until: string, more?: Pick<RehearseOptions, "kubeconfig" | "configFile">): Promise<void>;
  /** The rehearsed instant of a real one, by what the operators logged. */
  toRehearsed(real: number): number;
  /** The last lines that operators logged, but for anchors: for messages of tests that fail. */
  lastWords(): string;
  /** Waits until it holds; a minute and a half in vain is a failure, with the operators' last words. */
  until(what: string, holds: () => Promise<boolean>): Promise<void>;
  stop(): Promise<void>;
}

export interface RehearseOptions {
  readonly from: string | number;
  readonly until?: string;
  readonly exitAtEnd?: boolean;
  readonly kubeconfig?: string;
  readonly configFile?: string;
  readonly args?: readonly string[];
}

export interface RunningOperator extends OperatorProcess {
  /** What its clock says now. */
  rehearsedNow(): number;
}

const LAST_LINES = 40;
const PATIENCE_MS = 90_000;

/** Brings up everything that an end-to-end test needs. */
export async function startStage({ values = {}, ...options }: Omit<StartOptions, "profile"> & { readonly values?: object } = {}): Promise<Stage> {
  const cluster = await startCluster({ profile: "full", audit: true, log: () => undefined, ...options });
  await installChart(cluster, { values });
  await allowRehearsal(cluster);
  const kubeconfig = await operatorKubeconfig(cluster);
  const runs: (Rehearsal & { readonly operator: OperatorProcess })[] = [];

  const start = (run: RehearseOptions): RunningOperator => {
    const { from, until, exitAtEnd = false, configFile, args = [] } = run;
    const operator = startOperator({
      cluster,
      kubeconfig: run.kubeconfig ?? kubeconfig,
      rehearseFrom: new Date(from).toISOString(),
      exitAtEnd,
      args,
      ...(until !== undefined && { rehearseUntil: until }),
      ...(configFile !== undefined && { configFile }),
    });
    const rehearsal = { startedAt: Date.now(), anchors: operator.anchors, operator };
    runs.push(rehearsal);
    const rehearsedNow = () => (operator.anchors.length === 0 ? new Date(from).getTime() : rehearsedTime([rehearsal])(Date.now()));
    return Object.assign(operator, { rehearsedNow });
  };
  const lastWords = () =>
    runs.flatMap(({ operator }) => operator.logs).filter(({ message }) => message !== "rehearsal anchor").slice(-LAST_LINES).map((line) => JSON.stringify(line)).join("\n");

  return {
    cluster,
    kubeconfig,
    start,
    lastWords,
    until: async (what, holds) => {
      for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(100)) if (await holds()) return;
      throw new Error(`waited ${PATIENCE_MS / 1000} s until ${what}:\n${lastWords()}`);
    },
    rehearse: async (from, until, more = {}) => {
      const { code, signal } = await start({ ...more, from, until, exitAtEnd: true }).exited;
      if (code !== 0) throw new Error(`the operator ended with ${signal ?? `exit ${code}`}, rehearsing ${from} to ${until}:\n${lastWords()}`);
    },
    toRehearsed: (real) => rehearsedTime(runs)(real),
    stop: async () => {
      await Promise.all(runs.map(({ operator }) => operator.kill()));
      await cluster.stop();
    },
  };
}
