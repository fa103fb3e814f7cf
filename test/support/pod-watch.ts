import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { compareVersions } from "../../src/domain/release/version.ts";
import type { Cluster } from "../../tools/cluster/cluster.ts";
import { versionOf } from "./audit.ts";

/** A tenant's pod at one moment. */
export interface SeenPod {
  readonly namespace: string;
  readonly name: string;
  /** `auth`, `proxy-<region>`, or `preflight`. */
  readonly component: string;
  readonly version: string;
  readonly ready: boolean;
  readonly ending: boolean;
}

interface PodChange {
  /** Comparable with that of every other write to the cluster: etcd counts them all. */
  readonly revision: number;
  readonly gone: boolean;
  readonly pod: SeenPod;
}

/** Sees every state of every tenant's pods, in the order in which etcd took them. */
export interface PodWatch {
  /** The pods there were right after the write of that revision. */
  at(revision: number): readonly SeenPod[];
  /** Every moment at which a proxy was above an Auth pod of its tenant (invariant I14), in words. */
  overtakings(): readonly string[];
  /** How many different states were seen, so that a test can tell that it saw any. */
  count(): number;
  stop(): Promise<void>;
}

interface RawPod {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly resourceVersion: string; readonly deletionTimestamp?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status?: { readonly phase?: string; readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

type Watched = Pick<Cluster, "kubectlPath" | "kubeconfig">;

/** Watches the pods of all tenants from now on; in several clusters, in the order in which they tell of it: revisions say nothing then. */
export async function watchPods(...clusters: readonly [Watched, ...Watched[]]): Promise<PodWatch> {
  const changes: PodChange[] = [];
  const children = clusters.map((cluster) => follow(cluster, (line) => changes.push(changeOf(line))));
  const ended = Promise.all(children.map((child) => once(child, "close")));
  await sleep(500); // the request has no other sign that it was taken
  return {
    at: (revision) => [...stateAt(changes, revision).values()],
    overtakings: () => overtakings(changes),
    count: () => changes.length,
    stop: async () => {
      for (const child of children) child.kill();
      await ended;
    },
  };
}

function follow({ kubectlPath, kubeconfig }: Watched, take: (line: string) => void) {
  const path = "/api/v1/pods?watch=1&labelSelector=slacktide.dev%2Ftenant&timeoutSeconds=3600";
  const child = spawn(kubectlPath, ["get", "--raw", path], { env: { ...process.env, KUBECONFIG: kubeconfig }, stdio: ["ignore", "pipe", "inherit"] });
  createInterface(child.stdout).on("line", take);
  return child;
}

function changeOf(line: string): PodChange {
  const { type, object } = JSON.parse(line) as { type: string; object: RawPod }; // a watch event, by the API
  const { metadata, spec, status } = object;
  const pod = {
    namespace: metadata.namespace,
    name: metadata.name,
    component: metadata.labels?.["app.kubernetes.io/component"] ?? "",
    version: versionOf(spec.containers[0]?.image),
    ready: (status?.conditions ?? []).some((condition) => condition.type === "Ready" && condition.status === "True"),
    ending: metadata.deletionTimestamp !== undefined,
  };
  const over = status?.phase === "Succeeded" || status?.phase === "Failed";
  return { revision: Number(metadata.resourceVersion), gone: type === "DELETED" || over, pod };
}

function stateAt(changes: readonly PodChange[], revision: number): Map<string, SeenPod> {
  const pods = new Map<string, SeenPod>();
  for (const change of changes) if (change.revision <= revision) take(pods, change);
  return pods;
}

function take(pods: Map<string, SeenPod>, { gone, pod }: PodChange): void {
  const key = `${pod.namespace}/${pod.name}`;
  if (gone) pods.delete(key);
  else pods.set(key, pod);
}

function overtakings(changes: readonly PodChange[]): readonly string[] {
  const pods = new Map<string, SeenPod>();
  return changes.flatMap((change) => {
    take(pods, change);
    const own = [...pods.values()].filter((pod) => pod.namespace === change.pod.namespace);
    const auths = own.filter((pod) => pod.component === "auth");
    const above = own.filter((pod) => pod.component.startsWith("proxy-") && auths.some((auth) => compareVersions(pod.version, auth.version) > 0));
    return above.map((pod) => `${pod.namespace}/${pod.name} at ${pod.version} above Auth at ${auths.map((auth) => auth.version).join(", ")} (revision ${change.revision})`);
  });
}
