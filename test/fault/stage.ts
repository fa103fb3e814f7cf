import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { loadKubeConfig } from "../../src/kube/credentials.ts";
import { KubeClient } from "../../src/kube/client.ts";
import { HttpTransport } from "../../src/kube/transport.ts";
import { OWN_KINDS } from "../../src/operator.ts";
import { realMono } from "../../src/runtime/clock.ts";
import { noMetrics } from "../../src/runtime/metrics.ts";
import { startCluster, type Cluster, type StartOptions } from "../../tools/cluster/cluster.ts";
import { allowRehearsal, installChart, operatorKubeconfig } from "../support/chart.ts";
import { Hands } from "./hands.ts";
import { startAbroad, type AbroadStage } from "./abroad/stage.ts";
import { Observer, type Seen } from "./observer.ts";
import { Upstream } from "./proxy/upstream.ts";

/** A cluster with the chart installed, all policies on, and what plans share on it. */
export interface FaultStage {
  readonly cluster: Cluster;
  readonly upstream: Upstream;
  /** The administrator's. */
  readonly hands: Hands;
  /** The token of the chart's ServiceAccount in a pod. */
  tokenOf(pod?: string): Promise<string>;
  /** Shows every write from now on to `onSeen`, until the function is called that this returns. */
  listen(onSeen: (seen: Seen) => void): () => void;
  /** What shows them. */
  readonly observer: Pick<Observer, "seesAll" | "hasSeen">;
  /** The cluster of another region, which is started when a plan first asks for it. */
  abroad(): Promise<AbroadStage>;
  stop(): Promise<void>;
}

export interface FaultStageOptions extends StartOptions {
  /** Whether the stand-in pod is recorded as the leader, for operators that take part in no election. */
  readonly isLed?: boolean;
}

/** A fifth of what the API server does here is to collect garbage, and there is memory to spare. */
const GC_PERCENT = 400;
/** What they do is a good part of what the API server has to do, and nobody here asks for it. */
const UNUSED = ["root-ca-certificate-publisher", "statefulset", "cronjob", "endpointslice", "disruption", "horizontal-pod-autoscaler"] as const;

/** Brings it up; pods are as quick as they can be. */
export async function startFaultStage({ isLed = true, ...options }: FaultStageOptions): Promise<FaultStage> {
  const terms = { podReadyMs: 10, podGoneMs: 60, gcPercent: GC_PERCENT, withoutControllers: UNUSED, ...options };
  const cluster = await startCluster(terms);
  await installChart(cluster, { isLed });
  await allowRehearsal(cluster);
  const upstream = new Upstream(cluster);
  const listeners = new Set<(seen: Seen) => void>();
  const transport = transportOf(cluster.kubeconfig);
  const client = new KubeClient({ transport, kinds: OWN_KINDS });
  const observer = new Observer({ transport, client, onSeen: (seen) => listeners.forEach((listener) => listener(seen)) });
  await observer.start();
  const operatorConfig = await operatorKubeconfig(cluster);
  const tokens = new Map<string, Promise<string>>();
  let abroad: Promise<AbroadStage> | undefined;
  const tokenAt = async (path: Promise<string>) => (parse(readFileSync(await path, "utf8")) as { users: [{ user: { token: string } }] }).users[0].user.token; // a kubeconfig of ours
  return {
    cluster,
    upstream,
    hands: new Hands(transport),
    tokenOf: (pod) => {
      const known = tokens.get(pod ?? "") ?? tokenAt(pod === undefined ? Promise.resolve(operatorConfig) : operatorKubeconfig(cluster, pod));
      tokens.set(pod ?? "", known);
      return known;
    },
    listen: (onSeen) => {
      listeners.add(onSeen);
      return () => listeners.delete(onSeen);
    },
    observer,
    abroad: () => (abroad ??= startAbroad(terms)),
    stop: async () => {
      await (await abroad?.catch(() => undefined))?.stop();
      await observer.stop();
      await Promise.all([transport.close(), upstream.close()]);
      await cluster.stop();
    },
  };
}

function transportOf(kubeconfig: string): HttpTransport {
  return new HttpTransport({ config: loadKubeConfig(kubeconfig), mono: realMono, metrics: noMetrics });
}
