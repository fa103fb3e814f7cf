import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import type { Cluster } from "../../tools/cluster/cluster.ts";

/** How the chart is installed for tests and the demo; the audit log knows the operator as `user`. */
export const RELEASE = { name: "slacktide", namespace: "slacktide-system", user: "system:serviceaccount:slacktide-system:slacktide" } as const;
/** The pod in whose name operators outside of the cluster run. */
export const STAND_IN = `${RELEASE.name}-stand-in`;
/** kubectl's flags for acting as the operator in that pod. */
export const AS_OPERATOR = [`--as=${RELEASE.user}`, `--as-user-extra=authentication.kubernetes.io/pod-name=${STAND_IN}`] as const;
export const CHART = join(import.meta.dirname, "../../charts/slacktide");

const IN_FORCE_WITHIN_MS = 30_000;
const PROBE = "policy-probe";

/**
 * Installs the chart with helm, as a person would, and resolves when its kinds are served and its policies in force.
 * Without pods: a stand-in kubelet would call them Running and run nothing. The operator is started by `startOperator`;
 * the stand-in pod is recorded as the leader, so that it may write without an election, unless `isLed` is false.
 */
export async function installChart(cluster: Cluster, { values = {}, isLed = true }: { readonly values?: object; readonly isLed?: boolean } = {}): Promise<void> {
  const args = ["install", RELEASE.name, CHART, "--namespace", RELEASE.namespace, "--create-namespace", "--values", "-"];
  await cluster.helm(args, { input: stringify({ ...values, replicaCount: 0 }) });
  const kinds = ["tenants", "maintenancewindows", "releasechannels", "leaderships"].map((plural) => `crd/${plural}.slacktide.dev`);
  await cluster.kubectl(["wait", "--for=condition=Established", ...kinds, "--timeout=30s"]);
  await Promise.all([execIsBounded(cluster), deletionIsGuarded(cluster)]);
  if (!isLed) return;
  await recordLeader(cluster, STAND_IN);
  await othersAreFenced(cluster);
}

/** Writes down that a pod of the release leads, as an election would. */
export async function recordLeader(cluster: Cluster, pod: string, epoch = 1): Promise<void> {
  const spec = { namespace: RELEASE.namespace, lease: RELEASE.name, holder: pod, epoch };
  await cluster.kubectl(["apply", "-f", "-"], { input: stringify({ apiVersion: "slacktide.dev/v1alpha1", kind: "Leadership", metadata: { name: "slacktide" }, spec }) });
}

/** Tries to write as a replica that does not lead, and then as the one that does. */
async function othersAreFenced(cluster: Cluster): Promise<void> {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: `tenant-${PROBE}`, labels: { "slacktide.dev/tenant": PROBE } } };
  const write = (...as: readonly string[]) => cluster.kubectl(["create", "--dry-run=server", "-f", "-", ...as], { input: stringify(namespace) });
  await refused("the policy on leadership", "not the recorded leader", () => write(`--as=${RELEASE.user}`));
  await refused("the record of the leader", "it was let through", () => write(...AS_OPERATOR));
}

/** Asks for an exec that the policy refuses; admission comes before the search for the pod, of which there is none. */
async function execIsBounded(cluster: Cluster): Promise<void> {
  const path = `/api/v1/namespaces/kube-system/pods/${PROBE}/exec?container=none&command=none`;
  await refused("the policy on exec", "Slacktide may run nothing", () => cluster.kubectl(["create", "--raw", path, "-f", "/dev/null", ...AS_OPERATOR]));
}

/** Tries to delete a Tenant made for it, and then deletes it as one should. */
async function deletionIsGuarded(cluster: Cluster): Promise<void> {
  const policy = await cluster.kubectl(["get", "validatingadmissionpolicy", `${RELEASE.name}-confirm-delete`, "--ignore-not-found", "-o", "name"]);
  if (policy === "") return;
  const domain = `${PROBE}.invalid`;
  const probe = { apiVersion: "slacktide.dev/v1alpha1", kind: "Tenant", metadata: { name: PROBE }, spec: { domain, region: "nowhere" } };
  await cluster.kubectl(["create", "-f", "-"], { input: stringify(probe) });
  await refused("the policy on deletion", "confirm-delete=", () => cluster.kubectl(["delete", "tenant", PROBE, "--dry-run=server"]));
  await deleteTenant(cluster, PROBE);
}

/** Confirms the deletion of a Tenant as its policy asks, and deletes it; `wait` until it is gone. */
export async function deleteTenant(cluster: Cluster, name: string, { wait = true }: { readonly wait?: boolean } = {}): Promise<void> {
  const uid = await cluster.kubectl(["get", "tenant", name, "-o", "jsonpath={.metadata.uid}"]);
  await cluster.kubectl(["annotate", "--overwrite", "tenant", name, `slacktide.dev/confirm-delete=${uid}`]);
  await cluster.kubectl(["delete", "tenant", name, `--wait=${wait}`]);
}

/** Repeats an action until it is refused with these words. */
async function refused(what: string, words: string, action: () => Promise<unknown>): Promise<void> {
  let last = "it was let through";
  for (const end = Date.now() + IN_FORCE_WITHIN_MS; Date.now() < end; await sleep(100)) {
    last = await action().then(() => "it was let through", String);
    if (last.includes(words)) return;
  }
  throw new Error(`waited ${IN_FORCE_WITHIN_MS / 1000} s for ${what} to come into force: ${last}`);
}

/**
 * Writes a kubeconfig with a token of the chart's ServiceAccount, bound to a pod as a kubelet would bind it, so that
 * the operator has the chart's rights and no more. Returns the file's path; it goes with the cluster.
 */
export async function operatorKubeconfig(cluster: Cluster, pod: string = STAND_IN): Promise<string> {
  const { name, namespace } = RELEASE;
  const manifest = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: pod, namespace },
    spec: { serviceAccountName: name, automountServiceAccountToken: false, containers: [{ name, image: `${name}:stand-in` }] },
  };
  await cluster.kubectl(["apply", "-f", "-"], { input: stringify(manifest) });
  const bound = ["--bound-object-kind=Pod", `--bound-object-name=${pod}`];
  const token = await cluster.kubectl(["create", "token", name, "--namespace", namespace, "--duration=24h", ...bound]);
  const path = join(cluster.dir, `${pod}.kubeconfig`);
  writeFileSync(path, kubeconfigText(cluster, token.trim()), { mode: 0o600 });
  return path;
}

/** With a token, for the cluster as everybody on this machine reaches it. */
export function kubeconfigText(cluster: Pick<Cluster, "caFile" | "server">, token: string): string {
  const authority = readFileSync(cluster.caFile).toString("base64");
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "operator",
    clusters: [{ name: "cluster", cluster: { server: cluster.server, "certificate-authority-data": authority } }],
    users: [{ name: "operator", user: { token } }],
    contexts: [{ name: "operator", context: { cluster: "cluster", user: "operator" } }],
  });
}

/** Lets the cluster's time be rehearsed, for `rehearseFrom`. */
export async function allowRehearsal(cluster: Cluster): Promise<void> {
  await cluster.kubectl(["annotate", "--overwrite", "namespace", "kube-system", "slacktide.dev/rehearsal=allowed"]);
}
